"""What editors show of each field: one sentence, and examples to take over.

Keyed by model and by the field's name as it is written in YAML; a test holds that none is forgotten.
"""

from __future__ import annotations

from typing import Any

from bot.content.wording_adapters import SAYS as ADAPTERS

Said = tuple[Any, ...]  # the sentence, then examples
KINDS = (
    "confirm: someone looks · control: sets one control · mode: sets a mode · gate: a gate must be open · "
    "decide: a choice · publish: a status text · transfer: funds move · page: someone is called · "
    "task: anything else."
)
TITLES: dict[str, str] = {
    "*.yaml": "Breakwater: a runbook",
    "platform/controls.yaml": "Breakwater: services and controls",
    "platform/modes.yaml": "Breakwater: service modes and the reopening ladder",
    "platform/signals.yaml": "Breakwater: signals and gates",
    "platform/triggers.yaml": "Breakwater: triggers",
    "platform/authority.yaml": "Breakwater: who may do what",
    "platform/people.yaml": "Breakwater: people and their roles",
    "platform/classification.yaml": "Breakwater: the decision tree",
    "platform/publications.yaml": "Breakwater: status texts and macros",
}
SAYS: dict[str, dict[str, Said]] = {
    **ADAPTERS,
    "Runbook": {
        "id": ("Names the runbook for ever.", "counterparty-failure"),
        "title": ("What people call it.", "Counterparty failure"),
        "class": ("The class it belongs to; left out, it runs in every incident.", "counterparty_failure"),
        "summary": ("One sentence: when it applies and what it is for.",),
        "decides": ("The role that decides where the runbook leaves a choice.", "treasury_lead"),
        "steps": ("Its steps; people see them by phase and minute.",),
        "situation": ("When it fits, for a special case of its class; it runs where somebody adds it.",),
    },
    "Step": {
        "id": ("Names the step; no other runbook may use the same.", "state-exposure"),
        "phase": ("The phase it belongs to.", "stabilize"),
        "at": ("The minute of the phase at which it begins.", 10),
        "role": ("Who does it.", "treasury_lead"),
        "kind": (KINDS, "confirm"),
        "title": ("What to do, as an order.", "State what lies with the counterparty"),
        "why": ("Why it is worth doing, for whoever must decide whether to skip it.",),
        "budget": ("How long it may take before it counts as overdue.", "10m"),
        "rollback": ("How it is undone, if it turns out wrong.",),
        "control": ("For kind `control`: what to tighten, and to which level.",),
        "mode": ("For kind `mode`: the mode to set.", "stressed"),
        "gate": ("For kind `gate`: the gate (signals.yaml) that must be open.", "books-match-now"),
        "publish": ("For kind `publish`: the status text (publications.yaml).", "holding"),
        "decide": ("For kind `decide`: `class` for the tree, `ladder` for the way out, or a name.", "class"),
        "asks": (
            "What must be typed when it is done; left out, one tap is enough.",
            "What ended, and how do you know?",
        ),
        "options": ("For kind `decide` without `decide`: what is chosen among.",),
        "page": ("For kind `page`: the roles that are paged.", ["executive"]),
        "contacts": ("Whom to call (contacts of people.yaml).", ["custodian"]),
    },
    "Option": {
        "id": ("Names the option.", "rollback"),
        "text": ("What follows from it, in words.", "Roll the release back"),
    },
    "ControlTarget": {
        "id": ("A control's id, or a pattern that matches several.", "route.northbank", "deposits.*"),
        "level": ("The level to tighten to.", "settle_only"),
    },
    "ControlsFile": {
        "services": ("Outside services by name.",),
        "controls": ("Controls in the order they are shown.",),
    },
    "Control": {
        "id": (
            "Names the control; may hold {slots} that `each` fills.",
            "withdrawals.limit.{asset}.{network}",
        ),
        "title": ("What people call it.", "Withdrawals of {asset} on {chain}"),
        "rule": ("The rule (authority.yaml) that says who may move it.", "money"),
        "adapter": ("How it is set and read back.",),
        "levels": ("Its settings, from `normal` to the most restrictive.",),
        "params": ("What its slots stand for, when there is only one such control.",),
        "irreversible": ("Whether only the vendor can undo it; it then takes two and is in no mode.", True),
        "review_after": (
            "How long a hold stands before its owner is asked about it.",
            "1h",
        ),
        "targets": ("Where it is set, if in several places; one outcome for each.", ["eu-1", "eu-2"]),
        "blast_radius": (
            "Signals that tell what a change would touch; shown beforehand while they are fresh.",
            ["queue_count", "queue_value", "outflow_hour"],
        ),
        "bounds": (
            "Between what numbers of its levels' values must lie, so that a slip is found.",
            {"limit": {"least": "0", "most": "250000"}},
        ),
        "each": ("One control for each of these sets of params.", [{"asset": "USDT", "network": "TRON"}]),
        "patterns": ("What each param must look like, as a regular expression.", {"asset": "[A-Z0-9]{2,12}"}),
    },
    "Level": {
        "id": ("Names the level; the first is `normal`.", "tightened"),
        "title": ("What it means, in a few words.", "25k a transaction, 500k an hour"),
        "value": ("What is set; every level has the same fields. Amounts in quotes.", {"limit": "25000"}),
        "customers": (
            "What customers are told while it is observed; may name {fields} of the value. No full stop.",
            "Withdrawals up to {limit} USDT continue and larger ones wait",
        ),
        "full_suspension": ("Whether everything stops: then a second person must ratify it.", True),
        "in_flight": ("What becomes of requests under way.", "hold"),
    },
    "ModesFile": {"modes": ("The three modes: normal, stressed, protected.",)},
    "ServiceMode": {
        "title": ("What people call it.", "Stressed"),
        "says": ("One sentence customers can be told.",),
        "guarantees": ("What is promised in this mode.",),
        "levels": (
            "Controls by id or pattern, with their level.",
            {"withdrawals.limit.*": "tightened"},
        ),
        "ladder": ("The planned way out; mode protected must have it.",),
    },
    "Guarantee": {
        "id": ("Names the promise.", "withdrawals"),
        "text": ("The promise as customers read it.", "withdrawals up to 500 USDT in value"),
        "needs": (
            "It stands while these controls are at these levels or looser.",
            {"swaps": "none"},
        ),
    },
    "Ladder": {
        "begin": ("The gates that must be open before the first step.", ["cause-ended"]),
        "steps": ("The stages, in order; each only loosens, and the last leads everything to normal.",),
        "step_back": (
            "Gates that take the last step back by themselves when they are shut; part of what is approved.",
            ["books-match-now", "covered"],
        ),
    },
    "LadderStep": {
        "id": ("Names the stage.", "trickle"),
        "title": ("What it opens, as customers read it.", "Withdrawals up to 5,000 USDT in value"),
        "levels": ("Control ids or patterns, and the level each goes down to.", {"swaps": "low_risk"}),
        "rest": ("Further controls, each with stages of its own.", {"route.*": ["settle_only", "normal"]}),
        "gate": ("The gate (signals.yaml) before this stage.", "refill-keeps-up"),
        "wait": ("How long to stay before the next one.", "30m"),
    },
    "SignalsFile": {
        "signals": ("Signals by id; the id is a name in expressions.",),
        "gates": ("Gates by id.",),
        "phase_gates": ("The gates that stand before each phase.", {"recover": ["books-match-now"]}),
    },
    "SignalSpec": {
        "title": ("What people call it.", "Hot wallet"),
        "unit": ("Its unit.", "USDT"),
        "source": ("Where it comes from.", "marketplace monitor"),
        "stale_after": ("How old it may be before it counts as unknown.", "2m"),
        "places": ("How many decimals are shown.", 2),
    },
    "GateSpec": {
        "title": ("What it asks for.", "Books match the chain"),
        "conditions": ("All of these must hold.",),
    },
    "Condition": {
        "when": ("A CEL expression over signal ids; write 1.5 or 0.0, not 2.", "coverage >= 1.5"),
        "for": ("How long it must have held without a break.", "30m"),
        "step_done": (
            "Instead of `when`: a step that must be done, or one of several.",
            "reconcile",
        ),
        "says": ("Why it is shut, when it is.", "coverage must be at least 1.5"),
    },
    "TriggersFile": {"triggers": ("Triggers in the order they are tried; the first that matches is taken.",)},
    "Trigger": {
        "id": ("Names the trigger.", "books-drift"),
        "title": ("What it means.", "Books differ from the chain"),
        "match": ("Labels an alert must bear; `*` matches anything.", {"alertname": "BooksDrift*"}),
        "severity": ("What it suggests.", "sev1"),
        "class_hint": ("The class it points to, if any.", "custody_incident"),
        "suggests": ("What to do first.",),
        "runbook": ("A runbook for a special situation, added when the suggestion is taken up.",),
    },
    "Authority": {
        "rules": ("Rules by name; every control names one, and `money` is the one for leaving a mode.",),
        "acts": (
            "Who may do each other act; else the commander.",
            {"publish": ["comms_owner"]},
        ),
        "ratify_within": ("How long a full suspension stands on one person's word.", "15m"),
        "proposal_ttl": ("How long a proposal waits for its second person.", "1h"),
        "extend_at_most": ("How far the review of what is held may be put off at a time.", "4h"),
        "withdraw_within": (
            "How long after it was placed a hold can be taken back by two people without a ladder.",
            "10m",
        ),
        "suspensions_an_hour": (
            "Full suspensions by one person in an hour beyond which an executive is paged at once.",
            6,
        ),
        "executive": ("The role that is one of the two out of a full suspension.", "executive"),
        "step_up": (
            "Controls, or patterns of them, that ask for another proof than their rule.",
            {"withdrawals.limit.*": "key"},
        ),
        "break_glass": ("Passing a shut gate or a missing approval, recorded, paged and reviewed after.",),
        "deputy_after": ("How long nobody has answered when deputies are paged.", "3m"),
        "executive_after": ("How long nobody has answered when executives are paged.", "8m"),
        "attested_for": ("How long a gate is open that two people attested to when a feed is dead.", "15m"),
        "buckets": ("Our funds by purpose; transfers are between these.",),
    },
    "Rule": {
        "tighten": ("Who may tighten, alone and at once.", ["treasury_lead"]),
        "loosen": ("The two roles that loosen together.", ["treasury_lead", "incident_commander"]),
        "tighten_needs": ("How many it takes to tighten: 1, or 2 for what cannot be undone.", 1),
        "step_up": ("What an approver of loosening gives beside a yes: none, a totp code, or a key.", "key"),
        "step_up_suspended": ("The same out of a full suspension, where that is more.", "key"),
    },
    "BreakGlass": {
        "who": ("Who may pass a shut gate, or do without the second approval.", ["incident_commander"]),
        "review": ("Who looks at it afterwards; never who did it.", ["executive"]),
        "at_most": ("How many times one person may within that time; 0 for never.", 2),
        "within": ("The time in which they are counted.", "1h"),
        "lasts": ("How long a gate stays open by it.", "15m"),
        "reasons": ("Reason codes, and what each means.", {"customer_harm": "customers are harmed more"}),
    },
    "Bucket": {
        "title": ("What people call it.", "Tron hot wallet"),
        "movable": (
            "Whether money may be moved out of it; escrow and customers' funds never are.",
            False,
        ),
    },
    "Directory": {
        "people": ("Everyone who can be asked to act, by a short id.",),
        "roles": ("Who may hold each role; the first named is asked first.",),
        "contacts": ("Whom to call outside, by a short id.",),
    },
    "Person": {
        "name": ("Their name.", "Alice Ng"),
        "slack": ("Their Slack member id.", "U01ALICE"),
        "phone": ("Their number, for the day Slack is away.", "+44 20 7946 0000"),
        "keys": (
            "Their public keys for the command line, as `breakwater operator enroll` prints them.",
            ["ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
        ),
    },
    "RoleHolders": {
        "people": ("Their ids under `people`.", ["alice"]),
        "groups": ("Slack user groups by id.", ["S01TREASURY"]),
    },
    "Contact": {
        "name": ("Who answers.", "Custodian, security desk"),
        "reach": ("How to reach them at any hour.", "+44 20 7946 0001, then option 2"),
        "purpose": ("What to call them for.", "To freeze signing"),
        "instead": ("Whom to call if they do not answer.",),
        "checked": ("The day on which somebody last called and was answered.", "2026-11-02"),
    },
    "DecisionTree": {"questions": ("Questions in the order they are asked.",)},
    "Question": {
        "id": ("Names the question.", "books-differ"),
        "ask": ("The question, to be answered yes, no or unknown.",),
        "hint": ("Who looks, and at what.",),
        "signals": ("The signals shown beside it.", ["books_drift"]),
        "yes": ("Where yes leads: a class, a later question, or `provisional`.", "custody_incident"),
        "no": ("Where no leads.", "books-differ"),
        "dangerous": ("The answer that `unknown` counts as until someone has looked.", "yes"),
    },
    "PublicationsFile": {
        "statuses": ("Status texts by id.",),
        "macros": ("Support macros in the order they are shown.",),
    },
    "PublicationSpec": {
        "title": ("Its headline.", "Some services are limited"),
        "template": ("Its template under templates/.", "status/holding.txt"),
        "stage": ("The word of the status page.", "investigating"),
        "preapproved": ("Whether it may go out on the commander's word alone.", True),
        "next_in": ("How long its word stands before the next is due; 0s for the last word.", "30m"),
    },
    "MacroSpec": {
        "id": ("Names the macro.", "withdrawal"),
        "question": ("The customer's question.", "Where is my withdrawal?"),
        "template": ("Its template under templates/.", "macros/withdrawal.txt"),
        "runbooks": ("Put into use only in incidents in which one of these runbooks runs.",),
    },
}
