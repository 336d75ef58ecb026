"""Content: what names it changes exactly when it does."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.base import Phase, Role
from bot.domain.classification import DecisionTree, Question
from bot.domain.content import Content, Pinned
from bot.domain.mode import ModeId, ServiceMode
from bot.domain.runbook import Runbook, Step, StepKind
from tests.domain.builders import AUTHORITY, DIRECTORY, signal, withdrawals

STEP = Step(
    id="s",
    phase=Phase.CLASSIFY,
    role=Role.TREASURY_LEAD,
    kind=StepKind.CONFIRM,
    title="Check balances",
    why="They tell the classes apart",
    budget=timedelta(minutes=5),
)
BOOK = Runbook(id="first", title="First minutes", steps=(STEP,))
PINNED = Pinned(
    runbooks=(BOOK,),
    tree=DecisionTree(questions=(Question(id="q", ask="Moved?", yes="market_move", no="provisional"),)),
)
CONTENT = Content(
    services={},
    controls=(withdrawals(),),
    modes={ModeId.NORMAL: ServiceMode(id=ModeId.NORMAL, title="Normal", says="All works", guarantees=())},
    signals={"hot": signal("hot")},
    gates={},
    phase_gates={},
    triggers=(),
    directory=DIRECTORY,
    authority=AUTHORITY,
    pinned=PINNED,
    statuses={},
    macros=(),
)


def test_pinned_content_keeps_its_name_through_storage() -> None:
    kept = Pinned.model_validate_json(PINNED.model_dump_json(by_alias=True))
    assert kept == PINNED
    assert kept.digest == PINNED.digest
    assert kept.by_id["first"] == BOOK


def test_any_word_of_a_runbook_changes_what_it_is_pinned_under() -> None:
    reworded = STEP.model_copy(update={"why": "They tell the classes apart, mostly"})
    book = BOOK.model_copy(update={"steps": (reworded,)})
    assert Pinned(runbooks=(book,), tree=PINNED.tree).digest != PINNED.digest


def test_the_policy_an_approval_is_given_under_has_another_name_when_controls_or_authority_change() -> None:
    slower = CONTENT.model_copy(update={"authority": AUTHORITY.model_copy(update={"rules": {}})})
    other = CONTENT.model_copy(update={"controls": ()})
    fresh = [Content.model_validate(c.model_dump(by_alias=True)) for c in (CONTENT, slower, other)]
    assert len({c.policy_digest for c in fresh}) == 3
    assert fresh[0].policy_digest == CONTENT.policy_digest


def test_runbooks_and_people_do_not_change_the_policy() -> None:
    nobody = DIRECTORY.model_copy(update={"people": {}})
    other = Content.model_validate(CONTENT.model_copy(update={"directory": nobody}).model_dump(by_alias=True))
    assert other.policy_digest == CONTENT.policy_digest
