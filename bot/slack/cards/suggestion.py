"""A suggestion: what monitoring saw, for a person to take up or dismiss."""

from __future__ import annotations

from bot.domain.trigger import Suggestion, SuggestionStatus
from bot.slack.cards.blocks import Block, Message, actions, button, context, section
from bot.slack.cards.reviews import review_buttons
from bot.slack.cards.words import banner
from bot.slack.ids import Act, value
from bot.slack.text import escape, utc


def suggestion_card(found: Suggestion, suggests: str, decided_by: str) -> Message:
    """The message in the incidents channel; the alert's own words, which may hold figures, go to people."""
    head = f"{banner(found.environment)}{found.severity.upper()} suggestion · {found.title}"
    texts = [f"*{escape(head)}*", f"Since {utc(found.raised_at)}{_class(found)}"]
    if suggests:
        texts.append(escape(suggests, 300))
    if found.times > 1:
        texts.append(f"Seen {found.times} times, last {utc(found.last_seen_at)}")
    blocks: list[Block] = [section("\n".join(texts))]
    if found.status is SuggestionStatus.OPEN:
        blocks.append(decide(found.id))
    else:
        blocks.append(context(_decided(found, decided_by)))
    return Message(f"{escape(head)}, since {utc(found.raised_at)}", blocks)


def decide(suggestion_id: str) -> Block:
    """The two buttons."""
    return actions(
        button(Act.TAKE_UP, "Declare", value(suggestion_id), suggestion_id, "danger"),
        button(Act.DISMISS, "Dismiss", value(suggestion_id), suggestion_id),
    )


def page(text: str, channel: str | None, suggestion_id: str | None, review: str = "") -> Message:
    """A page to one person; `text` is data. The alert's buttons, or the way to the incident's channel.

    `review` is an incident whose holds are past their review time: the page carries the answers.
    """
    said = escape(text, 2500)
    blocks: list[Block] = [section(f"*{said}*" if "\n" not in said else said)]
    if suggestion_id:
        blocks.append(decide(suggestion_id))
    if review:
        blocks.append(actions(*review_buttons(review)))
    if channel:
        blocks.append(context(f"Go to <#{channel}>"))
    return Message(said, blocks)


def _class(found: Suggestion) -> str:
    hint = f"; looks like {found.class_hint.words}" if found.class_hint else ""
    return hint + (f", with the runbook {found.runbook}" if found.runbook else "")


def _decided(found: Suggestion, decided_by: str) -> str:
    by = f" by {escape(decided_by, 80)}" if decided_by else ""
    at = f", {utc(found.decided_at)}" if found.decided_at else ""
    what = {
        SuggestionStatus.TAKEN: f"taken up as {found.incident_id}",
        SuggestionStatus.DISMISSED: "dismissed",
        SuggestionStatus.RESOLVED: "resolved by itself",
    }
    return f"{what.get(found.status, str(found.status))}{by}{at}"
