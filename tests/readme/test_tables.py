"""What the README lists is what there is: variables, their defaults, commands, paths, files, pictures."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from PIL import Image
from pydantic_core import PydanticUndefined
from typer.main import get_command

from bot.bootstrap.settings import Settings
from bot.cli.main import app
from bot.web.app import WebSettings, create_app
from tests.readme.documents import DOCUMENTS, ROOT, blocks, read, table
from tests.screenshots.pictures import LARGEST, NAMES
from tests.support.world import World, world

__all__ = ["world"]

README = "README.md"
SECRET = {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SIGNALS_TOKEN"}
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)|src(?:set)?=\"([^\"]+)\"")


def names(cell: str) -> list[str]:
    return _CODE.findall(cell)


def test_every_variable_is_listed_and_no_other() -> None:
    listed = [name for row in table(README, "Environment") for name in names(row[0])]
    assert sorted(listed) == sorted(name.upper() for name in Settings.model_fields)


def test_the_defaults_are_the_ones_listed() -> None:
    for row in table(README, "Environment"):
        variables, said = names(row[0]), [word.strip(" `") for word in row[1].split(",")]
        for variable, listed in zip(variables, said, strict=len(said) == len(variables)):
            default = Settings.model_fields[variable.lower()].default
            assert default is not PydanticUndefined
            if default in (None, ""):
                continue
            if hasattr(default, "total_seconds"):
                default = f"{default.total_seconds():g}s"
            plain = f"{default:g}" if isinstance(default, float) else str(default)
            assert plain.removesuffix(".0") == listed, variable


def test_every_command_is_listed_and_no_other() -> None:
    listed = {name for row in table(README, "Commands") for name in names(row[0])}
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a group, by its own declaration
    assert listed == {f"breakwater {name}" for name in commands}
    for row in table(README, "Commands"):
        group = commands.get(names(row[0])[0].removeprefix("breakwater "))
        if hasattr(group, "commands"):
            assert set(names(row[1])) <= set(group.commands)


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")  # GET and HEAD are one
async def test_every_path_is_listed_and_no_other(world: World) -> None:
    web = create_app(world.ctx, WebSettings("http://127.0.0.1:3000", ROOT / "templates"), None, {})
    assert isinstance(web, FastAPI)
    paths = web.openapi()["paths"]
    there = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs if verb != "head"}
    assert there == {name for row in table(README, "HTTP") for name in names(row[0])}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_linked_or_named_is_there(document: str) -> None:
    folder = (ROOT / document).parent
    for found in _LINK.findall(read(document)):
        target = next(part for part in found if part)
        if "://" in target:
            continue
        path, _, heading = unquote(target).partition("#")
        assert (folder / path).exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", (folder / path).read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", t).lower().replace(" ", "-") for t in titles}


def test_the_pictures_are_in_both_themes_and_small() -> None:
    for name in NAMES:
        path = ROOT / "tests" / "screenshots" / name
        assert f"tests/screenshots/{name}" in read(README)
        assert path.stat().st_size <= LARGEST
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width >= 1000


def test_what_is_typed_in_slack_is_in_its_help() -> None:
    from bot.slack.cards.help import HELP  # noqa: PLC0415 - beside what it is compared with

    (typed,) = (b.text for b in blocks(README, "") if b.heading == "In Slack")
    inline = re.findall(
        r"`(/(?:incident|protected-mode|control) [^`]+)`", read(README) + read("runbooks/README.md")
    )
    for line in [*typed.splitlines(), *inline]:
        command, word = line.split()[:2]
        known = {usage.split()[0] for usage, _, _ in HELP[command]} | {"help"}
        assert word in known, line
