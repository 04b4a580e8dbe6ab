"""The map in docs/architecture.md leads to files that are there."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import trailtui

PACKAGE = Path(trailtui.__file__).parent
PAGE = (PACKAGE.parent / "docs" / "architecture.md").read_text()
_HEAD = re.compile(r"\| `(\w+)/` \|")


def modules(folder: Path) -> list[str]:
    """The modules in a folder and below it, such as `sigma/globs`."""
    found = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py"))
    return [path.as_posix() for path in found if path.name != "__init__"]


def on_the_map() -> list[tuple[str, str]]:
    """Each name of the page's tables, with its room; a folder counts for those behind it."""
    found: list[tuple[str, str]] = []
    room = ""
    for line in PAGE.splitlines():
        if head := _HEAD.match(line):
            room = head[1]
        elif room and line.startswith("| `"):
            folder = ""
            for name in re.findall(r"`([^`]+)`", line.split("|")[1]):
                before, slash, last = name.rpartition("/")
                folder = before + slash or folder
                found.append((room, folder + last))
    return found


def test_there_is_a_map() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert {room for room, _ in on_the_map()} == rooms - {"sim"}  # docs/simulator.md has its own


@pytest.mark.parametrize(("room", "name"), on_the_map())
def test_what_the_map_names_is_there(room: str, name: str) -> None:
    assert [one for one in modules(PACKAGE / room) if fnmatchcase(one, name)]


def test_what_the_prose_names_is_there() -> None:
    everything = [f"{name}.py" for name in modules(PACKAGE)]
    named = {name.split(":")[0] for name in re.findall(r"`([\w/*]+\.py(?::[^`]*)?)`", PAGE)}
    missing = [
        name
        for name in named
        if not any(fnmatchcase(one, name) or fnmatchcase(one, f"*/{name}") for one in everything)
    ]
    assert len(named) > 50
    assert missing == []
