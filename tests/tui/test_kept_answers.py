"""Answers of AWS's engines that the case keeps, beside what else was looked at."""

from pathlib import Path

from tests.tui.conftest import HOSTILE, Open
from tests.tui.test_hostile import assert_harmless
from trailtui.case.file import Case
from trailtui.case.query_runs import Answer, Asked, Rows, keep

KEY = "AKIAEXAMPLEALICE0000"


def keep_one(path: Path, rows: Rows, *, more: bool = False, name: str = "key-activity") -> None:
    with Case.open(path) as case:
        asked = Asked(
            "athena", "111122223333", "eu-west-1", "db.trail", "SELECT sent", "SELECT typed",
            {"key": KEY}, name, "0" * 64, "arn:aws:iam::111122223333:user/me",
        )  # fmt: skip
        columns = (("eventName", "varchar"), ("accessKeyId", "varchar"))
        answer = Answer("q-1", 1_772_000_000_000, 1_772_000_005_000, 3_000_000, 0.0123, columns,
                        rows, more, ("a note of it",))  # fmt: skip
        keep(case, asked, answer)


async def test_answers_stand_among_what_was_looked_at(console: Open, alice: Path) -> None:
    keep_one(alice, (("CreateUser", KEY), ("ListUsers", None)))
    keep_one(alice, (("GetUser", KEY),), more=True, name="")
    async with console(alice) as c:
        await c.press("6", "shift+tab")
        assert "[answers]" in c.text
        assert [row.id for row in c.screen.rows.rows] == [2, 1]
        assert "SELECT typed" in c.text  # a query of one's own has no name
        assert "1+" in c.text
        await c.press("j", "enter")
        assert "athena, db.trail, 111122223333 eu-west-1" in c.flat
        for words in ("key-activity", "user/me", "3.0 MB, about 0.0123", "q-1", "a note of it"):
            assert words in c.flat
        assert "SELECT sent" in c.flat
        await c.press("G")
        assert "CreateUser" in c.text
        await c.press("escape", "g", "enter", "G")
        assert "AWS had MORE rows than were taken" in c.flat


async def test_a_value_of_an_answer_leads_to_the_timeline(console: Open, alice: Path) -> None:
    keep_one(alice, (("CreateUser", KEY),))
    async with console(alice) as c:
        await c.press("6", "shift+tab", "enter", "G", "x")
        assert c.view.VIEW == "timeline"
        assert c.screen.filter.text == KEY
        await c.press("escape", "y")
        assert c.app.clipboard == KEY


async def test_many_rows_are_counted_and_those_beyond_are_told(console: Open, alice: Path) -> None:
    keep_one(alice, tuple((f"Call{n}", None) for n in range(205)))
    async with console(alice) as c:
        await c.press("6", "shift+tab", "enter", "G")
        assert "and 5 more rows: `trailtui query alice --run 1` prints all" in c.flat
        await c.press("escape", "c")
        assert c.app.clipboard.startswith("kept answer 1 key-activity sha256 ")


async def test_hostile_answers_are_shown_harmlessly(console: Open, alice: Path) -> None:
    keep_one(alice, tuple((text, text) for text in HOSTILE), name="")
    async with console(alice) as c:
        await c.press("6", "shift+tab", "enter")
        for _ in range(4):
            assert_harmless(c)
            await c.press("space")


async def test_rows_that_were_changed_are_not_shown(console: Open, alice: Path) -> None:
    keep_one(alice, (("CreateUser", KEY),))
    with Case.open(alice) as case:
        case.connection.execute("DROP TRIGGER IF EXISTS query_runs_stay")
        case.connection.execute("UPDATE query_runs SET answer_sha256 = 'x'")
    async with console(alice) as c:
        await c.press("6", "shift+tab", "enter")
        assert "were changed after it was kept" in c.flat
