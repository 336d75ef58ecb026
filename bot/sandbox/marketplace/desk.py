"""The rules of reading and writing a control: who comes first, what is replayed, what is refused."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.sandbox.marketplace.audit import AuditRow
from bot.sandbox.marketplace.catalogue import BY_PATH
from bot.sandbox.marketplace.faults import Rule
from bot.sandbox.marketplace.problems import Refused, problem
from bot.sandbox.marketplace.resources import Control, irreversible

KEY = re.compile(r"[\x21-\x7e]{1,255}")
GENERATION = re.compile(r"([0-9]{1,9})/([0-9]{1,18})", re.ASCII)
DEFINITIVE = frozenset({"generation_superseded", "irreversible"})
REASON_LIMIT = 2000


@dataclass(slots=True)
class Held:
    """A control as it stands. `version` never goes back, so an ETag never comes again."""

    value: Control
    updated_at: datetime
    version: int = 1
    generation: str | None = None
    reason: str | None = None

    @property
    def etag(self) -> str:
        """A strong entity tag."""
        digest = hashlib.sha256(self.value.model_dump_json().encode()).hexdigest()[:8]
        return f'"{self.version}-{digest}"'

    def body(self) -> dict[str, Any]:
        """The representation: value fields, generation, time and reason."""
        return {
            **self.value.fields(),
            "generation": self.generation,
            "updated_at": stamp(self.updated_at),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Arrived:
    """A PUT as it came in; header values are None when absent."""

    path: str
    raw: bytes
    idempotency_key: str | None
    generation: str | None
    if_match: str | None
    reason: str | None
    authorised: bool = True
    fault: Rule | None = None

    @property
    def fingerprint(self) -> str:
        """The same request again has the same one; an unreadable body counts byte by byte."""
        try:
            body = json.dumps(json.loads(self.raw), sort_keys=True).encode()
        except ValueError:
            body = self.raw
        return hashlib.sha256(self.path.encode() + b"\n" + body).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client is told."""

    status: int
    body: dict[str, Any]
    etag: str | None = None
    replayed: bool = False
    problem: str | None = None


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pair(generation: str) -> tuple[int, int]:
    """Epoch and generation as they compare.

    Raises:
        Refused: it is not `epoch/generation`.
    """
    match = GENERATION.fullmatch(generation)
    if match is None:
        raise Refused(400, "generation_malformed", "Generation is two numbers, such as 1/17.")
    return int(match[1]), int(match[2])


class Desk:
    """All controls, the answers that must be given again, and the trail.

    `now` tells business time; `keep` is called with each new row of the trail; all stand at their
    defaults `since` then.
    """

    def __init__(
        self, now: Callable[[], datetime], keep: Callable[[AuditRow], None], since: datetime
    ) -> None:
        self._now, self._keep = now, keep
        self.compare_generations = True
        self.tick = 0
        self.trail: list[AuditRow] = []
        self._answers: dict[str, AuditRow] = {}
        self.held = {path: Held(kind.default, since) for path, kind in BY_PATH.items()}

    def values(self) -> dict[str, Control]:
        """Every control's value."""
        return {path: held.value for path, held in self.held.items()}

    def get(self, path: str) -> Held:
        """One control.

        Raises:
            Refused: no such path.
        """
        held = self.held.get(path)
        if held is None:
            raise Refused(404, "not_found", f"There is no {path}; /v1/controls lists what there is.")
        return held

    def another(self, path: str) -> Control:
        """A value that the control does not have: its default, or else its strictest."""
        kind = BY_PATH[path]
        return kind.strictest if self.held[path].value == kind.default else kind.default

    def put(self, arrived: Arrived) -> Answer:
        """Carry out a PUT, or refuse it; either way the trail has it."""
        before = self.held.get(arrived.path)
        value_before = None if before is None else before.value.fields()
        etag_before = None if before is None else before.etag
        try:
            answer = self._decide(arrived)
        except Refused as refused:
            answer = Answer(
                refused.status, problem(refused.status, refused.code, refused.detail), problem=refused.code
            )
        applied = answer.status < 300 and not answer.replayed  # noqa: PLR2004  # success as HTTP has it
        settled = applied or (answer.problem in DEFINITIVE and not answer.replayed)
        after = self.held.get(arrived.path)
        row = self._row(arrived, answer).model_copy(
            update={
                "etag_before": etag_before,
                "value_before": value_before,
                "etag_after": None if after is None else after.etag,
                "value_after": None if after is None else after.value.fields(),
                "applied": applied,
                "fingerprint": arrived.fingerprint if settled else None,
                "answer": answer.body if settled else None,
            }
        )
        self._write(row)
        return answer

    def note_unreached(self, arrived: Arrived) -> None:
        """A fault kept this PUT from the controls; the trail still has it."""
        held = self.held.get(arrived.path)
        row = self._row(arrived, Answer(200, {}))
        if held is not None:
            same = {"etag_before": held.etag, "etag_after": held.etag}
            value = held.value.fields()
            row = row.model_copy(update={**same, "value_before": value, "value_after": value})
        self._write(row)

    def forget(self, path: str) -> None:
        """The control returns to its default and no longer knows generations or keys."""
        held = self.held[path]
        before, etag = held.value, held.etag
        row = AuditRow(
            seq=len(self.trail) + 1, at=self._now(), tick=self.tick, event="forget", path=path, applied=True
        )
        self._apply_forget(path, row.at)
        update = {"etag_before": etag, "etag_after": held.etag, "value_before": before.fields()}
        self._write(row.model_copy(update={**update, "value_after": held.value.fields()}))

    def restore(self, row: AuditRow) -> None:
        """Live through a row of an earlier life."""
        self.trail.append(row)
        if row.event == "forget":
            self._apply_forget(row.path, row.at)
            return
        if row.applied and row.value_after is not None:
            value = BY_PATH[row.path].model.model_validate_json(json.dumps(row.value_after))
            self._apply(row.path, value, at=row.at, generation=row.generation, reason=row.reason)
        if row.answer is not None and row.idempotency_key is not None:
            self._answers[row.idempotency_key] = row

    def _write(self, row: AuditRow) -> None:
        self.trail.append(row)
        if row.answer is not None and row.idempotency_key is not None:
            self._answers[row.idempotency_key] = row
        self._keep(row)

    def _row(self, arrived: Arrived, answer: Answer) -> AuditRow:
        fault = arrived.fault
        return AuditRow(
            seq=len(self.trail) + 1,
            at=self._now(),
            tick=self.tick,
            event="put",
            path=arrived.path,
            idempotency_key=arrived.idempotency_key,
            generation=arrived.generation,
            if_match=arrived.if_match,
            replayed=answer.replayed,
            status=answer.status if fault is None else fault.status_seen(answer.status),
            problem=answer.problem,
            reason=arrived.reason,
            fault=None if fault is None else fault.kind,
            answer_status=answer.status,
        )

    def _decide(self, arrived: Arrived) -> Answer:
        """The order matters: a retry is answered as before, whatever has changed since."""
        if not arrived.authorised:
            raise Refused(401, "unauthorized", "Send Authorization: Bearer with the marketplace's token.")
        held = self.get(arrived.path)
        key = arrived.idempotency_key
        if key is None or KEY.fullmatch(key) is None:
            raise Refused(
                400, "idempotency_key_missing", "PUT needs Idempotency-Key: 1 to 255 visible characters."
            )
        answered = self._answers.get(key)
        if answered is not None:
            return self._again(arrived, answered)
        generation = None if arrived.generation is None else pair(arrived.generation)
        value = self._valid(arrived)
        self._check_match(arrived, held)
        self._check_generation(held, generation, arrived.generation)
        blocked = irreversible(held.value, value)
        if blocked is not None:
            raise Refused(409, "irreversible", blocked)
        self._apply(arrived.path, value, at=self._now(), generation=arrived.generation, reason=arrived.reason)
        return Answer(200, held.body(), held.etag)

    @staticmethod
    def _again(arrived: Arrived, answered: AuditRow) -> Answer:
        if answered.fingerprint != arrived.fingerprint:
            raise Refused(
                409, "idempotency_key_reused", "This Idempotency-Key came before with another path or body."
            )
        body = answered.answer or {}
        etag = answered.etag_after if answered.applied else None
        return Answer(answered.answer_status, body, etag, replayed=True, problem=answered.problem)

    @staticmethod
    def _valid(arrived: Arrived) -> Control:
        try:
            return BY_PATH[arrived.path].model.model_validate_json(arrived.raw)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False, include_context=False)
            )
            raise Refused(422, "invalid_body", wrong) from error

    @staticmethod
    def _check_match(arrived: Arrived, held: Held) -> None:
        if arrived.if_match is None:
            return
        tags = {tag.strip() for tag in arrived.if_match.split(",")}
        if "*" not in tags and held.etag not in tags:
            raise Refused(412, "precondition_failed", f"The resource is at {held.etag} now.")

    def _check_generation(self, held: Held, came: tuple[int, int] | None, text: str | None) -> None:
        if came is None or held.generation is None or not self.compare_generations:
            return
        if came <= pair(held.generation):
            raise Refused(
                409, "generation_superseded", f"{text} came after {held.generation} had been applied."
            )

    def _apply(
        self, path: str, value: Control, *, at: datetime, generation: str | None, reason: str | None
    ) -> None:
        held = self.held[path]
        held.value, held.updated_at, held.reason = value, at, reason
        held.version += 1
        held.generation = generation or held.generation

    def _apply_forget(self, path: str, at: datetime) -> None:
        held = self.held[path]
        held.value, held.updated_at = BY_PATH[path].default, at
        held.version += 1
        held.generation = held.reason = None
        self._answers = {key: row for key, row in self._answers.items() if row.path != path}
