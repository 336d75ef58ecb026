from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Stale
from bot.sandbox.people import render_mrkdwn
from bot.slack import ids
from bot.slack.cards.blocks import Message, fitted, lines, section
from bot.slack.text import cut, escape, mentioned, span, typed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 12:30:45, withdrawals.limit.USDT", "plain words, 12:30:45, withdrawals.limit.USDT"),
        ("small_only and wallet_ops", "small_only and wallet_ops"),
        ("<!channel> <@U1> & co", "&lt;!channel&gt; &lt;@U1&gt; &amp; co"),
        ("*b* ~s~ `c`", "∗b∗ ∼s∼ ˋcˋ"),
        ("_it_ __it__", "ˍitˍ ˍˍitˍˍ"),
        (">quote\n> more", "›quote\n› more"),
        (":fire: now: then", "∶fire: now: then"),
        ("a\u202eb\u200bc\x07", "abc"),
    ],
)
def test_text_of_people_shows_as_text(text: str, shown: str) -> None:
    assert escape(text) == shown


@given(st.text(alphabet="*_~`<>&|!@#:/ ab\n\u202e", max_size=60))
def test_nothing_typed_survives_as_markup(text: str) -> None:
    made = escape(text)
    assert "<" not in made
    assert ">" not in made
    assert render_mrkdwn(made) == made.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_what_slack_made_of_a_command_is_turned_back() -> None:
    raw = "ask <@U02BOB|bob> in <#C1|general> see <https://x.example|x> <!here> &lt;tag&gt; &amp;amp;"
    assert typed(raw) == "ask @bob in #general see x @here <tag> &amp;"
    assert mentioned(raw) == ["U02BOB"]


@given(st.text(max_size=50), st.integers(1, 50))
def test_cutting_never_leaves_half_an_entity(text: str, limit: int) -> None:
    made = cut(escape(text), limit)
    assert len(made) <= max(limit, 1)
    assert "&" not in made.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


def test_spans_are_said_as_people_say_them() -> None:
    lengths = [timedelta(seconds=5), timedelta(minutes=12), timedelta(hours=3, minutes=5), timedelta(days=2)]
    assert [span(x) for x in lengths] == ["5 s", "12 min", "3 h 05 min", "2 d 0 h"]


def test_a_value_of_another_shape_is_out_of_date() -> None:
    assert ids.parts(ids.value("prop_1", "a|b"), 2) == ["prop_1", "a|b"]
    with pytest.raises(Stale):
        ids.parts("only-one", 2)
    with pytest.raises(ValueError, match="holds"):
        ids.value("a|b", "c")
    with pytest.raises(ValueError, match="too long"):
        ids.value("a" * 2001)
    with pytest.raises(Stale):
        ids.remembered("[1]")


def test_a_message_that_is_too_long_says_how_much_is_missing() -> None:
    many = [section("x" * 100) for _ in range(80)]
    assert len(fitted(many)) == 50
    assert fitted(many)[-1]["elements"][0]["text"] == "… and 31 more"
    heavy = [section("x" * 3000) for _ in range(6)]
    assert "… and 2 more" in str(fitted(heavy)[-1])
    assert len(lines(["y" * 2900, "z" * 200])) == 2
    assert len(Message("t" * 9000).body["text"]) == 3000
