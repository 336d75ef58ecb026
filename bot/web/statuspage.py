"""The status page in the JSON shape of Statuspage's public API v2, which existing tools parse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.domain.publication import StatusImpact, StatusStage
from bot.usecases.public_page import Component, Health, PublicIncident, PublicPage, Update
from bot.web.site import Site, headline, to_the_minute

SHOWN = 50


def summary(site: Site, page: PublicPage) -> dict[str, Any]:
    """`/api/v2/summary.json`: everything at one glance, incidents that are over aside."""
    return {
        **page_and_status(site, page),
        "components": [_component(site, page, c, n) for n, c in enumerate(page.components, 1)],
        "incidents": [_incident(site, i) for i in page.current],
        "scheduled_maintenances": [],
    }


def incidents(site: Site, page: PublicPage) -> dict[str, Any]:
    """`/api/v2/incidents.json`: the newest incidents, those that are over too."""
    every = (*page.current, *page.history)[:SHOWN]
    return {"page": _page(site, page), "incidents": [_incident(site, i) for i in every]}


def unresolved(site: Site, page: PublicPage) -> dict[str, Any]:
    """`/api/v2/incidents/unresolved.json`: the incidents that are not over."""
    return {"page": _page(site, page), "incidents": [_incident(site, i) for i in page.current]}


def components(site: Site, page: PublicPage) -> dict[str, Any]:
    """`/api/v2/components.json`."""
    listed = [_component(site, page, c, n) for n, c in enumerate(page.components, 1)]
    return {"page": _page(site, page), "components": listed}


def page_and_status(site: Site, page: PublicPage) -> dict[str, Any]:
    """`/api/v2/status.json`: one word for all of it."""
    status = {"indicator": indicator(page).value, "description": headline(page)}
    return {"page": _page(site, page), "status": status}


def indicator(page: PublicPage) -> StatusImpact:
    """The worst of what open incidents say; a limit that is seen counts as minor at least."""
    limited = bool(page.limited) or any(c.health is not Health.OPERATIONAL for c in page.components)
    said = [i.impact for i in page.current] + ([StatusImpact.MINOR] if limited else [])
    return max(said, key=list(StatusImpact).index, default=StatusImpact.NONE)


def _page(site: Site, page: PublicPage) -> dict[str, Any]:
    return {
        "id": site.id,
        "name": site.name,
        "url": site.url("/status"),
        "time_zone": "Etc/UTC",
        "updated_at": _time(to_the_minute(page.now)),
        "environment": site.environment.value,
    }


def _component(site: Site, page: PublicPage, component: Component, position: int) -> dict[str, Any]:
    since = _time(to_the_minute(page.now))
    return {
        "id": component.id,
        "name": component.name,
        "status": component.health.value,
        "created_at": since,
        "updated_at": since,
        "position": position,
        "description": component.says or None,
        "showcase": True,
        "start_date": None,
        "group_id": None,
        "page_id": site.id,
        "group": False,
        "only_show_if_degraded": False,
        "observed": component.known,
    }


def _incident(site: Site, incident: PublicIncident) -> dict[str, Any]:
    newest = incident.updates[0]
    monitoring = [u.at for u in incident.updates if u.stage is StatusStage.MONITORING]
    return {
        "id": incident.id,
        "name": incident.title,
        "status": incident.stage.value,
        "impact": incident.impact.value,
        "created_at": _time(incident.started_at),
        "started_at": _time(incident.started_at),
        "updated_at": _time(incident.resolved_at or newest.at),
        "monitoring_at": _time(min(monitoring, default=None)),
        "resolved_at": _time(incident.resolved_at),
        "next_update_at": _time(incident.next_update_at),
        "shortlink": site.url(f"/status#incident-{incident.id}"),
        "page_id": site.id,
        "incident_updates": [_update(incident, u) for u in incident.updates],
        "components": [],
    }


def _update(incident: PublicIncident, update: Update) -> dict[str, Any]:
    at = _time(update.at)
    return {
        "id": update.id,
        "incident_id": incident.id,
        "status": update.stage.value,
        "body": update.body,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": [],
        "deliver_notifications": False,
        "custom_tweet": None,
        "tweet_id": None,
        "next_update_at": _time(update.next_update_at),
        "outdated": update.outdated,
    }


def _time(moment: datetime | None) -> str | None:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
    )
