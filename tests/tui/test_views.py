"""Entities, log, coverage and cases: rows, states, keys."""

import json
from pathlib import Path

from click.testing import CliRunner

from tests.tui.conftest import Open
from trailtui.case.coverage import summarize_coverage
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.marks import judged_entities
from trailtui.cli.main import program


def printed(*words: str) -> list[dict[str, object]]:
    return json.loads(CliRunner().invoke(program, [*words, "--format", "json"]).stdout)


async def test_entities_are_those_of_the_command_line(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("3")
        for kind in ("principal", "credential", "ip", "agent", "resource", "account", "region"):
            assert f"[{kind}]" in c.text
            shown = [(row.entity.value, row.events, row.errors) for row in c.screen.rows.rows]
            told = printed("entities", str(alice), kind)
            assert shown == [(row[kind], row["events"], row["errors"]) for row in told]
            await c.press("tab")
        await c.press("tab", "shift+tab")
        c.same_as("entities")


async def test_judging_and_pivoting(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("3", "I")
        await c.type("used from a strange address")
        assert "I✖ indicator" in c.text
        await c.press("tab", "C", "enter")
        assert "C✓ cleared" in c.text
        await c.press("x")
        assert c.view.VIEW == "timeline"
        assert c.screen.filter.text == "AKIAEXAMPLEALICE0000"
        await c.press("escape")
        assert c.view.VIEW == "entities"
        assert "[credential]" in c.text
        await c.press("enter")
        assert "no reason given" in c.text
    with Case.open(alice, readonly=True) as case:
        assert [
            (each.entity.kind, each.verdict, each.reason) for each in judged_entities(case)
        ] == [
            ("principal", "indicator", "used from a strange address"),
            ("credential", "cleared", ""),
        ]


async def test_entities_of_a_filter(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("3", "slash")
        await c.type("errors")
        assert c.screen.rows.row.events == 70
        await c.press("slash")
        await c.type(" ip:192.0.2.1")
        assert "Looked at 700 events" in c.text
        await c.press("escape")
        assert c.screen.rows.row.events == 70


async def test_log_shows_what_was_done_and_that_it_is_whole(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("p", "5")
        assert "V sound" in c.text
        assert c.screen.rows.row.kind == "pin"
        with Case.open(alice, readonly=True) as case:
            assert list(c.screen.rows.rows) == entries(case)
        await c.press("enter")
        assert "previous" in c.text
        await c.press("escape", "slash")
        await c.type("nothing like it")
        assert "looked at all" in c.text
        await c.press("escape")
        assert c.screen.rows.row.kind == "pin"


async def test_a_broken_log_is_told_in_red_letters(console: Open, alice: Path) -> None:
    with Case.open(alice) as case:
        for name in [
            row[0]
            for row in case.connection.execute(
                "SELECT name FROM sqlite_master WHERE type='trigger'"
            )
        ]:
            case.connection.execute(f'DROP TRIGGER "{name}"')
        case.connection.execute("UPDATE action_log SET what = '{}' WHERE seq = 1")
    async with console(alice) as c:
        await c.press("5")
        assert "X BROKEN" in c.text
        assert "entry 1 was altered" in c.text


async def test_coverage(console: Open, hostile: Path, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("6")
        with Case.open(alice, readonly=True) as case:
            assert summarize_coverage(case) == c.screen._looked.summary
        c.same_as("coverage")
        await c.press("enter")
        assert "no proof that nothing happened" in c.flat
        await c.press("escape", "tab", "tab")
        assert "[gaps]" in c.text
        assert "Nothing is known to be lacking." in c.text
        await c.press("tab")
        assert "No lead" in c.text
        await c.press("tab")
        assert "Everything that was given could be read." in c.text
        await c.press("tab")
        assert "trail.json" in c.text
        await c.press("enter")
        assert "sha256" in c.text
        await c.press("escape", "tab")
        assert "No engine of AWS answered a query" in c.flat
        await c.press("x")
        assert "Nothing here leads to the timeline" in c.flat
        await c.press("tab", "x")
        assert c.screen.filter.text == "111122223333 us-east-1"
        assert "700 events" in c.lines[1]
    async with console(hostile) as c:
        await c.press("6", *["tab"] * 4)
        told = printed("coverage", str(hostile), "--show", "problems")
        assert [(row.origin, row.reason) for row in c.screen.rows.rows] == [
            (row["file"], row["reason"]) for row in told
        ]
        assert told


async def test_cases(console: Open, alice: Path, home: Path) -> None:
    (home / "broken.case").write_bytes(b"not a case")
    async with console(None) as c:
        assert "unreadable" in c.text
        assert {row.path.stem for row in c.screen.rows.rows} == {"alice", "broken"}
        if c.screen.rows.row.path.stem != "broken":
            await c.press("j")
        await c.press("enter")
        assert c.screen.notice.display
        await c.press("escape", "g")
        assert not c.screen.notice.display
        if c.screen.rows.row.path.stem != "alice":
            await c.press("j")
        await c.press("enter")
        assert "700 events" in c.text
        await c.press("0", "a")
        await c.type("second")
        assert "nothing was looked at" in c.text
        assert (home / "second.case").stat().st_mode & 0o777 == 0o600
        await c.command("open alice")
        assert "700 events" in c.text
        assert c.lines[0].startswith("alice")


async def test_no_case_at_all(console: Open, home: Path) -> None:
    async with console(None) as c:
        assert "There is no case in" in c.text
        await c.press("j", "enter", "2")
        assert "no case is open." in c.text
