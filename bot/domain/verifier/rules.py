"""Replays what the rows tell: reason before effect, and a second person before anything is loosened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bot.domain.verifier.canon import Json, digest
from bot.domain.verifier.heads import moment

ITSELF = "breakwater"
RESTORED = "deployment.restored"
EXECUTIVE = "executive"
REASON, SECOND = "reason before effect", "second person"
BY_HAND = ("set by hand", "look again")
DECIDED = ("control.decided", "mode.decided")
CLOSED = ("proposal.refused", "proposal.expired", "proposal.stale")
TOUCHED = ("actuation.confirmed", "actuation.mismatch", "actuation.unknown", "actuation.rejected")


class Wrong(Exception):
    """A row breaks a rule."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(what)
        self.rule = rule


class Way(NamedTuple):
    """A control's levels in order of strictness, and which of them suspend fully."""

    levels: tuple[str, ...]
    full: frozenset[str]


class Replay:
    """Takes rows in order. `contents` are what rows name by digest; without them levels have no order."""

    def __init__(self, contents: dict[str, Json]) -> None:
        self._ways = {known: _ways(body) for known, body in contents.items()}
        self._decisions: dict[str, Json] = {}
        self._proposals: dict[str, Json] = {}
        self._closed: dict[str, str] = {}
        self._approvals: dict[str, Json] = {}
        self._plans: dict[str, str] = {}
        self._ended: set[str] = set()
        self._overrides: dict[str, Json] = {}
        self._set: dict[tuple[str, str, str], tuple[int, str]] = {}
        self._restored = False
        self._steps: dict[str, Callable[[Json], None]] = {
            **dict.fromkeys(DECIDED, self._decided),
            **dict.fromkeys(CLOSED, self._closes),
            **dict.fromkeys(TOUCHED, self._told),
            "override.used": self._breaks,
            "proposal.made": self._made,
            "proposal.approved": self._approved,
            "plan.stage_begun": self._begun,
            "plan.ended": self._ends,
            "actuation.intended": self._intended,
            RESTORED: self._restores,
        }

    def take(self, row: Json) -> None:
        """Raises Wrong."""
        kind, data = row["kind"], row["data"]
        step = self._steps.get(kind)
        if step is not None:
            step(row)
        if not kind.startswith("actuation.") and _covered(data):
            self._decisions[row["id"]] = row

    def _decided(self, row: Json) -> None:
        _by_a_person(row, REASON)

    def _closes(self, row: Json) -> None:
        self._closed.setdefault(str(row["data"].get("proposal")), row["kind"].partition(".")[2])

    def _ends(self, row: Json) -> None:
        self._ended.add(str(row["data"].get("plan")))

    def _restores(self, row: Json) -> None:
        """The course that was lost may have gone further."""
        if row["incident_id"] is None:
            self._set, self._restored = {}, True

    def _made(self, row: Json) -> None:
        data = row["data"]
        _by_a_person(row, SECOND)
        if digest(data.get("shown")) != data.get("hash"):
            raise Wrong(SECOND, f"what {data.get('proposal')} shows is not what its hash is of")
        self._proposals.setdefault(str(data.get("proposal")), row)

    def _approved(self, row: Json) -> None:
        data, who = row["data"], row["actor"]
        name = str(data.get("proposal"))
        made = self._proposals.get(name)
        if made is None:
            raise Wrong(SECOND, f"{who} approves {name}, which nobody has proposed")
        if name in self._closed:
            raise Wrong(SECOND, f"{who} approves {name}, which is {self._closed[name]} already")
        alone = self._overridden(row, name)
        if not alone and who in (made["actor"], ITSELF, ""):
            raise Wrong(SECOND, f"{name} is approved by {who or 'nobody'}, and {made['actor']} proposed it")
        if data.get("proposer") != made["actor"]:
            said = f"the approval of {name} names {data.get('proposer')} as its proposer"
            raise Wrong(SECOND, f"{said}, and {made['actor']} proposed it")
        if data.get("hash") != made["data"]["hash"]:
            raise Wrong(SECOND, f"{who} approves something else than what {name} shows")
        if moment(row["at"]) > moment(made["data"]["shown"]["expires_at"]):
            raise Wrong(SECOND, f"{name} had expired when {who} approved it")
        if not alone:
            self._roles(row, made)
        self._closed[name] = "approved"
        self._approvals[row["id"]] = row

    def _overridden(self, row: Json, name: str) -> bool:
        """Whether a recorded break-glass of the same person, past this very approval, came before it."""
        used = self._overrides.pop(str((row.get("proof") or {}).get("override")), None)
        return used is not None and (used["actor"], used["data"].get("proposal")) == (row["actor"], name)

    def _breaks(self, row: Json) -> None:
        _by_a_person(row, REASON)
        self._overrides[row["id"]] = row

    def _roles(self, row: Json, made: Json) -> None:
        """The two roles must be a pair that was shown; out of a full suspension with an executive."""
        shown, name = made["data"]["shown"], row["data"]["proposal"]
        roles = row["data"].get("roles") or {"proposer": made["role"], "approver": row["role"]}
        pair = [roles.get("proposer"), roles.get("approver")]
        if pair not in shown["pairs"] and pair[::-1] not in shown["pairs"]:
            said = f"{pair[0] or 'no role'} and {pair[1] or 'no role'}"
            raise Wrong(SECOND, f"{name} is agreed on by {said}, who may not loosen it")
        ways = self._ways.get(shown["content_digest"], {})
        out = [m for m in shown["moves"] if m["suspended"] or _full(ways, m["control_id"], m["from_level"])]
        if out and EXECUTIVE not in pair:
            raise Wrong(
                SECOND,
                f"{name} leads out of a full suspension of {out[0]['control_id']} without an executive",
            )

    def _begun(self, row: Json) -> None:
        """A stage of a release: under an approval, of that approval's controls, for one plan alone."""
        data = row["data"]
        approval = self._approvals.get(row["id"].partition(".")[0])
        if approval is None or approval["data"]["proposal"] != data.get("proposal"):
            raise Wrong(
                SECOND, f"the release of {', '.join(sorted(data['levels']))} begins without an approval"
            )
        if self._plans.setdefault(approval["id"], data["plan"]) != data["plan"]:
            raise Wrong(
                SECOND, f"{data['proposal']} was approved once, and {data['plan']} is a second release of it"
            )
        moves = self._proposals[data["proposal"]]["data"]["shown"]["moves"]
        more = set(data["levels"]) - {move["control_id"] for move in moves}
        if more:
            raise Wrong(
                SECOND, f"the release of {', '.join(sorted(more))} was never part of {data['proposal']}"
            )

    def _intended(self, row: Json) -> None:
        data = row["data"]
        control, level = data["control"], data.get("level")
        decided = self._decisions.get(str(data.get("decision")))
        if decided is None or decided["environment"] != row["environment"]:
            raise Wrong(
                REASON, f"{control} is set under {data.get('decision')}, which no earlier row decides"
            )
        if control not in _covered(decided["data"]):
            raise Wrong(REASON, f"{control} is set under {decided['id']}, which says nothing of it")
        levels = self._ways.get(row.get("content") or "", {}).get(control, Way((), frozenset())).levels
        if _looser(levels, level, _covered(decided["data"])[control]):
            raise Wrong(
                REASON, f"{control} is set to {level or 'its baseline'}, looser than {decided['id']} decides"
            )
        self._second(row, decided, levels)

    def _second(self, row: Json, decided: Json, levels: tuple[str, ...]) -> None:
        data, control = row["data"], row["data"]["control"]
        place = (row["environment"], control, str(data.get("target")))
        generation, before = self._set.get(place, (0, None))
        looser = before is not None and _looser(levels, data.get("level"), before)
        if looser or data.get("course") == "loosen":
            if decided["kind"] != "plan.stage_begun":
                raise Wrong(
                    SECOND, f"{control} is loosened under {decided['id']}, which nobody else approved"
                )
            if decided["data"]["plan"] in self._ended:
                raise Wrong(SECOND, f"{control} is loosened under a release that had ended")
        # What is done by hand may be asked of people again, and no request repeats it.
        if data["generation"] < generation + (data.get("course") not in BY_HAND):
            raise Wrong(REASON, f"{control} is set twice as generation {data['generation']}")
        self._set[place] = (data["generation"], data.get("level") or "")

    def _told(self, row: Json) -> None:
        """What came of a set: the intent must have been written first."""
        data = row["data"]
        if "generation" not in data:
            return
        place = (row["environment"], data["control"], str(data.get("target")))
        known = self._set.get(place)
        if (known is None and self._restored) or (known and known[0] == data["generation"]):
            return
        raise Wrong(
            REASON, f"{data['control']} was set as generation {data['generation']} before that was intended"
        )


def _by_a_person(row: Json, rule: str) -> None:
    if row["actor"] in (ITSELF, ""):
        raise Wrong(rule, f"{row['kind']} by nobody")
    if not row["data"].get("justification"):
        raise Wrong(rule, f"{row['kind']} by {row['actor']} without a justification")


def _covered(data: Json) -> dict[str, Any]:
    """The controls that a decision sets, and to which levels."""
    if isinstance(data.get("levels"), dict):
        return dict(data["levels"])
    return {data["control"]: data["level"]} if data.get("control") and data.get("level") else {}


def _looser(levels: tuple[str, ...], level: str | None, than: str) -> bool:
    """Whether one level is looser than another; no level is the baseline, which counts as the loosest."""
    there, here = than or (levels[0] if levels else ""), level or (levels[0] if levels else "")
    return here in levels and there in levels and levels.index(here) < levels.index(there)


def _full(ways: dict[str, Way], control: str, level: str) -> bool:
    return control in ways and level in ways[control].full


def _ways(body: Json) -> dict[str, Way]:
    found = {}
    for control in body.get("controls") or ():
        ids = tuple(level["id"] for level in control["levels"])
        full = frozenset(level["id"] for level in control["levels"] if level.get("full_suspension"))
        found[control["id"]] = Way(ids, full)
    return found
