"""What editors show of the fields that say how a control is reached; see `wording`."""

from __future__ import annotations

from typing import Any

Said = tuple[Any, ...]
_PATH = "Below the service's base_url; may hold {params}."
_NO_BODY = ("Whether to send no body at all.", True)
_HEADERS = ("Further headers; may hold {params}. Never a secret.", {"X-Client": "breakwater"})
_VERIFY = ("How long and how often it is read back before it counts as a mismatch.",)
_DURABLE = ("False for what forgets its settings at a restart: it is then looked at more often.", False)
_PROBE = ("A check of the effect itself, apart from the setting.",)
_MAP = (
    "The service's own word for each of ours, by field of the level's value.",
    {"status": {"enabled": "on", "suspended": "off"}},
)
SAYS: dict[str, dict[str, Said]] = {
    "Service": {
        "base_url": (
            "Where it is: http(s)://, tcp://, redis:// or unix:/path; ${NAME} comes from the environment.",
            "${MARKETPLACE_URL}",
        ),
        "auth_env": (
            "The environment variable with its secret; never the secret itself.",
            "MARKETPLACE_TOKEN",
        ),
        "auth_header": ("The header that carries the secret.", "X-Api-Key"),
        "auth_scheme": ("What stands before the secret in that header; may be empty.", "Bearer"),
        "timeout": ("How long one call may take.", "5s"),
        "rate": ("How often each of our processes may ask it; left out, as often as needed.",),
    },
    "Bounds": {
        "least": ("The least it may be.", "0"),
        "most": ("The most it may be.", "250000"),
    },
    "Rate": {
        "calls": ("So many calls …", 10),
        "per": ("… in any such stretch of time.", "1s"),
    },
    "HttpAdapter": {
        "kind": ("`http`: a service with an HTTP interface.", "http"),
        "service": ("The name under `services`.", "marketplace"),
        "resolve": ("A look-up of the id that the service knows the setting by, for the slot {id}.",),
        "read": ("The request that reads the setting back.",),
        "set": ("The request that sets it; without a body the level's whole value is sent.",),
        "map": _MAP,
        "verify": _VERIFY,
        "durable": _DURABLE,
        "probe": _PROBE,
        "if_match": ("Whether the ETag last read goes along, so that nobody is overwritten.", True),
        "headers": ("The header names under which the service takes key, generation and reason.",),
    },
    "LineAdapter": {
        "kind": ("`line`: a service that takes lines of text over TCP or a unix socket.", "line"),
        "service": ("The name under `services`.", "edge"),
        "read": ("The line that reads the setting back.",),
        "set": ("The line that sets it.",),
        "map": _MAP,
        "verify": _VERIFY,
        "durable": _DURABLE,
        "probe": ("A check of the effect itself by a request over HTTP; names its own service.",),
    },
    "LineRead": {
        "send": ("The line; may hold {params}.", "get map /etc/haproxy/levels.map {key}"),
        "value": (
            "A regular expression that finds the setting; one named group for each field of a level.",
            'value="(?P<mode>[^"]*)"',
        ),
    },
    "LineSet": {
        "send": (
            "The line; may hold {params} and {fields of the value}.",
            "set map /etc/haproxy/levels.map {key} {mode}",
        ),
        "accepts": ("What the whole answer looks like when it was taken; else it is a refusal.", "\\s*"),
    },
    "FanoutAdapter": {
        "kind": ("`fanout`: services follow a signed snapshot in Redis by themselves.", "fanout"),
        "service": ("The name under `services` of the Redis they follow.", "levels"),
        "key_env": (
            "The variable with the Ed25519 key that signs: a PEM file's path, or 32 bytes in base64.",
            "FANOUT_KEY",
        ),
        "followers": ("How many must report that they enforce it.", 2),
        "stale_after": ("How old a report may be before it counts for nothing.", "15s"),
        "verify": _VERIFY,
        "durable": _DURABLE,
        "probe": ("A check of the effect itself by a request over HTTP; names its own service.",),
    },
    "ByHandAdapter": {
        "kind": ("`by_hand`: no API; one person sets it and a second one attests it.", "by_hand"),
        "how": (
            "What to do, so that it can be done at three in the morning; may hold {params}.",
            "Vault console → Policies → {workspace}: choose the policy named like the level, save",
        ),
        "stale_after": ("How long an attestation counts.", "8h"),
    },
    "NullAdapter": {
        "kind": ("`null`: reaches nothing and remembers what was set, for drills and trials.", "null"),
        "verify": _VERIFY,
        "durable": _DURABLE,
    },
    "HttpRead": {
        "method": ("GET, unless the service reads otherwise.", "GET"),
        "path": (_PATH, "/v1/limits/{asset}"),
        "body": ("What to send, if the service wants something.",),
        "no_body": _NO_BODY,
        "headers": _HEADERS,
        "value": ("A JMESPath from the answer to what a level's value looks like.", "{limit: limit}"),
    },
    "HttpCall": {
        "method": ("PUT, POST or PATCH.", "PUT"),
        "path": ("Below the service's base_url; may hold {params} and {fields of the value}.", "/v1/limits"),
        "body": ("What to send instead of the level's value; may hold the same slots.", {"mode": "{mode}"}),
        "no_body": _NO_BODY,
        "headers": _HEADERS,
    },
    "Resolve": {
        "method": ("GET, unless the service looks up otherwise.", "GET"),
        "path": (_PATH, "/v1/limits?name={name}"),
        "body": ("What to send, if the service wants something.",),
        "no_body": _NO_BODY,
        "headers": _HEADERS,
        "id": ("A JMESPath to exactly one id; none or several leave the setting unknown.", "items[].id"),
    },
    "Probe": {
        "service": (
            "Where it goes, if not where the setting is; best where customers' requests go.",
            "edge",
        ),
        "method": ("GET, unless the service probes otherwise.", "GET"),
        "path": (
            "Below that service's base_url; may hold {params} and {fields of the value}.",
            "/v1/probe/{asset}",
        ),
        "body": ("What to send, if the service wants something.",),
        "no_body": _NO_BODY,
        "headers": _HEADERS,
        "expect": (
            "By level: the JMESPath that must be true, or status and content.",
            {"suspended": "accepted == `0`", "normal": {"status": 200}},
        ),
    },
    "Expect": {
        "status": ("The status that must be answered; left out, any 2xx.", 503),
        "holds": ("A JMESPath that must be true of the answer.", "accepted == `0`"),
        "text": ("A regular expression to be found in the answer.", "withdrawals are suspended"),
    },
    "Verify": {
        "within": ("How long to keep looking.", "10s"),
        "every": ("How often.", "500ms"),
    },
    "Headers": {
        "idempotency": ("The header for the key; empty for none.", "Idempotency-Key"),
        "generation": ("The header for epoch and generation; empty for none.", "Generation"),
        "reason": ("The header for the reason; empty for none.", "Reason"),
    },
}
