"""The texts of operators: what our filters write, and that no template can do harm or run away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.content import Texts
from bot.content.texts import MAX_OUTPUT, MAX_TEMPLATE, amount, joined, sentence, utc
from bot.domain.errors import ContentError
from tests.content.folder import Folder


def render(tmp_path: Path, text: str, **facts: Any) -> str:
    (tmp_path / "one.txt").write_text(text)
    return Texts(tmp_path).render("one.txt", **facts)


def refused(tmp_path: Path, text: str, **facts: Any) -> ContentError:
    with pytest.raises(ContentError) as caught:
        render(tmp_path, text, **facts)
    return caught.value


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 20, 14, 5, 59, tzinfo=UTC), "14:05 UTC on 20 November 2026"),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), "22:30 UTC on 31 December 2025"),
    ],
)
def test_a_time_is_told_in_utc(moment: datetime, said: str) -> None:
    assert utc(moment) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [("25000", "25,000"), (Decimal("0.10"), "0.10"), (1_000_000, "1,000,000"), ("1E+3", "1,000")],
)
def test_an_amount_is_told_in_full(value: str | int | Decimal, said: str) -> None:
    assert amount(value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [("swaps are paused", "Swaps are paused."), ("Wait! ", "Wait!"), ("", ""), ("x?", "X?"), ("a.", "A.")],
)
def test_a_sentence_begins_and_ends_like_one(text: str, said: str) -> None:
    assert sentence(text) == said


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_is_told_as_people_say_it(items: list[str], said: str) -> None:
    assert joined(items) == said


def test_blank_lines_are_never_doubled_and_the_ends_are_clean(tmp_path: Path) -> None:
    assert render(tmp_path, "\n\na\n\n   \n\n\nb  \n\n") == "a\n\nb"


def test_plain_text_is_not_escaped(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ said }}", said="a < b & c") == "a < b & c"


def test_what_a_fact_says_is_never_a_template(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ said }}", said="{{ 7 * 7 }}") == "{{ 7 * 7 }}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ said.__init__.__globals__ }}",
        "{{ said.upper() }}",
        "{{ '%s' % said }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 2 ** 1000000000 }}",
        "{{ range(1000000000) }}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ said | attr('upper') }}",
        "{{ said | map('upper') | list }}",
        "{{ missing }}",
        "{{ said.missing }}",
        "{% include 'elsewhere.txt' %}",
        "{% include '../conftest.py' %}",
        "{% import 'one.txt' as x %}{{ x.y() }}",
    ],
)
def test_a_template_cannot_reach_beyond_its_facts(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError):
        render(tmp_path, text, said="words")


def test_a_failure_is_told_at_the_line_it_comes_from(tmp_path: Path) -> None:
    error = refused(tmp_path, "one\ntwo {{ said }}\n\n{{ when | utc }}\n", said="x", when=None)

    assert (error.file, error.line) == (str(tmp_path / "one.txt"), 4)


def test_a_text_that_grows_without_end_is_cut_off(tmp_path: Path) -> None:
    error = refused(
        tmp_path, "{% for a in many %}{% for b in many %}{{ b }}{% endfor %}{% endfor %}", many=["x"] * 9999
    )

    assert f"{MAX_OUTPUT:,}" in error.reason


def test_a_template_that_includes_itself_is_refused(tmp_path: Path) -> None:
    assert "cannot be rendered" in refused(tmp_path, "a{% include 'one.txt' %}").reason


def test_templates_that_include_each_other_are_told_before_anything_is_rendered(folder: Folder) -> None:
    folder.write("templates/status/_next.txt", '{% include "status/holding.txt" %}')

    assert "the template includes itself by way of status/_next.txt" in folder.reasons()


def test_a_template_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nothing\.txt:1:1: there is no template nothing\.txt"):
        Texts(tmp_path).render("nothing.txt")


def test_what_is_read_once_does_not_change_under_an_incident(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("before")
    texts = Texts(tmp_path)
    (tmp_path / "one.txt").write_text("after")

    assert texts.render("one.txt") == "before"


@pytest.mark.parametrize(
    ("raw", "says"), [(b"a\n\xff", "2:1: the text is not UTF-8"), (b"x" * (MAX_TEMPLATE + 1), "larger than")]
)
def test_a_template_that_cannot_be_read_is_refused(tmp_path: Path, raw: bytes, says: str) -> None:
    (tmp_path / "one.txt").write_bytes(raw)

    with pytest.raises(ContentError, match=says):
        Texts(tmp_path)


def test_a_text_that_may_turn_out_empty_is_refused(folder: Folder) -> None:
    folder.write("templates/macros/works.txt", "{% if facts.guarantees %}Works.{% endif %}")

    assert folder.reasons() == ["says nothing at all with some facts"]


def test_a_part_that_others_include_need_not_say_anything_by_itself(folder: Folder) -> None:
    folder.write("templates/status/_next.txt", "{% if facts.resolved %}Over.{% endif %}")

    assert folder.reasons() == []


def test_a_template_nested_beyond_reason_is_refused_and_not_followed(folder: Folder) -> None:
    folder.write("templates/macros/works.txt", "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}")

    assert folder.reasons() == ["not a template: nested too deeply"]
