"""The status page as an Atom feed (RFC 4287): one entry for each update."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET  # only ever writes here

from bot.usecases.public_page import PublicIncident, PublicPage, Update
from bot.web.site import Site, machine, when

ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 50
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_BEFORE_ANYTHING = datetime(2026, 1, 1, tzinfo=UTC)


def atom_feed(site: Site, page: PublicPage) -> bytes:
    """The feed's bytes, newest update first."""
    entries = [(u, i) for i in (*page.current, *page.history) for u in i.updates]
    entries.sort(key=lambda pair: pair[0].at, reverse=True)
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(feed, "id", site.url("/status"))
    _add(feed, "title", f"{'SANDBOX: ' if site.sandbox else ''}{site.name}")
    _add(feed, "updated", machine(entries[0][0].at if entries else _BEFORE_ANYTHING))
    ET.SubElement(feed, "link", {"rel": "self", "href": site.url("/status/feed.atom")})
    ET.SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": site.url("/status")})
    _add(ET.SubElement(feed, "author"), "name", site.name)
    for update, incident in entries[:ENTRIES]:
        _entry(feed, site, update, incident)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode").encode()


def _entry(feed: ET.Element, site: Site, update: Update, incident: PublicIncident) -> None:
    entry = ET.SubElement(feed, "entry")
    _add(entry, "id", site.url(f"/status#update-{update.id}"))
    _add(entry, "title", update.title)
    _add(entry, "published", machine(update.at))
    _add(entry, "updated", machine(update.at))
    address = site.url(f"/status#incident-{incident.id}")
    ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
    next_word = f"\n\nNext update by {when(update.next_update_at)}." if update.next_update_at else ""
    said = update.body if "next update" in update.body.casefold() else update.body + next_word
    _add(entry, "content", said).set("type", "text")


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = _NOT_XML.sub("", text)
    return child
