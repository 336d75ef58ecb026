"""What tools that know Statuspage's API v2 read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

from bot.domain.base import Phase
from tests.web.story import Story

PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    *("id", "name", "status", "created_at", "updated_at", "position", "description", "showcase"),
    *("start_date", "group_id", "page_id", "group", "only_show_if_degraded"),
}
INCIDENT = {
    *("id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact"),
    *("shortlink", "started_at", "page_id", "incident_updates", "components", "next_update_at"),
}
UPDATE = {
    *("id", "status", "body", "incident_id", "created_at", "updated_at", "display_at"),
    *("affected_components", "deliver_notifications", "custom_tweet", "tweet_id"),
}


async def read(client: httpx.AsyncClient, name: str) -> Any:
    answer = await client.get(f"/api/v2/{name}.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.json()


async def health(client: httpx.AsyncClient) -> dict[str, str]:
    return {c["id"]: c["status"] for c in (await read(client, "components"))["components"]}


def moment(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


async def test_the_summary_has_the_shape_that_tools_expect(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    live.pass_minutes(4)
    await live.told(incident, "holding")
    summary = await read(client, "summary")

    assert set(summary) == {"page", "status", "components", "incidents", "scheduled_maintenances"}
    assert set(summary["page"]) >= PAGE
    assert summary["status"] == {"indicator": "minor", "description": "We are looking into a problem"}
    assert all(set(c) >= COMPONENT for c in summary["components"])
    (shown,) = summary["incidents"]
    assert set(shown) == INCIDENT
    assert (shown["status"], shown["impact"]) == ("investigating", "minor")
    assert shown["shortlink"] == f"https://status.example/status#incident-{shown['id']}"
    assert (
        moment(shown["next_update_at"]) - moment(shown["created_at"])
        == live.ctx.content.now.statuses["holding"].next_in
    )
    (update,) = shown["incident_updates"]
    assert set(update) >= UPDATE
    assert update["incident_id"] == shown["id"]
    assert update["body"].startswith("We are looking into a problem with some of our services.")


async def test_the_shortlink_leads_to_the_incident_on_the_page(
    live: Story, client: httpx.AsyncClient
) -> None:
    await live.seen()
    await live.told(await live.declared(), "holding")
    (shown,) = (await read(client, "incidents"))["incidents"]

    assert f'id="{shown["shortlink"].partition("#")[2]}"' in (await client.get("/status")).text


async def test_components_follow_what_is_observed(live: Story, client: httpx.AsyncClient) -> None:
    assert set((await health(client)).values()) == {"operational"}, "quiet, and nothing known to the contrary"
    await live.seen()
    assert set((await health(client)).values()) == {"operational"}

    incident = await live.declared()
    await live.protected(incident)
    await live.actuated(incident)
    found = await health(client)
    assert found["balances"] == "operational"
    assert found["withdrawals"] == "degraded_performance"
    assert found["transfers"] == "partial_outage"

    stop = {c.id: "suspended" for c in live.ctx.content.now.controls if c.id.startswith("deposits.")}
    await live.seen(stop)
    assert (await health(client))["deposits"] == "major_outage"
    await live.seen({next(iter(stop)): "suspended"})
    assert (await health(client))["deposits"] == "partial_outage"


async def test_during_an_incident_unknown_is_never_operational(
    live: Story, client: httpx.AsyncClient
) -> None:
    await live.seen()
    await live.declared()
    await live.seen({"swaps": None})
    (swaps,) = [c for c in (await read(client, "components"))["components"] if c["id"] == "swaps"]

    assert (swaps["status"], swaps["observed"]) == ("degraded_performance", False)
    assert (await read(client, "status"))["status"]["indicator"] == "minor"


async def test_a_limit_that_nobody_announced_shows_too(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen({"swaps": "none"})
    status = (await read(client, "status"))["status"]

    assert status == {"indicator": "minor", "description": "Some services are limited"}


async def test_the_stages_of_an_incident_are_dated(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "holding")
    await live.protected(incident)
    await live.actuated(incident)
    live.pass_minutes(5)
    await live.told(incident, "protected")
    live.pass_minutes(30)
    await live.moved(incident, Phase.RECOVER)
    await live.told(incident, "reopening")
    (shown,) = (await read(client, "incidents/unresolved"))["incidents"]

    assert (shown["status"], shown["resolved_at"]) == ("monitoring", None)
    assert moment(shown["monitoring_at"]) == live.clock.now()
    assert [u["status"] for u in shown["incident_updates"]] == ["monitoring", "identified", "investigating"]
    assert shown["started_at"] == shown["created_at"] == shown["incident_updates"][-1]["created_at"]


async def test_ids_stay_and_tell_no_number(live: Story, client: httpx.AsyncClient) -> None:
    await live.seen()
    incident = await live.declared()
    await live.told(incident, "holding")
    before = (await read(client, "incidents"))["incidents"][0]
    live.pass_minutes(1)
    await live.told(incident, "update")
    after = (await read(client, "incidents"))["incidents"][0]

    assert before["id"] == after["id"]
    assert len(after["id"]) == 12
    assert before["incident_updates"][0]["id"] == after["incident_updates"][1]["id"]
