from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from bot.domain.base import Environment, Phase
from bot.domain.incident import Incident
from bot.usecases.publications import approve_publication, draft_update
from bot.web.app import WebSettings, create_app
from tests.web.conftest import over
from tests.web.html import Page, well_made
from tests.web.story import SUMMARY, Story

HOSTILE = "</p></style><script>alert('x')</script>{{ 7*7 }} & <img src=x onerror=alert(1)> \"quoted\" 'so'"
ATOM = "{http://www.w3.org/2005/Atom}"


async def read(client: httpx.AsyncClient, path: str = "/status") -> Page:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return well_made(answer.text)


async def as_json(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.json()


async def in_protected_mode(story: Story) -> Incident:
    """Declared, told of, protected, every control confirmed, told of again; ten minutes have gone by."""
    await story.seen()
    incident = await story.declared()
    story.pass_minutes(4)
    await story.told(incident, "holding")
    story.pass_minutes(2)
    await story.protected(incident)
    story.pass_minutes(1)
    await story.actuated(incident)
    story.pass_minutes(3)
    await story.told(incident, "protected")
    return incident


async def test_before_anything_was_ever_read_nothing_is_claimed_to_work_that_needs_reading(
    client: httpx.AsyncClient,
) -> None:
    page = await read(client)

    assert "No incident to report" in page.words
    assert "Not measured right now" in page.words
    assert "Withdrawals up to" not in page.words


async def test_on_a_quiet_day_every_promise_is_listed(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    page = await read(client)

    assert "No incident to report" in page.title
    assert "Withdrawals up to 250,000 USDT in value" in page.words
    assert "Not measured" not in page.words
    assert "No earlier incidents." in page.words


async def test_an_incident_the_public_was_not_told_of_is_not_on_the_page(
    live: Story, client: httpx.AsyncClient
) -> None:
    await live.seen()
    await live.declared()

    assert "No incident to report" in (await read(client)).words
    assert (await as_json(client, "/api/v2/summary.json"))["incidents"] == []


async def test_an_approved_text_is_not_shown_before_it_is_published(
    live: Story, client: httpx.AsyncClient
) -> None:
    await live.seen()
    incident = await live.declared()
    draft = await draft_update(live.ctx, live.actor("dana"), incident.id, "holding")
    assert "We are looking into" not in (await read(client)).words
    await approve_publication(live.ctx, live.actor("dana"), draft.id, draft.version)
    assert "We are looking into" not in (await read(client)).words
    await live.publish(draft.id)
    assert "We are looking into" in (await read(client)).words


async def test_what_works_follows_what_is_observed_not_what_was_decided(
    live: Story, client: httpx.AsyncClient
) -> None:
    await live.seen()
    incident = await live.declared()
    before = {c.id: "normal" for c in live.ctx.content.now.controls}
    await live.protected(incident)
    await live.seen(before)
    assert "Withdrawals up to 250,000 USDT in value" in (await read(client)).words

    await live.actuated(incident)
    page = await read(client)
    assert "Withdrawals up to 500 USDT in value" in page.words
    assert "Withdrawals up to 500 USDT on Tron continue" in page.words
    assert "250,000" not in page.words


async def test_the_most_generous_promise_that_stands_is_shown_while_reopening(
    live: Story, client: httpx.AsyncClient
) -> None:
    await in_protected_mode(live)
    eased = {
        c.id: "tightened" for c in live.ctx.content.now.controls if c.id.startswith("withdrawals.limit.")
    }
    await live.seen({**eased, "withdrawals.risk": "checked"})

    assert "Withdrawals up to 25,000 USDT in value" in (await read(client)).words


async def test_a_control_that_cannot_be_read_is_not_said_to_work(
    live: Story, client: httpx.AsyncClient
) -> None:
    await in_protected_mode(live)
    await live.seen({"withdrawals.limit.USDT.TRON": None})
    page = await read(client)

    assert "Withdrawals up to 500 USDT in value" not in page.words
    assert "Not confirmed right now Withdrawals." in page.words


async def test_readings_grow_old(live: Story, client: httpx.AsyncClient) -> None:
    await in_protected_mode(live)
    live.pass_minutes(11)

    assert "Withdrawals up to" not in (await read(client)).words.split("Updates")[0]


async def test_updates_come_newest_first_each_with_its_time_and_the_next_one(
    live: Story, client: httpx.AsyncClient
) -> None:
    await in_protected_mode(live)
    page = await read(client)

    stamps = [said for level, said in page.headings if level == 3]
    assert [" ".join(s.split()) for s in stamps] == [
        "18:12 UTC 20 November 2026 Identified",
        "18:06 UTC 20 November 2026 Investigating",
    ]
    assert "Next update by 18:42 UTC." in page.words
    assert "As of 18:12 UTC on 20 November 2026" in page.words


async def test_a_late_update_is_called_late(live: Story, client: httpx.AsyncClient) -> None:
    await in_protected_mode(live)
    live.pass_minutes(31)

    assert "The next update was due by 18:42 UTC. It is late." in (await read(client)).words


async def test_an_update_that_no_longer_fits_says_so(live: Story, client: httpx.AsyncClient) -> None:
    note = "What applies has changed since this was written."
    await in_protected_mode(live)
    assert (await read(client)).words.count(note) == 1, "the older one, written before any limit"
    await live.seen({"swaps": "normal"})
    assert (await read(client)).words.count(note) == 2


async def test_an_incident_that_is_over_moves_into_the_history(
    live: Story, client: httpx.AsyncClient
) -> None:
    incident = await in_protected_mode(live)
    live.pass_minutes(60)
    await live.release_everything(incident)
    for phase in (Phase.RECOVER, Phase.REVIEW):
        await live.moved(incident, phase)
    await live.told(incident, "resolved")
    page = await read(client)

    assert "No incident to report" in page.words
    history = page.words.split("History")[1]
    assert "Some services are limited 20 November 2026, 18:06 UTC to 19:12 UTC" in history
    assert "What applies has changed" not in history.split("Resolved")[0]
    listed = (await as_json(client, "/api/v2/incidents.json"))["incidents"]
    assert [(i["status"], i["resolved_at"]) for i in listed] == [("resolved", "2026-11-20T19:12:11.000Z")]
    assert (await as_json(client, "/api/v2/summary.json"))["incidents"] == []


async def test_peoples_words_appear_as_words(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "update", body=f"{HOSTILE}\n\n- {HOSTILE}\n- second")
    page = await read(client)

    assert page.words.count(HOSTILE) == 2
    assert "49" not in page.words
    feed = ET.fromstring((await client.get("/status/feed.atom")).content)  # noqa: S314 - our own feed
    assert any(HOSTILE in (e.text or "") for e in feed.iter(f"{ATOM}content"))


async def test_nothing_internal_is_in_any_public_answer(live: Story, client: httpx.AsyncClient) -> None:
    incident = await in_protected_mode(live)
    await live.classified(incident)
    await live.told(incident, "macros")
    await live.sampled("coverage", "0.11")
    content = live.ctx.content.now
    secrets = [
        SUMMARY,
        "Northbank",
        incident.id,
        incident.code_name,
        "counterparty",
        "coverage",
        "0.11",
        "alice",
    ]
    secrets += [c.id for c in content.controls if "." in c.id] + [
        "Alice Ng",
        "sev2",
        "protected mode",
        "small_only",
    ]
    paths = ["/status", "/macros", "/macros.json", "/status/feed.atom", "/api/v2/summary.json"]
    paths += ["/api/v2/incidents.json", "/api/v2/components.json", "/api/v2/status.json"]

    for path in paths:
        text = (await client.get(path)).text.casefold()
        assert [s for s in secrets if s.casefold() in text] == [], path


async def test_a_drill_is_never_on_the_live_page(live: Story, client: httpx.AsyncClient) -> None:
    drill = live.in_environment(Environment.DRILL)
    await live.seen()
    incident = await drill.declared()
    await drill.told(incident, "holding")
    await drill.told(incident, "macros")
    await drill.protected(incident)
    await drill.actuated(incident)
    page = await read(client)

    assert "No incident to report" in page.words
    assert "Withdrawals up to 250,000 USDT in value" in page.words
    assert "No earlier incidents." in page.words
    assert (await as_json(client, "/macros.json"))["in_force"] == []
    live.pass_minutes(11)
    assert "Not measured right now" in (await read(client)).words, "a drill disturbs no quiet"


async def test_a_sandbox_says_on_every_page_that_nothing_is_real(
    sandbox: Story, settings: WebSettings, live: Story, client: httpx.AsyncClient
) -> None:
    app = create_app(sandbox.ctx, replace(settings, environment=Environment.SANDBOX), None, {})
    async with over(app) as rehearsal:
        assert "SANDBOX" in (await read(rehearsal)).words
        assert "SANDBOX" in (await read(rehearsal, "/macros")).words
        assert (await as_json(rehearsal, "/api/v2/summary.json"))["page"]["environment"] == "sandbox"
        assert b"SANDBOX" in (await rehearsal.get("/status/feed.atom")).content
    assert "SANDBOX" not in (await read(client)).words


async def test_two_incidents_are_told_apart(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    first = await live.declared()
    live.pass_minutes(1)
    second = await live.declared()
    await live.told(first, "holding")
    live.pass_minutes(1)
    await live.told(second, "update")
    page = await read(client)

    assert "Updates: We are looking into a problem" in page.words
    assert len((await as_json(client, "/api/v2/incidents/unresolved.json"))["incidents"]) == 2


async def test_a_reader_who_has_the_page_is_told_that_it_has_not_changed(
    live: Story, client: httpx.AsyncClient
) -> None:
    await live.seen()
    for path in ("/status", "/macros", "/macros.json", "/api/v2/summary.json", "/status/feed.atom"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})

        assert first.headers["cache-control"] == "public, max-age=5"
        assert (again.status_code, again.content) == (304, b"")
    live.clock.advance(timedelta(minutes=1))
    later = await client.get(
        "/status", headers={"If-None-Match": (await client.get("/status")).headers["etag"]}
    )
    assert later.status_code == 304
    etag = first.headers["etag"]
    await live.seen({"swaps": "none"})
    changed = await client.get("/status", headers={"If-None-Match": etag})
    assert changed.status_code == 200


@pytest.mark.parametrize("path", ["/status", "/macros", "/healthz"])
async def test_monitors_may_ask_for_the_head_alone(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 200


async def test_the_bare_address_leads_to_the_status_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/status")
