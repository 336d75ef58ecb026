"""The descriptions to be copied: each passes the checks, and Unleash is asked as it wants to be."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
import respx

from bot.content.checks.controls import check_controls
from bot.content.draft import Draft
from bot.content.expand import read_controls
from bot.content.source import read_source
from bot.controls.http import HttpAdapter
from bot.domain.control import Control
from bot.usecases.ports import Unanswered
from tests.controls.support.rigs import order
from tests.controls.support.staged import EXAMPLES, example, reaching

EVERY = sorted(EXAMPLES.glob("*.yaml"))
UNLEASH = "https://unleash.test"
MARKET = "https://market.test"
FEATURE = f"{UNLEASH}/api/admin/projects/default/features"
SECRETS = {"UNLEASH_TOKEN": "*:*.un-leash", "MARKETPLACE_TOKEN": "tok"}


@pytest.mark.parametrize("path", EVERY, ids=lambda p: p.stem)
def test_an_example_passes_every_check_of_controls(path: Path) -> None:
    part, errors = read_controls(read_source(path), {}, resolve_env=False)
    assert errors == []
    assert part
    nothing_else = dict.fromkeys(Draft.__dataclass_fields__)
    draft = Draft(**{**nothing_else, "controls": part, "runbooks": (), "every_runbook": False})  # type: ignore[arg-type] # the rest is not asked for
    assert list(check_controls(draft)) == []


def unleash() -> tuple[HttpAdapter, Control]:
    services, (control,) = example("unleash", {"UNLEASH_URL": UNLEASH, "MARKETPLACE_URL": MARKET})
    return HttpAdapter(reaching(services, SECRETS)), control


def answer_for_unleash(router: respx.MockRouter, *names: str) -> None:
    router.get(FEATURE).respond(200, json={"features": [{"name": name} for name in names]})


async def test_unleash_is_asked_for_the_feature_then_for_its_environment() -> None:
    adapter, control = unleash()
    with respx.mock() as router:
        answer_for_unleash(router, "instant-swaps", "instant-swaps-2")
        read = router.get(f"{FEATURE}/instant-swaps/environments/production")
        read.respond(200, json={"name": "production", "enabled": True})
        seen = await adapter.read(control, "all")
        assert control.level_of(seen.value) == control.level("normal")
        assert read.calls.last.request.headers["Authorization"] == SECRETS["UNLEASH_TOKEN"]


@pytest.mark.parametrize(("level", "word"), [("none", "off"), ("normal", "on")])
async def test_unleash_is_told_on_or_off_in_the_path_and_nothing_else(level: str, word: str) -> None:
    adapter, control = unleash()
    with respx.mock() as router:
        answer_for_unleash(router, "instant-swaps")
        change = router.post(f"{FEATURE}/instant-swaps/environments/production/{word}").respond(200)
        await adapter.set(control, "all", control.level(level).value, order(1))
        request = change.calls.last.request
        assert request.content == b""
        assert {"idempotency-key", "generation", "reason"}.isdisjoint(request.headers)


async def test_a_feature_that_unleash_does_not_have_is_unknown_and_nothing_is_set() -> None:
    adapter, control = unleash()
    with respx.mock() as router:
        answer_for_unleash(router, "instant-swaps-2")
        with pytest.raises(Unanswered, match="exactly one id and gave nothing"):
            await adapter.set(control, "all", control.level("none").value, order(1))


async def test_the_effect_of_unleash_is_asked_of_the_service_that_polls_it() -> None:
    adapter, control = unleash()
    with respx.mock() as router:
        answer_for_unleash(router, "instant-swaps")
        probe = router.get(f"{MARKET}/v1/features/instant-swaps").respond(200, json={"enabled": True})
        assert not await adapter.probe(control, "all", control.level("none"))
        assert await adapter.probe(control, "all", control.level("normal"))
        assert probe.calls.last.request.headers["Authorization"] == "Bearer tok"


def _unleash_is_missing() -> str:
    node = shutil.which("node")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False) if node else None  # noqa: S603 - Node's own version
    major = int(said.stdout.lstrip("v").split(".")[0]) if said and said.stdout.startswith("v") else 0
    if major < 22:
        return f"Unleash needs Node 22 or newer, and here is {major or 'none'}"
    if not os.environ.get("UNLEASH_URL") or not os.environ.get("UNLEASH_TOKEN"):
        return "UNLEASH_URL and UNLEASH_TOKEN name no Unleash on this machine"
    return ""


async def test_a_real_unleash_is_set_and_read_back() -> None:
    if missing := _unleash_is_missing():
        pytest.skip(missing)
    url, token = os.environ["UNLEASH_URL"], os.environ["UNLEASH_TOKEN"]
    async with httpx.AsyncClient(trust_env=False, headers={"Authorization": token}) as client:
        await client.post(f"{url}/api/admin/projects/default/features", json={"name": "instant-swaps"})
    services, (control,) = example("unleash", {"UNLEASH_URL": url, "MARKETPLACE_URL": MARKET})
    params = {**control.params, "environment": os.environ.get("UNLEASH_ENVIRONMENT", "development")}
    control = control.model_copy(update={"params": params})
    adapter = HttpAdapter(reaching(services, {"UNLEASH_TOKEN": token}))
    for number, level in enumerate(("none", "normal"), start=1):
        await adapter.set(control, "all", control.level(level).value, order(number))
        assert control.level_of((await adapter.read(control, "all")).value) == control.level(level)
