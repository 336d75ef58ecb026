from __future__ import annotations

from typing import Any

import httpx

from bot.domain.base import Phase
from tests.web.html import well_made
from tests.web.story import Story

QUESTIONS = [
    "Is my money safe?",
    "Where is my withdrawal?",
    "Why is it limited?",
    "When will it resume?",
    "What still works?",
    "Do I need to do anything?",
]


async def in_force(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await client.get("/macros.json")).json()["in_force"]
    return listed


async def test_without_an_incident_no_macro_is_in_force(client: httpx.AsyncClient) -> None:
    page = well_made((await client.get("/macros")).text)

    assert "No macros are in force" in page.words
    assert await in_force(client) == []


async def test_every_question_has_an_answer_with_its_time(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "macros")
    (found,) = await in_force(client)
    page = well_made((await client.get("/macros")).text)

    assert [m["question"] for m in found["macros"]] == QUESTIONS
    assert all("As of 18:02 UTC on 20 November 2026." in m["answer"] for m in found["macros"])
    assert all(" ".join(m["answer"].split()) in page.words for m in found["macros"])
    assert found["at"] == "2026-11-20T18:02:11Z"


async def test_macros_follow_the_controls_by_themselves(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "macros")
    live.pass_minutes(6)
    await live.protected(incident)
    await live.actuated(incident)
    (found,) = await in_force(client)
    answers = {m["id"]: m["answer"] for m in found["macros"]}

    assert "Withdrawals up to 500 USDT on Tron continue" in answers["withdrawal"]
    assert "As of 18:08 UTC" in answers["withdrawal"]
    assert (found["at"], found["outdated"]) == ("2026-11-20T18:08:11Z", False)


async def test_macros_promise_what_the_status_page_promises(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "macros")
    (before,) = await in_force(client)
    assert before["next_update_at"] is None, "nobody has promised anything yet"
    assert all("The next update will appear on our status page." in m["answer"] for m in before["macros"])

    live.pass_minutes(4)
    await live.told(incident, "holding")
    (after,) = await in_force(client)
    assert after["next_update_at"] == "2026-11-20T18:36:11Z"
    assert all("Next update by 18:36 UTC on 20 November 2026" in m["answer"] for m in after["macros"])


async def test_macros_that_wait_to_be_redrawn_say_so(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "macros")
    await live.protected(incident)
    live.pass_minutes(11)
    (found,) = await in_force(client)

    assert found["outdated"] is True
    assert "reload before you answer" in (await client.get("/macros")).text


async def test_macros_end_with_the_incident(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "macros")
    await live.moved(incident, Phase.STOOD_DOWN)

    assert await in_force(client) == []
