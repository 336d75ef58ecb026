"""The modals, pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.base import Severity
from bot.domain.classification import Answer, Question
from bot.domain.control import Control, Level
from bot.domain.gate import GateResult
from bot.domain.publication import Publication
from bot.domain.runbook import Step
from bot.domain.signal import Reading
from bot.domain.text import SUMMARY_MAX
from bot.slack.cards.blocks import Block, context, field_, lines, modal, option, plain, section, typing
from bot.slack.cards.preview import change_lines, mode_lines
from bot.slack.cards.words import impact_line, level_line
from bot.slack.ids import SEPARATOR, Form, metadata
from bot.slack.text import clip, escape
from bot.usecases.controls import Change
from bot.usecases.evidence import Evidence
from bot.usecases.modes import ModePreview

WORDS = 1500
GROUPS, OPTION_VALUE = 100, 75
ANSWERS = {Answer.YES: "Yes", Answer.NO: "No", Answer.UNKNOWN: "Unknown"}
SEVERITIES = {
    Severity.SEV1: "SEV1 — customers lose access to funds, or may soon",
    Severity.SEV2: "SEV2 — customers are affected",
    Severity.SEV3: "SEV3 — a risk, few are affected yet",
    Severity.SEV4: "SEV4 — worth watching together",
}


def declare_form(channel: str, summary: str = "", evidence: Evidence | None = None) -> Block:
    """Declaring, with the summary alone required; a message it was declared from becomes evidence."""
    options = [option(text, s.value) for s, text in SEVERITIES.items()]
    severity: Block = {"type": "static_select", "options": options, "initial_option": options[1]}
    blocks = [
        typing("summary", "What is happening?", initial=summary, most=SUMMARY_MAX, multiline=False),
        field_("severity", "Severity", severity),
        context("You command it if you are listed as a commander. Its private channel follows at once."),
    ]
    if evidence is not None:
        said = f"*Kept as evidence, with a link:*\n{escape(evidence.name, 80)}: {escape(evidence.text, 500)}"
        blocks.insert(0, section(said))
    memory = _evidence_memory(channel, evidence) if evidence else metadata(channel=channel)
    return modal(Form.DECLARE, "Declare incident", blocks, memory=memory, submit="Declare")


def _evidence_memory(channel: str, found: Evidence) -> str:
    """As much of the message as a modal remembers; the link leads to the rest."""
    text = found.text
    while True:
        try:
            return metadata(
                channel=channel, said=text, author=found.author, name=found.name[:80], ts=found.ts
            )
        except ValueError:
            text = clip(text, len(text) * 4 // 5)


def words_form(
    form: Form,
    title: str,
    label: str,
    memory: str,
    *,
    submit: str,
    hint: str = "",
    above: str = "",
    most: int = WORDS,
) -> Block:
    """One field for a justification; `above` is markup."""
    top = [section(above)] if above else []
    field = typing("justification", label, hint=hint, most=most)
    return modal(form, title, [*top, field], memory=memory, submit=submit)


def release_form(incident_id: str, held: Sequence[str], memory: str) -> Block:
    """Which of the controls held should be released, and why."""
    options = [option(c, c) for c in held if len(c) <= OPTION_VALUE][:GROUPS]
    blocks = [
        field_("control", "Control", {"type": "static_select", "options": options}),
        typing("justification", "Why may it be released now?", most=WORDS),
        context("A second person says yes before anything moves."),
    ]
    return modal(Form.RELEASE, f"Release · {incident_id}", blocks, memory=memory, submit="Propose")


def notice(title: str, text: str) -> Block:
    """Something to read; `text` is markup."""
    return modal(Form.NOTICE, title, lines(text.split("\n")))


def tighten_form(incident_id: str, channel: str, controls: Sequence[Control]) -> Block:
    """Which control, how tight, and why."""
    groups = [g for c in controls if not c.irreversible and (g := _group(c))][:GROUPS]
    picker: Block = {
        "type": "static_select",
        "option_groups": groups,
        "placeholder": plain("Type a control's name", 150),
    }
    blocks = [
        field_("control", "Control and level", picker),
        typing("justification", "Why?", most=WORDS, hint="It goes into the record, word for word."),
    ]
    memory = metadata(incident=incident_id, channel=channel)
    return modal(Form.TIGHTEN, f"Tighten · {incident_id}", blocks, memory=memory, submit="Preview")


def tighten_confirm(memory: str, change: Change, said: str, loosening: str, touched: str = "") -> Block:
    """From → to, the customers' effect, who must approve loosening."""
    texts = [
        *change_lines([change]),
        level_line(change.control, change.to.id),
        *([impact_line(touched)] if touched else []),
        f"Why: {escape(said)}",
        loosening,
    ]
    return modal(Form.TIGHTEN_CONFIRM, "Nothing is set yet", lines(texts), memory=memory, submit="Set it")


def protect_form(preview: ModePreview, memory: str) -> Block:
    """A mode's preview and the justification, committed by one submit."""
    field = typing("justification", "Why?", most=WORDS, hint="It goes into the record, word for word.")
    blocks = [field, *lines(mode_lines(preview))]
    return modal(
        Form.PROTECT, f"{preview.mode.title} mode", blocks, memory=memory, submit=f"Set {preview.mode.id}"
    )


def carry_out_form(step: Step, memory: str, texts: Sequence[str]) -> Block:
    """What a control or mode step would change; words of one's own are optional. `texts` are markup."""
    field = typing(
        "justification",
        "Words of your own",
        most=WORDS,
        optional=True,
        hint="Without them the runbook step is the justification.",
    )
    back = [f"_Back: {escape(step.rollback)}_"] if step.rollback else []
    top = lines([f"*{escape(step.title)}*", escape(step.why), *texts, *back])
    return modal(Form.STEP_CARRY_OUT, "Nothing is set yet", [*top, field], memory=memory, submit="Do it")


def gate_form(step: Step, memory: str, gate: GateResult) -> Block:
    """What a gate says now; only an open one can be ticked off."""
    text = [
        f"*{escape(gate.title)}* is *{gate.verdict}*",
        escape(gate.reason, 1000),
        escape(step.why),
    ]
    if gate.is_open:
        return modal(Form.STEP_DONE, "Gate", lines(text), memory=memory, submit="Done")
    text.append("It cannot be ticked off so. Use Blocked or Skip on the step, with the reason.")
    return notice("Gate", "\n".join(text))


def classify_form(
    memory: str, question: Question, readings: Sequence[Reading], number: str, before: Answer | None
) -> Block:
    """One question of the tree with its signals beside it."""
    options = [option(text, a.value) for a, text in ANSWERS.items()]
    picker: Block = {"type": "radio_buttons", "options": options}
    if before is not None:
        picker["initial_option"] = option(ANSWERS[before], before.value)
    beside = [f"• {escape(r.spec.title)}: {escape(r.said)}" for r in readings]
    texts = [f"*{escape(question.ask)}*", *([f"_{escape(question.hint)}_"] if question.hint else []), *beside]
    blocks = [
        *lines(texts),
        field_(f"answer.{question.id}", "Answer", picker, "Unknown counts as the dangerous answer for now."),
        typing(f"remark.{question.id}", "Remark", most=500, optional=True),
    ]
    return modal(Form.CLASSIFY, clip(f"Classify {number}", 24), blocks, memory=memory, submit="Answer")


def draft_form(found: Publication, memory: str) -> Block:
    """A draft's words, to be replaced by one's own."""
    field = typing("body", "What the public is told", initial=found.body)
    note = context(
        "Say what works, what waits, and when the next word comes. An edited text is not pre-approved."
    )
    return modal(Form.DRAFT_EDIT, "Edit the draft", [field, note], memory=memory, submit="Save")


def _group(control: Control) -> Block | None:
    options = [
        option(_worded(control, level), f"{control.id}{SEPARATOR}{level.id}")
        for level in control.levels[1:]
        if len(control.id) + len(level.id) < OPTION_VALUE
    ]
    return {"label": plain(control.id, 75), "options": options[:100]} if options else None


def _worded(control: Control, level: Level) -> str:
    return f"{control.id} → {level.id}"
