"""What each command can do: every subcommand with what it is for and one example."""

from __future__ import annotations

from bot.slack.cards.blocks import Message, lines
from bot.slack.text import escape

Row = tuple[str, str, str]

INCIDENT: tuple[Row, ...] = (
    ("declare [summary]", "opens an incident", "Withdrawals are running after Northbank paused"),
    ("status", "shows where it stands", ""),
    ("step [words]", "shows open steps with their buttons", "check signers"),
    ("brief", "half a page from which the next commander can start", ""),
    ("list", "shows what is open and what ended last", ""),
    (
        "classify [class why]",
        "asks the tree, or sets the class",
        "counterparty_failure Northbank confirmed it by phone",
    ),
    (
        "runbook [id why]",
        "adds the runbook of a special situation",
        "wallet-compromise A signing laptop was stolen",
    ),
    ("phase <phase> <why>", "moves on, or back", "stabilize Outflow has doubled and the cause is known"),
    ("role <role> @user", "gives a role out, or takes a free one", "treasury_lead @bob"),
    ("handoff @user", "hands the command over", "@frank"),
    ("chart [signals]", "draws signals with their thresholds into the channel", "coverage hot_balance"),
    ("note <text>", "writes into the record", "Northbank's desk confirms the outage by phone"),
    ("update [text id]", "drafts the next public word", "holding"),
    ("macros", "drafts what support answers", ""),
    (
        "timeline [what] [since] [@user]",
        "shows the record, newest first: decisions, controls, notes, publications, people or steps",
        "decisions since 30m @alice",
    ),
    (
        "attest <gate> <what you see>",
        "opens a gate whose feed is dead, once two people attest",
        "coverage-restored The custody console shows 41m hot and 3m waiting",
    ),
    (
        "override <gate or proposal> <reason> <why>",
        "breaks the glass: everybody is told, and another says what they found by override review",
        "coverage-restored customer_harm The custody console shows 2.1; the feed is wrong",
    ),
    ("standdown <why>", "ends a false alarm", "A monitoring fault; books and chain agree"),
    ("close <why>", "ends a reviewed incident", "The review is done and every step is finished"),
)
PROTECTED_MODE: tuple[Row, ...] = (
    (
        "on <why>",
        "shows what it would set, then one button sets it",
        "Northbank has paused withdrawals and our queue is growing",
    ),
    (
        "off <why>",
        "proposes to reopen along the ladder; a second person says yes",
        "Northbank settles again since 14:10",
    ),
    (
        "extend <how long> <why>",
        "lets what is held stand, and be asked about later",
        "1h Northbank's answer is due at 05:00",
    ),
    ("status", "shows what is set and what is confirmed", ""),
)
CONTROL: tuple[Row, ...] = (
    ("list", "shows every control, wanted and seen", ""),
    ("show <control>", "shows one control's levels and who may set them", "withdrawals.risk"),
    (
        "set <control> <level> <why>",
        "tightens at once",
        "withdrawals.risk checked Outflow to new addresses has doubled",
    ),
    ("tighten <control> <why>", "tightens by one level", "withdrawals.risk Outflow has doubled"),
    (
        "loosen <control> <why>",
        "proposes one level down; a second person says yes",
        "withdrawals.risk The queue has halved",
    ),
    (
        "withdraw <control> <why>",
        "proposes to take back what was set in the last ten minutes; a second person says yes",
        "withdrawals.risk It was the wrong one",
    ),
    (
        "release <control> <why>",
        "proposes to let go; a second person says yes",
        "withdrawals.risk Northbank settles again",
    ),
    (
        "freeze [all] <why>",
        "stops loosening everywhere at once; with all, everything, once that is typed out",
        "Two reopenings are fighting over the hot wallet",
    ),
    (
        "unfreeze <why>",
        "proposes to lift a freeze, or agrees to it; everything is read again first",
        "Books agree again and both reopenings were looked through",
    ),
)
HELP = {"/incident": INCIDENT, "/protected-mode": PROTECTED_MODE, "/control": CONTROL}


def help_text(command: str) -> Message:
    """Every subcommand of a command with one example."""
    rows = [f"*{command}*"]
    for usage, purpose, example in HELP[command]:
        name = usage.split(" ", 1)[0]
        shown = f"{command} {name} {example}".rstrip()
        rows.append(f"• {escape(usage)} — {purpose}: `{shown}`")
    rows.append(f"Outside an incident's channel name it first: `{_named(command)}`.")
    others = " and ".join(f"`{other} help`" for other in HELP if other != command)
    rows.append(f"Also {others}.")
    return Message(f"What {command} can do", lines(rows))


def _named(command: str) -> str:
    rest = {"/incident": "status INC-2", "/protected-mode": "status INC-2"}
    return f"{command} {rest.get(command, 'set INC-2 withdrawals.risk checked Outflow has doubled')}"
