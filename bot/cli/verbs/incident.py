"""`breakwater incident`: everything that `/incident` can do."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.verbs.options import Incident, Json, Key, MaybeWhy, Once, Why, Yes, do, how, show, words

incident = typer.Typer(
    no_args_is_help=True,
    help="Lead an incident by the same rules and ledger as in Slack; it works while Slack is away.",
)
step = typer.Typer(no_args_is_help=True, help="Walk the runbook: list steps, do, skip or block one.")
incident.add_typer(step, name="step")

Step = Annotated[str, typer.Argument(metavar="STEP", help="Its id, or words of its title.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="Their id or name in people.yaml.")]


@incident.command()
def declare(
    summary: Annotated[list[str], typer.Argument(metavar="SUMMARY…", help="What is happening, in one line.")],
    severity: Annotated[str, typer.Option(help="sev1 (worst) to sev4.")] = "sev2",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Declare an incident; you command it if you may.

    Example: breakwater incident declare --severity sev1 Withdrawals run after Northbank paused
    """
    do("incident declare", how(key, as_json, once), summary=words(summary), severity=severity)


@incident.command()
def status(incident: Incident = "", as_json: Json = False) -> None:
    """Show where an incident stands.

    Example: breakwater incident status -i INC-2 --json | jq .controls
    """
    show("incident status", as_json, incident=incident)


@incident.command("list")
def list_(as_json: Json = False) -> None:
    """List what is open and what ended last.

    Example: breakwater incident list
    """
    show("incident list", as_json)


@incident.command()
def brief(incident: Incident = "", as_json: Json = False) -> None:
    """Half a page from which the next commander can start.

    Example: breakwater incident brief
    """
    show("incident brief", as_json, incident=incident)


@incident.command()
def timeline(
    sort: Annotated[
        list[str] | None, typer.Argument(help="decisions, controls, notes, publications, people or steps.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="30m", help="For how long back.")] = "",
    by: Annotated[str, typer.Option(metavar="PERSON", help="What this person did.")] = "",
    incident: Incident = "",
    as_json: Json = False,
) -> None:
    """Show the record, newest first.

    Example: breakwater incident timeline decisions --since 30m --by alice
    """
    show("incident timeline", as_json, incident=incident, sort=words(sort), since=since, person=by)


@step.command("list")
def steps(incident: Incident = "", as_json: Json = False) -> None:
    """List the open steps with their ids, roles and budgets.

    Example: breakwater incident step list
    """
    show("incident step list", as_json, incident=incident)


@step.command()
def done(
    step: Step,
    said: MaybeWhy = None,
    option: Annotated[str, typer.Option(help="The option you decide for, where the step has some.")] = "",
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Do a step: tick it, or carry out what it says where it sets a control or a mode, pages or publishes.

    Example: breakwater incident step done check-signers Both signers answer, no policy has changed
    """
    do(
        "incident step done",
        how(key, as_json, once),
        incident=incident,
        step=step,
        option=option,
        why=words(said),
    )


@step.command()
def skip(
    step: Step, why: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = ""
) -> None:
    """Pass a step over, with the reason.

    Example: breakwater incident step skip name-roles Only Frank and I are awake
    """
    do("incident step skip", how(key, as_json, once), incident=incident, step=step, why=words(why))


@step.command()
def block(
    step: Step, why: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = ""
) -> None:
    """Say that a step cannot go on, with the reason; the commander is told.

    Example: breakwater incident step block check-books Treasury's export is four hours old
    """
    do("incident step block", how(key, as_json, once), incident=incident, step=step, why=words(why))


@incident.command()
def classify(
    class_: Annotated[str, typer.Argument(metavar="CLASS", help="Such as counterparty_failure.")],
    why: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Name the class of an incident, confirmed on the commander's word.

    Example: breakwater incident classify counterparty_failure Northbank confirmed it by phone
    """
    asked = how(key, as_json, once)
    do("incident classify", asked, incident=incident, **{"class": class_}, why=words(why))


@incident.command()
def phase(
    phase: Annotated[str, typer.Argument(help="classify, stabilize, protected, recover or review.")],
    why: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Move to another phase; gates that are shut are named.

    Example: breakwater incident phase stabilize Outflow has doubled and the cause is known
    """
    do("incident phase", how(key, as_json, once), incident=incident, phase=phase, why=words(why))


@incident.command()
def role(
    role: Annotated[str, typer.Argument(help="Such as treasury_lead.")],
    person: Person,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Give a role out, or take a free one.

    Example: breakwater incident role treasury_lead bob
    """
    do("incident role", how(key, as_json, once), incident=incident, role=role, person=person)


@incident.command()
def handoff(
    person: Person, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = ""
) -> None:
    """Hand the command over.

    Example: breakwater incident handoff frank
    """
    do("incident handoff", how(key, as_json, once), incident=incident, person=person)


@incident.command()
def here(incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Say that you are there: your roles are acknowledged, free ones that you may hold are yours.

    Example: breakwater incident here
    """
    do("incident here", how(key, as_json, once), incident=incident)


@incident.command()
def note(text: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Write into the record.

    Example: breakwater incident note Northbank's desk confirms the outage by phone
    """
    do("incident note", how(key, as_json, once), incident=incident, text=words(text))


@incident.command()
def update(
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Its id; else the one that is due.")] = "",
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Draft the next public word, to be approved.

    Example: breakwater incident update holding
    """
    do("incident update", how(key, as_json, once), incident=incident, text=text)


@incident.command()
def macros(incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Draft what support answers, to be approved.

    Example: breakwater incident macros
    """
    do("incident macros", how(key, as_json, once), incident=incident)


@incident.command()
def runbook(
    runbook_id: Annotated[str, typer.Argument(metavar="ID", help="As `breakwater runbook list` names it.")],
    why: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Add the runbook of a special situation.

    Example: breakwater incident runbook wallet-compromise A signing laptop was stolen
    """
    do("incident runbook", how(key, as_json, once), incident=incident, runbook=runbook_id, why=words(why))


@incident.command()
def attest(
    gate: Annotated[str, typer.Argument(metavar="GATE", help="Its id, as the refusal names it.")],
    seen: Why,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Say what you see while a gate's feed is dead; a second person's word opens it for a quarter of an hour.

    Example: breakwater incident attest coverage-restored The custody console shows 41m hot and 3m waiting
    """
    do("incident attest", how(key, as_json, once), incident=incident, gate=gate, why=words(seen))


@incident.command()
def override(
    what: Annotated[str, typer.Argument(metavar="GATE|PROPOSAL|review", help="What to pass, or `review`.")],
    reason: Annotated[str, typer.Argument(metavar="REASON", help="A reason code of the policy.")],
    why: MaybeWhy = None,
    yes: Yes = False,
    incident: Incident = "",
    key: Key = None,
    as_json: Json = False,
    once: Once = "",
) -> None:
    """Break the glass: past a shut gate or a missing second approval; everybody is told, another reviews it.

    Example: breakwater incident override coverage-restored gate_wrong The custody console shows 2.1

    Example: breakwater incident override prop_5f1d nobody_answers Bob's phone is off since 03:00

    Example: breakwater incident override review The feed was dead; I saw the console too
    """
    asked = how(key, as_json, once, yes=yes)
    do("incident override", asked, incident=incident, what=what, reason=reason, why=words(why))


@incident.command()
def standdown(
    why: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = ""
) -> None:
    """End a false alarm.

    Example: breakwater incident standdown A monitoring fault; books and chain agree
    """
    asked = how(key, as_json, once)
    do("incident standdown", asked, incident=incident, phase="stood_down", why=words(why))


@incident.command()
def close(why: Why, incident: Incident = "", key: Key = None, as_json: Json = False, once: Once = "") -> None:
    """Close a reviewed incident.

    Example: breakwater incident close The review is done and every step is finished
    """
    do("incident close", how(key, as_json, once), incident=incident, phase="closed", why=words(why))
