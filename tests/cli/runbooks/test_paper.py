"""The paper for the day Slack and the bot are away: whole, offline, printable, true to the content."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.cli.runbooks.messages import REOPENED, macros, statuses
from bot.cli.runbooks.paper import draw
from bot.content import Texts
from bot.domain.base import IncidentClass
from bot.domain.content import Content
from tests.cli.conftest import Breakwater
from tests.cli.runbooks.conftest import AT, ROOT
from tests.support.browser import chromium, violations
from tests.support.world import changed

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)> \"'}{{ 7*7 }} \u202egpj.exe\x07"


class Tags(HTMLParser):
    """The elements of a page, and where they point."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.points: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.points += [v or "" for k, v in attrs if k in ("href", "src", "action", "data", "srcset")]
        self.points += [k for k, _ in attrs if k.startswith("on")]
        self.ids += [v or "" for k, v in attrs if k == "id"]


def words(page: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def plain(text: str) -> str:
    return " ".join(text.split())


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(screen: str, printed: str) -> None:
    for page in (screen, printed):
        found = Tags(page)
        assert not {"script", "link", "img", "iframe", "object", "form"} & set(found.tags)
        assert {p[:1] for p in found.points} == {"#"}
        assert {p[1:] for p in found.points} <= set(found.ids)
        assert len(found.ids) == len(set(found.ids))
        assert "url(" not in page
        assert "@import" not in page


def test_every_runbook_step_person_mode_and_control_is_in_it(screen: str, content: Content) -> None:
    said = words(screen)
    for book in content.pinned.runbooks:
        assert plain(book.title) in said
        for step in book.steps:
            for text in (step.title, step.why, step.rollback, step.asks):
                assert plain(text) in said
    for person in content.directory.holders(content.directory.roles):
        assert person.name in said
    for question in content.pinned.tree.questions:
        assert plain(question.ask) in said
    for mode in content.modes.values():
        assert all(promise.text in said for promise in mode.guarantees)
    for control in content.controls:
        assert control.id in said
        for level in control.levels:
            assert level.title in said
            assert control.told(level) in said
            assert json.dumps(level.value).strip("{}") in said or control.adapter.kind == "null"


def test_the_classes_are_led_to_by_the_tree(screen: str) -> None:
    said = words(screen)
    assert all(class_.words in said for class_ in IncidentClass)
    assert "yes or unknown → custody incident" in said


def test_digest_date_and_version_stand_at_the_head_and_on_every_page(
    screen: str, breakwater: Breakwater
) -> None:
    digest = json.loads(breakwater("check", "--json").out)["digest"]
    assert digest in words(screen)
    assert "2026-11-20 09:30 UTC" in words(screen)
    (footer,) = re.findall(r"@bottom-left \{ content: (.*?); \} @bottom-right", screen)
    assert digest[:12] in footer
    assert "2026-11-20" in footer
    assert 'counter(page) " of " counter(pages)' in screen


def test_secrets_are_named_and_never_valued(breakwater: Breakwater, tmp_path: Path) -> None:
    secret = "tok-5up3r-s3cret"
    out = tmp_path / "deep" / "paper.html"
    env = {"MARKETPLACE_TOKEN": secret, "MARKETPLACE_URL": "https://internal.example", "SLACK_BOT_TOKEN": ""}
    said = breakwater("runbook", "export", "--html", str(out), **env)
    assert said.status == 0
    page = out.read_text()
    assert secret not in page
    assert "internal.example" not in page
    assert "export MARKETPLACE_TOKEN=…" in page
    assert "Bearer ${MARKETPLACE_TOKEN}" in page


def test_for_a_printer_nothing_is_interactive(screen: str, printed: str) -> None:
    assert "input" in Tags(screen).tags
    assert not {"input", "label", "details", "button"} & set(Tags(printed).tags)
    assert "tabindex" not in printed
    assert "Done by ____" in printed
    assert "Done by ____" not in screen


def test_hostile_text_shows_as_text(content: Content, texts: Texts) -> None:
    book = content.pinned.runbooks[0]
    step = book.steps[0].model_copy(update={"title": HOSTILE, "why": HOSTILE})
    wrong = book.model_copy(update={"title": HOSTILE, "summary": HOSTILE, "steps": (step,)})
    control = content.controls[0]
    level = control.levels[1].model_copy(update={"title": HOSTILE})
    odd = control.model_copy(
        update={"title": HOSTILE, "levels": (control.levels[0], level, *control.levels[2:])}
    )
    found = changed(
        content,
        pinned=content.pinned.model_copy(update={"runbooks": (wrong,)}),
        controls=(odd, *content.controls[1:]),
    )
    page = draw(found, texts, ROOT / "templates", AT, "sandbox", printed=False)
    assert "script" not in Tags(page).tags
    assert "img" not in Tags(page).tags
    assert not [p for p in Tags(page).points if p.startswith("on")]
    assert "<script>alert(1)</script>" in unescape(page)
    assert "{{ 7*7 }}" in words(page)
    assert "\u202e" not in page
    assert "\x07" not in page


def test_without_a_file_to_write_the_two_ways_are_named(breakwater: Breakwater) -> None:
    said = breakwater("runbook", "export")
    assert said.status == 1
    assert "--html FILE for the screen, --pdf-ready FILE for a printer" in said.err


def test_both_are_written_at_once(breakwater: Breakwater, tmp_path: Path) -> None:
    html, pdf = tmp_path / "a.html", tmp_path / "b.html"
    assert breakwater("runbook", "export", "--html", str(html), "--pdf-ready", str(pdf)).status == 0
    assert '<body class="printed">' in pdf.read_text()
    assert "<body>" in html.read_text()


def test_texts_leave_their_times_open(content: Content, texts: Texts) -> None:
    found = {m.id: m for m in statuses(content, texts)}
    assert set(found) == set(content.statuses)
    assert found["holding"].preapproved
    every = " ".join(w.text for m in (*found.values(), *macros(content, texts)) for w in m.wordings)
    assert "1970" not in every
    assert "[time now, UTC]" in every
    assert REOPENED in found["reopening"].wordings[0].text
    assert "withdrawals up to 500 USDT" in found["protected"].wordings[-1].text


def test_a_folder_of_templates_without_it_is_one_line(breakwater: Breakwater, tmp_path: Path) -> None:
    for name in ("status", "macros"):
        (tmp_path / "t" / name).mkdir(parents=True)
        for path in (ROOT / "templates" / name).iterdir():
            (tmp_path / "t" / name / path.name).write_bytes(path.read_bytes())
    env = {"TEMPLATES_DIR": str(tmp_path / "t")}
    said = breakwater("runbook", "export", "--html", str(tmp_path / "a.html"), **env)
    assert said.status == 1
    assert said.err.count("\n") == 1
    assert "export" in said.err


@pytest.mark.real
async def test_it_is_accessible_in_both_themes_on_a_phone_and_for_a_printer(
    screen: str, printed: str, tmp_path: Path
) -> None:
    (tmp_path / "screen.html").write_text(screen)
    (tmp_path / "printed.html").write_text(printed)
    async with chromium() as browser:
        for name, scheme, width in (
            ("screen", "light", 1200),
            ("screen", "dark", 390),
            ("printed", "light", 900),
        ):
            page = await browser.new_page(
                color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
            )
            await page.goto((tmp_path / f"{name}.html").as_uri())
            assert await violations(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        sheets = (await page.pdf(format="A4")).count(b"/Type /Page\n")
        assert 20 < sheets < 120
