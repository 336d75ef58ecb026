"""How refusals and troubles are told to the person, each as one private sentence that helps."""

from __future__ import annotations

from collections.abc import Container

from bot.domain.errors import BadInput, Refusal, TransitionRefused
from bot.slack.cards.blocks import Message
from bot.slack.text import escape
from bot.usecases.ports import StoreError

REPEATED = "This very request was carried out already; nothing was done twice."
SLOW = (
    "This took too long for Slack to wait. It may have been carried out: look at the card or "
    "`/incident status` before you repeat it."
)
BROKEN = "Something broke on our side. Look at `/incident status` before you repeat it; the log has more."


def refused(refusal: Refusal, gates: Container[str] = ()) -> Message:
    """What was wrong, and one example that is right; past which of the operator's `gates` there is a way."""
    text = escape(str(refusal), 2500)
    if isinstance(refusal, TransitionRefused):
        for line in refusal.shut:
            gate, _, reason = line.partition(": ")
            text = text.replace(f"• {escape(line)}", f"• *{escape(gate)}* – {escape(reason)}")
    if isinstance(refusal, BadInput) and refusal.example:
        text += f"\nFor example: `{_code(refusal.example)}`"
    return Message(text + past_it(refusal, gates))


def past_it(refusal: Refusal, gates: Container[str]) -> str:
    """How the glass is broken, or a dead feed attested to, for the first shut gate that allows it; markup."""
    if not isinstance(refusal, TransitionRefused):
        return ""
    said = ""
    if dead := [g for g in refusal.unknown if g in gates]:
        said += f"\nTwo people may say what they see with their own eyes: `/incident attest {dead[0]} …`"
    if ways := [g for g in refusal.gates if g in gates]:
        said += f"\nIn an emergency, recorded, told to all and reviewed: `/incident override {ways[0]} …`"
    return said


def refused_plainly(refusal: Refusal) -> str:
    """The same for a modal's field, where nothing is markup."""
    text = str(refusal)
    if isinstance(refusal, BadInput) and refusal.example:
        text += f" For example: {refusal.example}"
    return text


def store_away(error: StoreError) -> dict[str, object]:
    """A private answer to a command while the database does not answer."""
    return {"response_type": "ephemeral", "text": away_text(error)}


def away_text(error: StoreError) -> str:
    """What to do while the database does not answer; markup."""
    return (
        f"The database is not answering. {escape(str(error), 300)}\n"
        "If it stays so, go on by the phone bridge and the services' own consoles, and note what you do."
    )


def _code(text: str) -> str:
    return text.replace("`", "'").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
