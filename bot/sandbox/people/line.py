"""The connection from a scripted person to the sandbox's driver endpoints."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

Json = dict[str, Any]
SECONDS = 30.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Refused(Exception):
    """The sandbox says that this cannot be done, as a Slack client would grey it out: `code` and a detail."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Line:
    """Posts deeds and gets views; nothing is kept open between calls."""

    def __init__(self, slack_url: str) -> None:
        self.slack_url = slack_url.rstrip("/")

    async def post(self, name: str, /, **body: Any) -> Json:
        """Do something; fields that are None are left out.

        Raises:
            Refused: the sandbox answers with status 400.
        """
        given = {key: value for key, value in body.items() if value is not None}
        return await self._ask("POST", name, json=given)

    async def get(self, name: str, /, **query: Any) -> Json:
        """Look at something."""
        return await self._ask("GET", name, params={k: str(v) for k, v in query.items() if v is not None})

    async def _ask(self, verb: str, name: str, **request: Any) -> Json:
        async with httpx.AsyncClient(verify=NO_TLS, trust_env=False, timeout=SECONDS) as client:
            response = await client.request(verb, f"{self.slack_url}/sandbox/{name}", **request)
        body: Json = response.json()
        if response.is_client_error:
            raise Refused(body["error"], body["detail"])
        return body
