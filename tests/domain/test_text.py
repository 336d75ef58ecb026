"""What people type: kept, but without disguises and secrets, and bounded."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import BadInput
from bot.domain.text import JUSTIFICATION_MAX, SUMMARY_MAX, clean, justification, summary

SECRETS = [
    "xoxb-" + "1" * 12,
    "xapp-1-" + "A" * 12,
    "Bearer abcdefghijklmnop",
    "AKIA" + "A" * 16,
    "ghp_" + "a" * 24,
    "sk_live_" + "a" * 20,
    "password: hunter22",
    "API_KEY=abcdef123",
    "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----",
    "-----BEGIN EC PRIVATE KEY-----\ncut off here",
]


@given(st.text(max_size=300), st.integers(1, 300))
def test_nothing_invisible_and_nothing_too_long_is_kept(text: str, limit: int) -> None:
    kept = clean(text, limit=limit)
    assert len(kept) <= limit
    assert all(ch == "\n" or unicodedata.category(ch)[0] != "C" for ch in kept)


@given(st.text(max_size=300))
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    once = clean(text, limit=200)
    assert clean(once, limit=200) == once


@pytest.mark.parametrize("secret", SECRETS, ids=[s[:12] for s in SECRETS])
@pytest.mark.parametrize(
    "disguise", ["", "\u200b", "\u202e", "\x00"], ids=["plain", "zero width", "bidi", "null"]
)
def test_no_secret_is_kept_not_even_in_disguise(secret: str, disguise: str) -> None:
    typed = f"I used {secret[:3]}{disguise}{secret[3:]} there"
    kept = clean(typed, limit=2000)
    assert secret not in kept
    assert "[secret removed]" in kept
    assert kept.startswith("I used ")


def test_words_lines_and_other_scripts_are_left_as_they_are() -> None:
    said = "Отток вдвое выше.\nКоverage 1,2 — über alles 🚨"
    assert clean(said, limit=200) == said


def test_a_mention_is_only_text_here_and_stays_for_the_writer_to_escape() -> None:
    assert clean("<!channel> look", limit=50) == "<!channel> look"


@pytest.mark.parametrize("typed", ["", "  ", "ok", "\u200b\u200b\u200b\u200b", "x" * (JUSTIFICATION_MAX + 1)])
def test_a_justification_says_something_and_not_everything(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        justification(typed, example="/incident note Outflow has doubled")
    assert refused.value.example == "/incident note Outflow has doubled"
    assert refused.value.field == "justification"


def test_a_justification_may_be_as_long_as_it_says() -> None:
    assert len(justification("x" * JUSTIFICATION_MAX, example="")) == JUSTIFICATION_MAX


@pytest.mark.parametrize("typed", ["", "\n \t", "x" * (SUMMARY_MAX + 1), "x" * 10_000])
def test_a_summary_is_one_line_of_some_length(typed: str) -> None:
    with pytest.raises(BadInput):
        summary(typed, example="/incident declare Northbank has paused withdrawals")


def test_a_summary_is_brought_to_one_line() -> None:
    assert summary(" Northbank \n has   paused ", example="") == "Northbank has paused"
