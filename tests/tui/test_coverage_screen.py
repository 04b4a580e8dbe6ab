"""The coverage screen: strips, their cursor, sources, gaps, leads, and the way to the timeline."""

from pathlib import Path

import pytest

from tests.case.coverage_scenes import START_MS, asked, log_file, trail_call
from tests.records import record
from tests.tui.conftest import Open
from trailtui.case.covered import BlindSpot
from trailtui.case.covering import Known
from trailtui.case.fetches import State
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.model.times import HOUR_MS
from trailtui.tui.blind_spots import View, line_of, of_entities


@pytest.fixture
def several(home: Path) -> Path:
    """us-east-1 whole but for what no trail logged, eu-west-1 denied and throttled."""
    path = home / "several.case"
    with Case.create(path) as case:
        calls = [trail_call("StopLogging", 7200), trail_call("StartLogging", 6 * 3600)]
        records = [record(n * 600) for n in range(30)]
        asked(case, "lookup", State.FETCHED, records=[*records, *calls])
        asked(case, "s3", State.FETCHED, records=records[:5], name=log_file())
        asked(
            case, "lookup", State.DENIED, region="eu-west-1", hours=(0, 12),
            detail="AccessDenied [/x]: cloudtrail:LookupEvents",
        )  # fmt: skip
        asked(case, "lookup", State.THROTTLED, region="eu-west-1", hours=(12, 15), reached=13)
        late = [record(33000 + n, awsRegion="eu-west-1") for n in range(3)]
        asked(
            case, "lookup", State.FETCHED, region="eu-west-1", hours=(15, 20), records=late
        )  # fmt: skip
    return path


async def test_strips_tell_what_is_known_of_each_hour(console: Open, several: Path) -> None:
    async with console(several) as c:
        await c.press("6")
        c.same_as("coverage-strips")
        assert "NOBODY SAW WHOLE in 1 pair: denied 12 h" in c.text
        assert "2026-03-01 00:00-" in c.text
        assert "eu-west-1 all: denied: lookup: AccessDenied [/x]" in c.text


async def test_the_cursor_walks_through_the_hours(console: Open, several: Path) -> None:
    async with console(several, size=(110, 30)) as c:
        await c.press("6")
        for _ in range(c.screen.strips.strip_width * 16 // 24):
            await c.press("l")
        assert "eu-west-1 all: empty" in c.text or "eu-west-1 all: fetched" in c.text
        since, until = c.screen._part()
        assert since < START_MS + 9 * HOUR_MS < until + HOUR_MS
        await c.press("enter")
        assert "under the cursor" in c.text
        await c.press("escape", "h", "h")
        assert c.screen._part()[1] <= since


async def test_another_source_on_a_key(console: Open, several: Path) -> None:
    async with console(several) as c:
        await c.press("6", "s", "s")
        assert c.screen.crumbs() == ("hours", "s3")
        (row,) = c.screen.rows.rows
        assert row.place.region == "us-east-1"
        assert "N" in row.strip(24)
        await c.press("s")
        assert c.screen.crumbs() == ("hours", "all")
        await c.command("source lookup")
        assert len(c.screen.rows.rows) == 2
        await c.command("source lake")
        assert "Nothing of lake here" in c.text


async def test_from_an_hour_to_the_timeline_and_back(console: Open, several: Path) -> None:
    async with console(several) as c:
        await c.press("6", "j")
        await c.press(*["l"] * (c.screen.strips.strip_width // 3))
        since, _ = c.screen._part()
        await c.press("x")
        assert c.view.VIEW == "timeline"
        assert c.screen.filter.text == "111122223333 us-east-1"
        assert c.screen.rows.row.time_ms >= since
        await c.press("escape")
        assert c.view.VIEW == "coverage"
        assert c.screen._part()[0] == since


async def test_sources_gaps_and_leads(console: Open, several: Path) -> None:
    async with console(several) as c:
        await c.press("6", "tab")
        assert "not-logged" in c.text
        await c.press("G", "enter")
        assert "StopLogging" in c.flat
        await c.press("escape", "tab")
        states = [(str(row.source), str(row.state)) for row in c.screen.rows.rows]
        assert states[:3] == [("all", "denied"), ("all", "throttled"), ("all", "unknown")]
        await c.press("enter")
        assert "no source at all" in c.text
        assert "AccessDenied [/x]" in c.flat
        await c.press("escape", "tab")
        assert "missing-from-files" in c.text
        await c.press("enter")
        assert "how sure" in c.text
        await c.press("x")
        assert c.view.VIEW == "timeline"


async def test_the_screen_comes_back_as_it_was(console: Open, several: Path) -> None:
    async with console(several) as c:
        await c.press("6", "s", "l", "l", "l")
        before = c.text
    async with console(several) as c:
        assert c.text == before


async def test_an_empty_case(console: Open, home: Path) -> None:
    path = home / "empty.case"
    Case.create(path).close()
    async with console(path) as c:
        await c.press("6")
        assert "Nothing was looked at yet." in c.text
        await c.press("s", "x", "enter", "tab", "tab", "tab", "tab", "tab")
        assert "[evidence]" in c.text


async def test_the_timeline_tells_what_nobody_saw_of_the_time_in_view(
    console: Open, several: Path
) -> None:
    async with console(several) as c:
        assert "NOT SEEN 03-01 00:00 to 12:00 eu-west-1: denied (6 tells) (lookup: Acc" in c.text
        await c.press("G")
        assert "NOT SEEN 03-01 00:00 to 12:00 eu-west-1: denied; 2 more (6 tells)" in c.text
        await c.command("filter region:us-east-1")
        assert "NOT SEEN" not in c.text
        await c.command("filter region:eu-west-1")
        assert "3 events" in c.text
        assert "NOT SEEN 03-01 00:00 to 12:00 eu-west-1: denied; 2 more" in c.text


async def test_a_case_of_files_alone_has_no_blind_spots(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        assert "NOT SEEN" not in c.text


def test_blind_spots_in_one_line() -> None:
    day = 24 * HOUR_MS
    spots = [
        BlindSpot("1", region, 0, day, Known.DENIED, "no permission", 0) for region in ("a", "b")
    ]
    spots.append(BlindSpot("1", "c", 2 * day, 3 * day, Known.UNKNOWN, "nobody asked", 0))
    one = line_of(spots, View(None, day // 2), local=False)
    assert one == "NOT SEEN 01-01 00:00 to 01-02 00:00 2 Regions: denied (6 tells) (no permission)"
    assert "denied; 1 more" in line_of(spots, View(None, None), local=False)
    assert line_of(spots, View(day, 2 * day - 1), local=False) == ""
    assert line_of(spots, View(4 * day, None), local=False) == ""
    regions = [Entity("region", "c"), Entity("account", "1")]
    assert of_entities(spots, regions) == (spots[2],)
    assert of_entities(spots, [Entity("account", "2")]) == ()
