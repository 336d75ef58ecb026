from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.domain.base import Outcome, Phase
from bot.domain.errors import NotFound
from bot.domain.incident import Incident
from bot.domain.signal import Sample, SignalSpec
from bot.domain.trigger import Alert
from bot.publishers.charts import Comparison, signal_chart
from bot.publishers.review import lasting, measured, review_html, unit
from bot.publishers.scale import Span
from bot.usecases.approvals import approve, propose_release, refuse
from bot.usecases.controls import set_control
from bot.usecases.incidents import add_note
from bot.usecases.ladder import advance
from bot.usecases.review import review_facts
from bot.usecases.review_parts import Figure, Line, ReviewFacts
from bot.usecases.signals import take_alerts
from bot.usecases.steps import StepRef, finish_step
from tests.web.html import well_made
from tests.web.story import ROOT, Story

HOSTILE = "<script>alert('x')</script> & \"quoted\" {{ 7*7 }}"
TEMPLATES = ROOT / "templates"
START = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


async def facts(story: Story, incident: Incident, cause_at: datetime | None = None) -> ReviewFacts:
    async with story.ctx.store.read() as tx:
        return await review_facts(story.ctx, tx, incident.id, cause_at=cause_at)


def minutes(found: ReviewFacts) -> dict[str, float | None]:
    return {f.name: f.value.total_seconds() / 60 if f.value is not None else None for f in found.figures}


async def alarmed(story: Story, minutes_ago: float = 2) -> str:
    """An alert that began some minutes ago has raised a suggestion; its id."""
    now = story.clock.now()
    alert = Alert(
        key="k",
        source="alertmanager",
        firing=True,
        summary="Coverage is 0.11",
        labels={"alertname": "HotWalletCoverageLow", "severity": "critical"},
        started_at=now - timedelta(minutes=minutes_ago),
        received_at=now,
    )
    return (await take_alerts(story.ctx, [alert]))[0].id


async def whole(story: Story) -> Incident:
    """Alert, declared after 1 minute, told after 5, protected after 6, confirmed after 7, reviewed."""
    await story.seen()
    suggestion = await alarmed(story)
    story.pass_minutes(1)
    incident = await story.declared(suggestion)
    story.pass_minutes(3)
    await story.classified(incident)
    story.pass_minutes(1)
    await story.told(incident, "holding")
    await story.told(incident, "macros")
    story.pass_minutes(1)
    await story.protected(incident)
    story.pass_minutes(1)
    await story.actuated(incident)
    story.pass_minutes(30)
    await story.sampled("hot_balance", "900000", "700000.5", "650000", "810000")
    await story.sampled("coverage", "1.0", "1.0")
    await story.release_everything(incident)
    await story.moved(incident, Phase.RECOVER)
    await story.moved(incident, Phase.REVIEW)
    return incident


async def test_the_figures_are_counted_from_the_moments_they_name(live: Story) -> None:
    found = await facts(live, await whole(live))

    assert minutes(found) == {
        "Detected": 2,
        "Declared": 1,
        "Classified": 3,
        "First protective decision": 6,
        "First protection confirmed": 7,
        "Every control of the mode confirmed": 7,
        "First public word": 4,
        "Everything reopened": None,
    }


def figure(found: ReviewFacts, name: str) -> Figure:
    return next(f for f in found.figures if f.name == name)


async def freed(story: Story, incident: Incident, *controls: str) -> None:
    """These holds were released on approved proposals, and their controls were seen to be open again."""
    for control in controls:
        alice, frank = story.actor("alice"), story.actor("frank")
        made = await propose_release(story.ctx, alice, incident.id, control, "The second venue holds")
        plan = await approve(story.ctx, frank, made.id, made.hash)
        await advance(story.ctx, plan.id)
        await story.actuated(incident)
        await advance(story.ctx, plan.id)


async def test_everything_is_reopened_only_when_nothing_is_held_any_more(live: Story) -> None:
    incident = await live.declared()
    for control in ("swaps", "change_freeze"):
        level = live.ctx.content.now.by_id[control].levels[-1].id
        await set_control(live.ctx, live.actor("frank"), incident.id, control, level, "Northbank has paused")
    await live.actuated(incident)
    live.pass_minutes(2)
    await freed(live, incident, "swaps")
    found = figure(await facts(live, incident), "Everything reopened")
    assert (found.value, found.since) == (None, "not yet")

    live.pass_minutes(2)
    await freed(live, incident, "change_freeze")
    found = figure(await facts(live, incident), "Everything reopened")
    assert (found.value, found.since) == (timedelta(minutes=4), "after it was declared")


async def test_a_release_of_one_control_is_no_ladder_and_names_both_people(live: Story) -> None:
    incident = await live.declared()
    await set_control(live.ctx, live.actor("alice"), incident.id, "swaps", "none", "The second venue falls")
    await live.actuated(incident)
    await freed(live, incident, "swaps")
    found = await facts(live, incident)

    begun = "began the release of Instant swaps, proposed by Alice Ng and approved by Frank Moreau"
    assert found.decisions[-1].event.what == begun


async def test_what_was_declared_without_a_signal_is_not_said_to_be_unknown(live: Story) -> None:
    incident = await live.declared()
    found = figure(await facts(live, incident), "Declared")
    assert (found.value, found.since) == (None, "by a person; there was no first signal")

    found = figure(await facts(live, incident, incident.declared_at - timedelta(minutes=3)), "Declared")
    assert found.value == timedelta(minutes=3)
    assert found.since.startswith("after the cause set in")


def test_seconds_from_an_hour_on_are_said_as_hours_and_minutes() -> None:
    spec = SignalSpec(id="s", title="Oldest waits", unit="s", stale_after=timedelta(minutes=2), places=0)
    samples = [Sample(signal="s", value=Decimal(v), at=START, received_at=START) for v in (42, 4000)]
    long, short = Line(spec, tuple(samples)), Line(spec, (samples[0],))

    assert (measured(Decimal(4000), long), unit(long)) == ("1 h 06 min", "")
    assert (measured(Decimal(42), short), unit(short)) == ("42", "s")


async def test_an_alert_from_another_day_tells_nothing_of_detection(live: Story) -> None:
    suggestion = await alarmed(live, minutes_ago=24 * 60)
    incident = await live.declared(suggestion)
    assert minutes(await facts(live, incident))["Detected"] is None

    cause_at = live.clock.now() - timedelta(minutes=9)
    assert minutes(await facts(live, incident, cause_at))["Detected"] == 9


async def test_every_decision_has_its_outcome_for_each_control(live: Story) -> None:
    found = await facts(live, await whole(live))

    (decision,) = found.decisions
    assert decision.event.who == "Alice Ng"
    assert decision.event.why == "Northbank has paused and our queue is growing"
    assert len(decision.results) == 16
    assert {r.outcome for r in decision.results} == {Outcome.CONFIRMED}
    assert {r.took for r in decision.results} == {timedelta(minutes=1)}
    assert (found.done, len(found.results)) == (16, 16)


async def test_a_rejected_setting_is_not_counted_as_done(live: Story) -> None:
    incident = await live.declared()
    await live.protected(incident)
    await live.actuated(incident, outcome=Outcome.REJECTED)
    found = await facts(live, incident)

    assert (found.done, len(found.results)) == (0, 16)
    assert "and 16 did not" in await review_html(live.ctx, incident.id, TEMPLATES)


async def test_reserves_are_exact(live: Story) -> None:
    found = await facts(live, await whole(live))

    hot = next(line for line in found.lines if line.spec.id == "hot_balance")
    assert (hot.lowest, hot.highest) == (Decimal(650000), Decimal(900000))
    assert [s.value for s in hot.samples][1] == Decimal("700000.5")


async def test_controls_are_followed_over_time(live: Story) -> None:
    found = await facts(live, await whole(live))

    track = next(t for t in found.tracks if t.title == "Withdrawals of USDT on Tron")
    assert [level for _, level in track.desired] == [4]
    assert [level for _, level in track.observed] == [4]
    assert track.observed[0][0] - track.desired[0][0] == timedelta(minutes=1)


async def test_the_review_shows_each_text_as_it_went_out(live: Story) -> None:
    found = await facts(live, await whole(live))

    macros = [t for t in found.told if t.title == "Support macros"]
    assert "No withdrawal limits of this incident are in force" in macros[0].body
    assert (macros[0].redrawn, macros[0].approved_by) == (False, "Dana Kim")


async def test_of_redraws_in_a_row_the_last_is_shown_with_how_many_it_stands_for(live: Story) -> None:
    incident = await whole(live)
    macros = [t for t in (await facts(live, incident)).told if t.title == "Support macros"]
    async with live.ctx.store.read() as tx:
        rows = await tx.ledger.rows(incident_id=incident.id, limit=1000)
    redrawn = [r for r in rows if r.kind == "macros.followed"]

    assert [t.redrawn for t in macros] == [False, True]
    assert macros[1].redrawn_before == len(redrawn) - 1 > 0
    assert macros[1].body == redrawn[-1].data["body"]


async def test_a_proposal_and_its_answer_are_in_the_review(live: Story) -> None:
    incident = await live.declared()
    await set_control(live.ctx, live.actor("alice"), incident.id, "swaps", "none", "The second venue falls")
    await live.actuated(incident)
    proposal = await propose_release(live.ctx, live.actor("alice"), incident.id, "swaps", "Swaps are covered")
    await refuse(live.ctx, live.actor("frank"), proposal.id, "The second venue still falls")
    (approval,) = (await facts(live, incident)).approvals

    assert (approval.what, approval.proposed_by, approval.why) == (
        "release Instant swaps",
        "Alice Ng",
        "Swaps are covered",
    )
    assert (approval.status, approval.decided_by) == ("refused", "Frank Moreau")
    assert approval.hash == proposal.hash


async def test_an_improvement_is_in_the_review_in_its_own_words(live: Story) -> None:
    incident = await whole(live)
    async with live.ctx.store.read() as tx:
        (state,) = [s for s in await tx.steps.of(incident.id) if s.step_id == "name-improvement"]
    ref = StepRef(incident.id, state.runbook_id, state.step_id, state.round)
    await finish_step(live.ctx, live.actor("alice"), ref, "Alert on settlement lag; Bob; 1 December 2026")
    (improvement,) = (await facts(live, incident)).improvements

    assert (improvement.by, improvement.said) == ("Alice Ng", "Alert on settlement lag; Bob; 1 December 2026")


async def test_every_row_of_the_timeline_reads_as_a_sentence(live: Story) -> None:
    found = await facts(live, await whole(live))

    lines = [f"{e.who} {e.what}" for e in found.timeline]
    assert "Alice Ng made Dana Kim comms owner" in lines
    assert "Alice Ng set protected mode, 16 controls" in lines
    assert "Breakwater phase protected → recover" in lines
    assert "Breakwater Withdrawals of USDT on Tron: confirmed, generation 1" in lines
    assert [line for line in lines if "–" in line or "_" in line or "{" in line] == []


async def test_the_review_is_one_page_that_needs_nothing_else(live: Story) -> None:
    html = await review_html(live.ctx, (await whole(live)).id, TEMPLATES)
    page = well_made(html)

    assert "INC-1 amber anchor" in page.words
    assert page.tags.count("svg") == 2, "controls and the one signal that moved"
    assert set(re.findall(r"https?://[^\"' ]+", html)) <= {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    assert {a.lstrip("#") for a in page.anchors if a.startswith("#")} <= set(page.ids)
    assert not re.search(r"#(?:010203|040506|070809|0a0b0c|0d0e0f|101112)", html)


async def test_every_table_scrolls_in_a_box_of_its_own(live: Story) -> None:
    html = await review_html(live.ctx, (await whole(live)).id, TEMPLATES)

    assert html.count("<table") == len(re.findall(r'<div class="wide">\s*<table', html)) > 2
    assert ".wide { overflow-x: auto" in html


async def test_hostile_words_stay_words_everywhere(live: Story) -> None:
    incident = await live.declared()
    await add_note(live.ctx, live.actor("carol"), incident.id, HOSTILE)
    await live.told(incident, "update", body=HOSTILE)
    page = well_made(await review_html(live.ctx, incident.id, TEMPLATES))

    assert page.words.count(HOSTILE) == 2


async def test_the_counterfactual_is_drawn_when_it_is_given(live: Story) -> None:
    incident = await live.declared()
    points = [(Decimal(n), Decimal(1000 - n)) for n in range(10)]
    with_it = Comparison("Hot wallet", "USDT", points, [(m, v / 2) for m, v in points])
    page = well_made(await review_html(live.ctx, incident.id, TEMPLATES, comparison=with_it))

    assert "without protection" in page.words
    assert "The same hours from the same seed" in page.words
    assert page.tags.count("svg") == 1


async def test_an_incident_in_which_nothing_happened_can_be_reviewed_too(live: Story) -> None:
    incident = await live.declared()
    page = well_made(await review_html(live.ctx, incident.id, TEMPLATES))

    for said in ("Nothing moved that could be drawn.", "Nothing was published.", "None has been named yet."):
        assert said in page.words


async def test_the_same_facts_draw_the_same_page(live: Story) -> None:
    incident = await whole(live)

    first = await review_html(live.ctx, incident.id, TEMPLATES)
    assert first == await review_html(live.ctx, incident.id, TEMPLATES)


async def test_there_is_no_review_of_what_never_was(live: Story) -> None:
    with pytest.raises(NotFound):
        await review_html(live.ctx, "INC-9", TEMPLATES)


def line(title: str, count: int = 20, every: float = 60) -> Line:
    spec = SignalSpec(id="s", title=title, unit="USDT", stale_after=timedelta(minutes=2))
    moments = [START + timedelta(seconds=every * n) for n in range(count)]
    values = [Decimal(-5 if n == 777 else n % 50) for n in range(count)]
    return Line(
        spec,
        tuple(
            Sample(signal="s", value=v, at=at, received_at=at) for at, v in zip(moments, values, strict=True)
        ),
    )


@pytest.mark.parametrize(
    "title", ["Hot <b>wallet</b> & co", "$\\frac{1}{2}$ a_b^c", "a -- b --> c", "Börse ₿ 準備金"]
)
def test_a_chart_shows_any_title_as_text(title: str) -> None:
    svg = signal_chart(0, line(title), [], Span(START, START + timedelta(minutes=20)))

    words = well_made(f"<!doctype html><html lang='en'><title>t</title><h1>t</h1>{svg}</html>").words
    assert f"{title}, USDT" in words


def test_a_long_series_keeps_its_extremes() -> None:
    span = Span(START, START + timedelta(hours=14))
    svg = signal_chart(0, line("Hot wallet", 5000, every=10), [], span)

    assert "between -5 and 49 USDT" in svg
    assert len(svg) < 60_000


@pytest.mark.parametrize("hours", [0.0, 0.01, 0.5, 3, 47, 49, 24 * 30])
def test_the_time_axis_has_round_moments_within_the_span(hours: float) -> None:
    span = Span(START, START + timedelta(hours=hours))
    ticks = span.ticks()

    assert len(ticks) <= 9
    assert all(span.start <= t <= span.end for t in ticks)
    assert all(t.second == 0 for t in ticks)


def test_marks_of_one_minute_share_a_label() -> None:
    marks = [(START + timedelta(seconds=10 * n), str(n + 1)) for n in range(3)]
    svg = signal_chart(0, line("Hot wallet"), marks, Span(START, START + timedelta(minutes=20)))

    assert Counter(re.findall(r">([^<>]*)</text>", svg))["1–3"] == 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (timedelta(milliseconds=420), "0.4 s"),
        (timedelta(seconds=42), "42 s"),
        (timedelta(minutes=3, seconds=5), "3 min 05 s"),
        (timedelta(hours=1, minutes=4), "1 h 04 min"),
        (timedelta(days=2, hours=3), "2 d 3 h"),
    ],
)
def test_durations_are_said_shortly(value: timedelta | None, said: str) -> None:
    assert lasting(value) == said
