"""What the file does when it is run: reads a bundle, examines it, and says what it found."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.domain.verifier.canon import FIRST, GENESIS, Json, canonical, digest
from bot.domain.verifier.examine import Evidence, Flaw, examine, restorations
from bot.domain.verifier.heads import known_keys

USAGE = """Checks a ledger bundle without network and with nothing installed: rehashes every row, compares
with the signed heads, and replays the rules reason before effect and second person. Exit status: 0 it
holds; 1 it does not, and one line names the first bad row; 2 bad usage."""
BUNDLE = "bundle"
SHAPE = frozenset((*FIRST, "hash", "format"))


class Broken(Exception):
    """A file that cannot be read as what it should be; `flaw` says which and where."""

    def __init__(self, what: str, seq: int = 0) -> None:
        super().__init__(what)
        self.flaw = Flaw(seq, "", what, BUNDLE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine a folder; returns the exit status."""
    asked = _asked(arguments)
    folder = Path(asked.folder)
    if not (folder / "rows.jsonl").is_file():
        sys.stderr.write(f"{folder} holds no rows.jsonl, so it is no bundle; name its folder.\n")
        return 2
    found, flaw = Evidence(()), None
    try:
        found = gathered(folder, asked.anchors, asked.key, asked.head)
        flaw = examine(found) or _contents_flaw(found) or _manifest_flaw(folder, found)
    except Broken as broken:
        flaw = broken.flaw
    told = report(found, flaw)
    if asked.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        (sys.stderr if flaw else sys.stdout).write("\n".join(sentences(told)) + "\n")
    return 1 if flaw else 0


def gathered(
    folder: Path, anchors: Sequence[str], keys: Sequence[str], told: Sequence[tuple[int, str]]
) -> Evidence:
    """What a bundle holds, and what was named beside it. Raises Broken."""
    rows = _rows(folder / "rows.jsonl")
    places = [Path(name) for name in anchors] + [folder / "anchors.jsonl"] * (
        folder / "anchors.jsonl"
    ).is_file()
    lines = [line for place in places for line in witnesses(place.read_text("utf-8"))]
    known = _object(folder / "keys.json") if (folder / "keys.json").is_file() else {}
    given = keys or ([known["current"]] if known.get("current") else [])
    contents = {path.stem: _object(path) for path in sorted((folder / "content").glob("*.json"))}
    heads, stamps = [x for x in lines if "signature" in x], [x for x in lines if "token" in x]
    return Evidence(rows, heads, stamps, contents, told, known_keys(known, given) if given else None)


def witnesses(text: str) -> list[Json]:
    """Heads and time stamps, one a line; a line that a crash tore is passed over."""
    found = []
    for line in text.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and {"seq", "hash"} <= one.keys():
            found.append(one)
    return found


def report(found: Evidence, flaw: Flaw | None) -> Json:
    """What came of it, as JSON."""
    last = found.rows[-1] if found.rows else {"seq": 0, "hash": GENESIS}
    restored = [
        {"seq": row["seq"], "at": row["at"], "actor": row["actor"], "lost": lost}
        for row, lost in restorations(found.rows)
    ]
    return {
        "holds": flaw is None,
        "rows": len(found.rows),
        "head": {"seq": last["seq"], "hash": last["hash"]},
        "heads": len(found.anchors),
        "anchored_to": max((a["seq"] for a in found.anchors), default=0),
        "signers": sorted({a["key_id"] for a in found.anchors}),
        "keys_compared": found.trusted is not None,
        "restored": restored,
        "overrides": overridden(found.rows),
        "flaw": flaw._asdict() if flaw else None,
    }


def overridden(rows: Sequence[Json]) -> list[Json]:
    """Every break-glass: who, past what, and who has looked at it since, if anybody."""
    used = {row["id"]: row for row in rows if row["kind"] == "override.used"}
    looked = [row for row in rows if row["kind"] == "override.reviewed"]
    by = {one: row["actor"] for row in looked for one in row["data"].get("overrides") or ()}
    return [
        {
            "seq": row["seq"],
            "actor": row["actor"],
            "past": row["data"].get("past", ""),
            "reviewed_by": by.get(one),
        }
        for one, row in used.items()
    ]


def sentences(told: Json) -> list[str]:
    """The same for people; the first line says whether it holds."""
    if told["flaw"]:
        where = f" (entry {told['flaw']['id']})" if told["flaw"]["id"] else ""
        return [f"The ledger does not hold: {told['flaw']['what']}{where}."]
    said = f"{told['rows']} rows hold together"
    if not told["heads"]:
        said += ". No signed heads were given, so a cut tail would not show."
    else:
        said += f" and match {told['heads']} signed heads."
        beyond = told["rows"] - told["anchored_to"]
        said += f" The last {beyond} are not anchored yet." if beyond > 0 else ""
    out = [said, *(_restored(one) for one in told["restored"])]
    for one in told["overrides"]:
        looked = f"reviewed by {one['reviewed_by']}" if one["reviewed_by"] else "not reviewed"
        out.append(f"Row {one['seq']}: {one['actor']} broke the glass past {one['past']}; {looked}.")
    if told["heads"] and not told["keys_compared"]:
        out.append(
            f"There is no key here to compare with; the heads are signed by {', '.join(told['signers'])}."
        )
    return out


def _restored(one: Json) -> str:
    """A restored ledger is whole and yet not all there was: that is said each time."""
    said = f"Row {one['seq']}: {one['actor']} put a backup back at {one['at'][:16].replace('T', ' ')} UTC"
    if not one["lost"]:
        return f"{said}."
    first, last = one["lost"][0]["seq"], one["lost"][-1]["seq"]
    seqs = f"row {last}" if first == last else f"rows {first} to {last}"
    return f"{said}; signed heads of {seqs} bear witness to a course that is lost."


def _rows(path: Path) -> list[Json]:
    return [_row(path.name, n, line) for n, line in enumerate(path.read_bytes().splitlines(), start=1)]


def _row(name: str, number: int, line: bytes) -> Json:
    try:
        row = json.loads(line)
        as_hashed = canonical(row)
    except (ValueError, RecursionError) as error:
        raise Broken(f"line {number} of {name} is no row: {error}", number) from None
    if as_hashed != line:
        raise Broken(f"line {number} of {name} is not as it was written: it is not canonical JSON", number)
    missing = SHAPE - (row.keys() if isinstance(row, dict) else set())
    if missing:
        raise Broken(f"line {number} of {name} is no row: it lacks {', '.join(sorted(missing))}", number)
    return dict(row)


def _object(path: Path) -> Json:
    try:
        found: Any = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Broken(f"{path.name} is not JSON") from None
    if not isinstance(found, dict):
        raise Broken(f"{path.name} is no JSON object")
    return found


def _contents_flaw(found: Evidence) -> Flaw | None:
    for name, body in found.contents.items():
        if digest(body) != name:
            return Flaw(0, "", f"content {name[:12]} is not what its digest names", BUNDLE)
    return None


def _manifest_flaw(folder: Path, found: Evidence) -> Flaw | None:
    """Whether the files are those that were exported together."""
    if not (folder / "manifest.json").is_file():
        return Flaw(0, "", "the bundle has no manifest.json", BUNDLE)
    manifest = _object(folder / "manifest.json")
    if manifest.get("rows") != len(found.rows):
        what = f"the manifest speaks of {manifest.get('rows')} rows, and {len(found.rows)} are here"
        return Flaw(len(found.rows) + 1, "", what, BUNDLE)
    for name, hashed in (manifest.get("files") or {}).items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != hashed:
            return Flaw(0, "", f"{name} is not the file that was exported", BUNDLE)
    return None


def a_head(said: str) -> tuple[int, str]:
    """Read SEQ:HASH, as heads are posted in Slack. Raises ArgumentTypeError."""
    seq, _, hash_ = said.partition(":")
    if not seq.isdigit() or len(hash_) < 12 or set(hash_) - set("0123456789abcdef"):  # noqa: PLR2004 - as shown in Slack
        raise argparse.ArgumentTypeError("write SEQ:HASH, such as 57:9f2c41aa03be, at least 12 digits of it")
    return int(seq), hash_


def _asked(arguments: Iterable[str] | None) -> argparse.Namespace:
    here = str(Path(__file__).resolve().parent)
    parser = argparse.ArgumentParser(prog="verify.py", description=USAGE)
    parser.add_argument("folder", nargs="?", default=here, help="the bundle; else where this file lies")
    parser.add_argument("--anchors", action="append", default=[], metavar="FILE", help="more signed heads")
    parser.add_argument("--key", action="append", default=[], metavar="ID", help="a key that heads may bear")
    parser.add_argument(
        "--head", action="append", default=[], type=a_head, metavar="SEQ:HASH", help="a head noted elsewhere"
    )
    parser.add_argument("--json", action="store_true", help="say it in JSON")
    asked = parser.parse_args(None if arguments is None else list(arguments))
    for name in asked.anchors:
        if not Path(name).is_file():
            parser.error(f"there is no file {name}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
