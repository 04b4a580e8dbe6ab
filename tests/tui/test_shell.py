"""Commands, help, quitting, arming: what every screen has."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import trailtui.tui
from tests.tui.conftest import Open
from trailtui.case.file import Case
from trailtui.case.marks import notes
from trailtui.tui.commands import Command, Commanded, find_command, fitted_keys
from trailtui.tui.screens.base import CaseScreen
from trailtui.tui.screens.console import ConsoleScreen
from trailtui.tui.views import CASES, VIEWS, view_named


def _commanded() -> list[type[Commanded]]:
    for module in pkgutil.walk_packages(trailtui.tui.__path__, "trailtui.tui."):
        importlib.import_module(module.name)

    def below(kind: type[Commanded]) -> list[type[Commanded]]:
        return [each for sub in kind.__subclasses__() for each in (sub, *below(sub))]

    return below(Commanded)


def test_every_declared_command_has_its_method() -> None:
    for kind in _commanded():
        shell = kind.SHELL if issubclass(kind, ConsoleScreen) else ()
        for command in (*kind.OFFERED, *shell):
            if view_named(command.name) or command.name == CASES:
                continue
            method = f"do_{command.name.replace('-', '_')}"
            assert callable(getattr(kind, method, None)), f"{kind.__name__}.{method}"


def test_no_screen_gives_a_key_twice() -> None:
    for kind in _commanded():
        shell = kind.SHELL if issubclass(kind, ConsoleScreen) else ()
        keys: dict[str, str] = {}
        for command in (*kind.OFFERED, *shell):
            for key in filter(None, command.key.split(",")):
                assert keys.setdefault(key, command.name) == command.name, (kind.__name__, key)


def test_no_key_needs_alt_or_function_keys() -> None:
    for kind in _commanded():
        shell = kind.SHELL if issubclass(kind, ConsoleScreen) else ()
        for command in (*kind.OFFERED, *shell):
            for key in command.key.split(","):
                assert not key.startswith(("alt+", "f1", "f2", "f3", "f4", "ctrl+q", "ctrl+s"))


def test_commands_by_their_beginning() -> None:
    commands = [Command("errors", "", "", ""), Command("entities", "", "", "")]
    assert find_command("er", commands).name == "errors"
    with pytest.raises(Exception, match="could be entities, errors"):
        find_command("e", commands)
    with pytest.raises(Exception, match="Did you mean errors"):
        find_command("erorrs", commands)


def test_only_keys_that_fit_are_shown() -> None:
    commands = [Command("one", "a", "", "", "first"), Command("two", "b", "", "", "second")]
    assert fitted_keys(commands, 10) == [("a", "first")]
    assert fitted_keys(commands, 30) == [("a", "first"), ("b", "second")]


async def test_help_is_made_from_the_declarations(console: Open, alice: Path) -> None:
    async with console(alice, size=(150, 120)) as c:
        view = c.screen
        await c.press("question_mark")
        everything = c.flat
        for command in view.all_commands():
            assert command.help in everything
            assert f":{command.name}" in everything
        assert "Keys of timeline" in c.text
        await c.press("j", "space", "G", "g", "escape")
        assert "700 events" in c.text


async def test_unknown_commands_are_told(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.command("erors")
        assert "there is no command 'erors' here. Did you mean errors?" in c.flat
        await c.command("zone now")
        assert "takes nothing after it" in c.flat


async def test_every_view_is_reached_by_key_and_by_name(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        for view in VIEWS:
            await c.press(view.key)
            assert view.name == c.view.VIEW
            await c.command("timeline")
            assert c.view.VIEW == "timeline"
            await c.command(view.name)
            assert view.name == c.view.VIEW


async def test_top_line_always_says_what_may_happen(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        for key in "234567":
            await c.press(key)
            if isinstance(c.view, CaseScreen):
                assert c.lines[0].rstrip().endswith("AWS not asked READ-ONLY")
                assert c.lines[0].startswith("alice")


async def test_a_note_to_the_case(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("5", "n")
        await c.type("called the owner")
        await c.command("note and the bank")
    with Case.open(alice, readonly=True) as case:
        assert [note.text for note in notes(case)] == ["called the owner", "and the bank"]


async def test_ctrl_c_does_not_end_it_q_does(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("ctrl+c")
        assert "q leaves" in c.text
        await c.pilot.press("q")
        await c.pilot.pause()
        assert c.app._exit


async def test_an_error_of_ours_is_one_sentence(
    console: Open, alice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(alice) as c:
        secret = "wJalrXUtnFEMI/K7MDENG"

        def fail(argument: str) -> None:
            raise KeyError(secret + argument)

        monkeypatch.setattr(c.screen, "do_order", fail)
        await c.press("O")
        assert "an error of trailtui itself: KeyError" in c.text
        assert secret not in c.text
        await c.press("j")
        assert "an error of trailtui itself" not in c.text


async def test_a_case_that_vanishes_is_told(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        with Case.open(alice) as case:
            case.connection.execute("DROP TABLE tags")
        await c.press("G")
        assert "the case could not answer: no such table: tags." in c.flat
        assert "alice" in c.lines[0]


async def test_without_colour(console: Open, alice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(alice) as c:
        strips = c.app.screen._compositor.render_strips()
        assert "E✖" in c.text
        for strip in strips:
            for segment in strip:
                style = segment.style
                assert style is None or style.color is None or style.color.is_default, segment
