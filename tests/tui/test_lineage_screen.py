"""The tree of a credential in the console."""

from pathlib import Path

import pytest

from tests.lineage.stories import ROOT, START_MS, assume, call, tell, used, user
from tests.tui.conftest import Open
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity, notes
from trailtui.model.entity import Entity
from trailtui.tui import lineage_lines

ONE, KEY = "ASIAONE0000000000000", "AKIASECOND0000000000"
EVIL = "\x1b]52;c;AAAA\x07[/x]"


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trees are drawn as of a minute after the story."""
    monkeypatch.setattr(lineage_lines, "now_ms", lambda: START_MS + 60_000)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    records = [
        call(0, user(), "iam", "CreateAccessKey", asked={"userName": "bob"},
             answered={"accessKey": {"accessKeyId": KEY, "userName": "bob"}}),
        assume(1, user("bob", KEY), ONE, name=EVIL),
        call(2, user(), "iam", "AttachUserPolicy",
             asked={"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/X"}),
        used(3, user("bob", KEY)),
    ]  # fmt: skip
    with tell(tmp_path, records) as case:
        judge_entity(case, Entity("credential", ROOT), "indicator", "leaked")
        return case.path


async def test_the_tree_is_drawn_and_a_node_has_its_events(console: Open, story: Path) -> None:
    async with console(story) as c:
        await c.press("T")
        assert [row.id for row in c.screen.rows.rows] == [
            ROOT, KEY, ONE, "AttachUserPolicy arn:aws:iam::111122223333:user/bob",
        ]  # fmt: skip
        assert "4 not answered for" in c.text
        await c.press("j", "j", "enter")
        assert "\x1b" not in c.text
        assert "[/x]" in c.text
        await c.press("K")
        assert "CreateAccessKey: made an access key of bob" in c.text
        await c.press("G")
        assert "1 behind it" in c.text
        await c.press("escape", "x")
        assert c.view.VIEW == "timeline"
        assert c.screen.filter.text == KEY
        await c.press("left_square_bracket")
        assert c.view.VIEW == "lineage"
        assert c.screen.rows.row.id == KEY


async def test_a_reason_is_written_and_answers(console: Open, story: Path) -> None:
    async with console(story) as c:
        await c.press("T", "j", "r")
        await c.type("bob's laptop, taken from him")
        assert "3 not answered for" in c.text
    with Case.open(story, readonly=True) as case:
        assert [note.text for note in notes(case)] == [
            f"lineage {KEY}: bob's laptop, taken from him"
        ]


async def test_another_credential_is_asked_for(console: Open, story: Path) -> None:
    async with console(story) as c:
        await c.press("T", "j", "D")
        assert c.screen.credential == KEY
        assert [row.id for row in c.screen.rows.rows] == [ROOT, KEY, ONE]
        await c.press("slash")
        await c.type("\b" * 30 + ONE)
        assert c.screen.credential.endswith(ONE)


async def test_the_view_takes_the_credential_under_the_cursor(console: Open, story: Path) -> None:
    async with console(story) as c:
        await c.press("3", "tab")
        assert "[credential]" in c.text
        value = c.screen.chosen_value()
        await c.press("T")
        assert c.screen.credential == value


async def test_a_case_without_a_credential_says_so(console: Open, tmp_path: Path) -> None:
    with tell(tmp_path, [used(0, user())]) as case:
        path = case.path
    async with console(path) as c:
        await c.press("T")
        assert "no credential is in question" in c.text
