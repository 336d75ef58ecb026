"""Refusals as RFC 9457 problem documents."""

from typing import Any

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "unauthorized": "A bearer token is needed",
    "not_found": "No such resource",
    "method_not_allowed": "This resource does not take that method",
    "idempotency_key_missing": "Idempotency-Key is missing or malformed",
    "idempotency_key_reused": "This Idempotency-Key was used for another request",
    "generation_malformed": "Generation is not epoch/generation",
    "generation_superseded": "A generation as high or higher was applied already",
    "precondition_failed": "The resource changed since that ETag",
    "invalid_body": "The body does not fit the resource",
    "irreversible": "This cannot be undone here",
    "ordered_fault": "Failed as ordered",
    "internal_error": "Something broke",
}


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """A problem document; `code` repeats the last part of `type` for those who match on it."""
    return {
        "type": f"urn:marketplace:problem:{code}",
        "title": TITLES.get(code, code.replace("_", " ")),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }


class Refused(Exception):
    """Ends a request with a problem document."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
