"""The words in public: true, timed, and never those that nobody may say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.content import Texts
from bot.content.templates import sample_facts
from bot.domain.content import Content
from bot.domain.control import Control
from bot.domain.mode import ModeId, mode_levels, standing_guarantees
from bot.domain.publication import PublicFacts

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
NEXT = NOW + timedelta(minutes=30)
NEVER = re.compile(
    r"\b(safe(ly|ty)?|maintenance|protected mode|stressed mode"
    r"|counterpart\w*|northbank|harbor|custod\w*|hack\w*|theft|stolen|breach\w*"
    r"|insolven\w*|attack\w*|bank run"
    r"|threshold\w*|coverage|reserve\w*|books|drift|signer\w*|hot wallet|treasury|gates?"
    r"|soon|shortly|momentarily|hopefully|guarantee\w*|none|null|true|false)\b",
    re.IGNORECASE,
)
BROKEN = re.compile(r"[{}]|\.\.|\.;|;\.| {2}|\n{3}|^[a-z]|: *$(?!\n-)", re.MULTILINE)


def told(control: Control, level_id: str) -> str:
    return control.told(control.level(level_id))


def facts_of(
    content: Content, mode_id: ModeId, observed: dict[str, str | None], **more: object
) -> PublicFacts:
    """The facts at what is observed, as the use cases draw them."""
    mode = content.modes[mode_id]
    standing, _ = standing_guarantees(mode, content.controls, observed)
    off = {
        c.id: told(c, level)
        for c in content.controls
        if (level := observed.get(c.id)) and c.index(level) > 0 and told(c, level)
    }
    facts = PublicFacts(
        now=NOW,
        since=NOW - timedelta(minutes=12),
        mode=mode_id.value,
        mode_says=mode.says,
        guarantees=tuple(g.text for g in standing),
        restrictions=tuple(dict.fromkeys(off.values())),
        settling=False,
        withdrawals=". ".join(t for c, t in off.items() if c.startswith("withdrawals.limit.")),
        deposits=". ".join(t for c, t in off.items() if c.startswith("deposits.")),
        swaps=off.get("swaps", ""),
        next_update_at=NEXT,
    )
    return facts.model_copy(update=more)


def in_mode(content: Content, mode_id: ModeId) -> dict[str, str | None]:
    levels = {c.id: lv.id for c, lv in mode_levels(content.modes[mode_id], content.controls)}
    return {c.id: levels.get(c.id, "normal") for c in content.controls}


def moments(content: Content) -> list[PublicFacts]:
    """Every mode, every level of every control in protected mode, and the special moments of each."""
    found = list(sample_facts())
    for mode_id in ModeId:
        observed = in_mode(content, mode_id)
        plain = facts_of(content, mode_id, observed)
        found += [
            plain,
            plain.model_copy(update={"settling": True}),
            plain.model_copy(update={"guarantees": ()}),
        ]
        found.append(plain.model_copy(update={"next_update_at": None}))
        found.append(facts_of(content, mode_id, dict.fromkeys(observed)))
    for control in content.controls:
        for level in control.levels:
            observed = in_mode(content, ModeId.PROTECTED) | {control.id: level.id}
            found.append(facts_of(content, ModeId.PROTECTED, observed))
    ladder = content.modes[ModeId.PROTECTED].ladder
    assert ladder
    for step in ladder.steps:
        found.append(
            facts_of(content, ModeId.PROTECTED, in_mode(content, ModeId.STRESSED), reopened=step.title)
        )
    normal = in_mode(content, ModeId.NORMAL)
    found.append(facts_of(content, ModeId.NORMAL, normal, resolved=True, next_update_at=None))
    return found


def templates(content: Content) -> list[str]:
    return [s.template for s in content.statuses.values()] + [m.template for m in content.macros]


def test_no_text_ever_says_a_forbidden_word_or_is_broken(shipped: Content, texts: Texts) -> None:
    for template, facts in product(templates(shipped), moments(shipped)):
        text = texts.render(template, facts=facts)
        assert not (found := NEVER.search(text)), f"{template} says {found[0]!r}:\n{text}"
        assert not (found := BROKEN.search(text)), f"{template} is broken at {found[0]!r}:\n{text}"


def test_every_text_carries_its_time_and_when_the_next_one_comes(shipped: Content, texts: Texts) -> None:
    for template, facts in product(templates(shipped), moments(shipped)):
        text = texts.render(template, facts=facts)
        assert "14:05 UTC on 20 November 2026" in text, template
        if facts.next_update_at:
            assert "Next update by 14:35 UTC on 20 November 2026" in text, template
        else:
            ends = "last update on this incident" if facts.resolved else "next update will appear"
            assert ends in text or "no further update is planned" in text, f"{template}:\n{text}"


def test_a_status_text_fits_where_it_is_shown(shipped: Content, texts: Texts) -> None:
    for spec, facts in product(shipped.statuses.values(), moments(shipped)):
        assert len(texts.render(spec.template, facts=facts)) <= 2500


@pytest.fixture
def protected(shipped: Content) -> PublicFacts:
    return facts_of(shipped, ModeId.PROTECTED, in_mode(shipped, ModeId.PROTECTED))


@pytest.mark.parametrize("spec", ["holding", "update", "protected"])
def test_an_update_says_what_works_with_the_number_what_waits_and_what_to_do(
    shipped: Content, texts: Texts, protected: PublicFacts, spec: str
) -> None:
    text = texts.render(shipped.statuses[spec].template, facts=protected)

    assert "withdrawals up to 500 USDT in value" in text
    assert "- Withdrawals up to 500 USDT on Tron continue and larger ones wait." in text
    assert "- Instant swaps are paused." in text
    assert "What to do: nothing." in text


@pytest.mark.parametrize(
    ("spec", "first", "does"),
    [
        ("market", "Prices are moving more than usual.", "check the price and the size of each order"),
        ("trading", "Placing orders does not work as usual.", "do not send the same order again"),
        ("networks", "Transfers on some networks take longer", "please do not send a transfer again"),
        ("settlement", "Some settlements and payouts take longer", "nothing."),
        ("addresses", "Please do not send deposits to addresses that you saved", "remove saved deposit"),
        ("duplicates", "Some payments were made twice.", "nothing for now."),
    ],
)
def test_a_runbooks_own_text_says_first_what_is_so_and_then_works_waits_and_what_to_do(
    shipped: Content, texts: Texts, protected: PublicFacts, spec: str, first: str, does: str
) -> None:
    text = texts.render(shipped.statuses[spec].template, facts=protected)

    assert text.startswith(first)
    assert "withdrawals up to 500 USDT in value" in text
    assert "- Withdrawals up to 500 USDT on Tron continue and larger ones wait." in text
    assert f"What to do: {does}" in text


def test_cancelling_is_promised_only_while_it_is_observed(shipped: Content, texts: Texts) -> None:
    halted = in_mode(shipped, ModeId.PROTECTED) | {"trading.BTC-USDT": "halted"}
    facts = facts_of(shipped, ModeId.PROTECTED, halted)

    for template in ("status/trading.txt", "status/market.txt", "macros/orders.txt"):
        text = texts.render(template, facts=facts)
        assert not re.search(r"Open orders (can be cancelled|stay)|cancel them now", text), template


def test_before_any_limit_is_set_the_holding_statement_promises_nothing(
    shipped: Content, texts: Texts
) -> None:
    facts = facts_of(shipped, ModeId.NORMAL, in_mode(shipped, ModeId.NORMAL))

    text = texts.render("status/holding.txt", facts=facts)

    assert "We have set no limits so far." in text
    assert "What works" not in text


def test_a_promise_that_lapsed_leaves_every_text(shipped: Content, texts: Texts) -> None:
    observed = in_mode(shipped, ModeId.PROTECTED) | {"withdrawals.limit.BTC.BTC": "suspended"}
    facts = facts_of(shipped, ModeId.PROTECTED, observed)

    for template in templates(shipped):
        assert "withdrawals up to 500 USDT in value" not in texts.render(template, facts=facts)
    update = texts.render("status/update.txt", facts=facts)
    assert (
        "- Withdrawals of BTC on Bitcoin are suspended and requests already made keep their place." in update
    )


def test_what_is_still_settling_is_said_to_be(texts: Texts, protected: PublicFacts) -> None:
    facts = protected.model_copy(update={"settling": True})

    for template in ("status/update.txt", "status/protected.txt", "macros/works.txt"):
        assert "Some limits are changing at this moment." in texts.render(template, facts=facts)


def test_reopening_names_the_latest_step_and_no_hour(shipped: Content, texts: Texts) -> None:
    observed = in_mode(shipped, ModeId.PROTECTED) | {
        c.id: "trickle" for c in shipped.controls if c.id.startswith("withdrawals.limit.")
    }
    facts = facts_of(shipped, ModeId.PROTECTED, observed, reopened="Withdrawals up to 5,000 USDT in value")

    text = texts.render("status/reopening.txt", facts=facts)

    assert "Latest step, now in force: Withdrawals up to 5,000 USDT in value." in text
    assert "- Withdrawals up to 5,000 USDT on Tron continue, oldest first, and larger ones wait." in text
    assert "up to 500 USDT" not in text
    assert set(re.findall(r"\d\d:\d\d", text)) == {"14:05", "14:35"}


def test_the_last_word_says_that_it_is_the_last(shipped: Content, texts: Texts) -> None:
    observed = in_mode(shipped, ModeId.NORMAL)
    facts = facts_of(shipped, ModeId.NORMAL, observed, resolved=True, next_update_at=None)

    text = texts.render("status/resolved.txt", facts=facts)

    assert "All services run at their usual limits." in text
    assert "This is our last update on this incident." in text


def test_the_last_word_does_not_call_everything_usual_while_something_is_not(
    texts: Texts, protected: PublicFacts
) -> None:
    text = texts.render("status/resolved.txt", facts=protected)

    assert "All services run at their usual limits." not in text
    assert "- Instant swaps are paused." in text


def test_the_six_questions_are_answered(shipped: Content, texts: Texts, protected: PublicFacts) -> None:
    answers = {m.question: texts.render(m.template, facts=protected) for m in shipped.macros}

    assert "they do not change your balance" in answers["Is my money safe?"]
    assert "Withdrawals up to 500 USDT on Tron continue" in answers["Where is my withdrawal?"]
    assert "only once it is confirmed" in answers["Why is it limited?"]
    assert "We have set no time for the next one" in answers["When will it resume?"]
    assert "withdrawals up to 500 USDT in value" in answers["What still works?"]
    assert answers["Do I need to do anything?"].startswith("No.")


def test_what_several_rails_say_is_told_in_sentences(texts: Texts, protected: PublicFacts) -> None:
    answer = texts.render("macros/withdrawal.txt", facts=protected)

    assert answer.count("Withdrawals ") > 1
    assert re.findall(r"; [A-Z]", answer) == []


def test_paused_swaps_are_told_as_they_are(texts: Texts, protected: PublicFacts) -> None:
    assert "\nInstant swaps are paused.\n" in texts.render("macros/do.txt", facts=protected)


def test_no_limit_is_spoken_of_as_lifted_where_there_may_never_have_been_one(
    shipped: Content, texts: Texts
) -> None:
    facts = facts_of(shipped, ModeId.NORMAL, in_mode(shipped, ModeId.NORMAL))

    assert texts.render("macros/resume.txt", facts=facts).startswith(
        "No limits of this incident are in force."
    )


def test_one_text_may_go_out_on_the_commanders_word_alone(shipped: Content) -> None:
    assert [one for one, spec in shipped.statuses.items() if spec.preapproved] == ["holding"]
