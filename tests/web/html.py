"""A page as a strict reader sees it: nesting, language, headings, words, and what it would load."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "hr", "img"}
LOADS = {"src", "srcset", "data", "poster", "action", "background"}


class Page(HTMLParser):
    """Raises AssertionError while parsing when a tag is not closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lang = ""
        self.title = ""
        self.headings: list[tuple[int, str]] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.anchors: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        assert html.startswith("<!doctype html>")
        self.feed(html)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    @property
    def words(self) -> str:
        return " ".join("".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.loads += [f"{tag} {name}={value}" for name, value in given.items() if name in LOADS]
        if tag == "link" and given.get("rel") == "stylesheet":
            self.loads.append(f"stylesheet {given.get('href')}")
        if tag == "a":
            self.anchors.append(given.get("href", ""))
        if tag == "html":
            self.lang = given.get("lang", "")
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> inside {self._open}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        if "title" in self._open:
            self.title += data
            return
        self._words.append(data)
        for level in (1, 2, 3, 4):
            if f"h{level}" in self._open:
                known, said = self.headings[-1]
                self.headings[-1] = (known, said + data)


def well_made(html: str) -> Page:
    """Parse a page and hold it to what every page of ours promises."""
    page = Page(html)
    assert page.lang == "en"
    assert page.title.strip()
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels
    assert all(said.strip() for _, said in page.headings)
    assert len(set(page.ids)) == len(page.ids), "two elements share an id"
    assert "script" not in page.tags
    assert page.loads == []
    return page
