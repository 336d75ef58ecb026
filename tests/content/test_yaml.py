"""YAML is read without its traps, and hostile files are refused before they can do harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.content import ContentErrors
from bot.content.source import MAX_BYTES, MAX_DEPTH, MAX_NODES, read_source
from bot.domain.errors import ContentError


def read(tmp_path: Path, text: str | bytes) -> Any:
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_source(path).data


def refused(tmp_path: Path, text: str | bytes) -> list[ContentError]:
    with pytest.raises(ContentErrors) as caught:
        read(tmp_path, text)
    return list(caught.value.errors)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("0755", "0755"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2026-11-20", "2026-11-20"),
        ("1.5", "1.5"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("<<", "<<"),
        ("=", "="),
        ("250000", 250000),
        ("-3", -3),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("'7'", "7"),
        ('"true"', "true"),
    ],
)
def test_a_plain_value_is_what_a_person_would_take_it_for(
    tmp_path: Path, written: str, meant: object
) -> None:
    value = read(tmp_path, f"field: {written}\n")["field"]

    assert value == meant
    assert type(value) is type(meant)


def test_keys_are_always_text(tmp_path: Path) -> None:
    assert read(tmp_path, "on: 1\nno: 2\n3: x\nnull: y\n") == {"on": 1, "no": 2, "3": "x", "null": "y"}


def test_an_alias_stands_for_what_it_names(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x {k: 1}\nb: *x\n") == {"a": {"k": 1}, "b": {"k": 1}}


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]

    errors = refused(tmp_path, "\n".join(lines))

    assert [e.reason for e in errors] == ["more than 50,000 values once aliases are followed"]


def test_an_alias_that_holds_itself_is_refused(tmp_path: Path) -> None:
    errors = refused(tmp_path, "a: &a\n  b: *a\n")

    assert [e.reason for e in errors] == ["an alias leads back to itself"]


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_deep_nesting_is_refused_where_it_goes_too_deep(tmp_path: Path, opening: str) -> None:
    (error,) = refused(tmp_path, "a: " + opening * 5000)

    assert "nested more than" in error.reason
    assert error.column < 3 + len(opening) * (MAX_DEPTH + 1)


def test_a_file_of_too_many_values_is_refused_where_it_has_too_many(tmp_path: Path) -> None:
    (error,) = refused(tmp_path, "a: [" + "x," * (MAX_NODES + 1000) + "]")

    assert "more than 50,000 values" in error.reason
    assert error.column < 2 * MAX_NODES + 5


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    (error,) = refused(tmp_path, b"a: " + b"x" * MAX_BYTES)

    assert "larger than 1,000,000 bytes" in error.reason


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: 1\nb: !!python/object/apply:os.system [id]\n", 2, 4, "is not allowed here"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, 4, "is not allowed here"),
        ("a: 1\nb: !!binary aGk=\n", 2, 4, "is not allowed here"),
        ("a: !!int many\n", 1, 4, "is not allowed here"),
        ("a: !!set {x, y}\n", 1, 4, "is not allowed here"),
        ("a: 1\n? [b, c]\n: 2\n", 2, 3, "a field's name must be plain text"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "`a` is written twice"),
        ("a: 1\n---\nb: 2\n", 2, 1, "not YAML: expected a single document"),
        ("a: *nobody\n", 1, 4, "undefined alias"),
        ("a: 'x\n", 2, 1, "not YAML"),
        ("- a\n- b\n", 1, 1, "must hold fields"),
        ("", 1, 1, "must hold fields"),
        ("just text", 1, 1, "must hold fields"),
        ("a: 1\nb: \x07\n", 2, 4, "character U+0007"),
        (b"a: 1\nb: \xff\xfe\n", 2, 4, "not UTF-8"),
    ],
)
def test_what_is_no_plain_yaml_is_told_with_its_place(
    tmp_path: Path, text: str | bytes, line: int, column: int, says: str
) -> None:
    (error,) = refused(tmp_path, text)

    assert says in error.reason
    assert (error.line, error.column) == (line, column)


def test_every_duplicate_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    errors = refused(tmp_path, "a: 1\na: 2\nb: {c: 1, c: 2}\n")

    assert [(e.line, e.reason) for e in errors] == [(2, "`a` is written twice"), (3, "`c` is written twice")]


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match=r"nothing\.yaml:1:1: cannot be read: No such file"):
        read_source(tmp_path / "nothing.yaml")
