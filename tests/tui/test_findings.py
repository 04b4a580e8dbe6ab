"""Findings and the summary in the console; sessions beneath a principal."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.records import record, role_session
from tests.tui.conftest import HOSTILE, Open, make_case
from trailtui.case.detections import Found, keep_detections, list_detections
from trailtui.case.file import Case
from trailtui.case.marks import judge_entity
from trailtui.detect.scan import scanning
from trailtui.model.entity import Entity
from trailtui.tui.filter_line import FilterLine, parse_filter


def found(case: Case, number: int, severity: str, numbers: range, **more: object) -> Found:
    ids = [row[0] for row in case.connection.execute("SELECT id FROM event_rows ORDER BY id")]
    facts: dict[str, object] = {"description": f"What {number} means", "next_step": "Look on"}
    return Found(
        "sigma", f"rule-{number}", "0" * 64, f"Title {number}", severity,
        tuple(ids[at] for at in numbers), **(facts | more),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def detected(alice: Path) -> Path:
    """Alice's case with three findings of rules."""
    with Case.open(alice) as case:
        several = [
            found(case, 1, "low", range(5), attack=("T1098",)),
            found(case, 2, "critical", range(10, 13), about="arn:aws:iam::111122223333:user/alice"),
            found(case, 3, "medium", range(20, 270)),
        ]
        keep_detections(case, several, {})
    return alice


async def test_findings_stand_by_severity_and_lead_to_their_events(
    console: Open, detected: Path
) -> None:
    async with console(detected) as c:
        await c.press("8")
        assert [row.name for row in c.screen.rows.rows] == ["d2", "d3", "d1"]
        for mark in ("C▲▲", "M■", "L▪", "T1098", "1 critical, 1 medium, 1 low"):
            assert mark in c.text
        await c.press("enter")
        for told in ("What 2 means", "Look on", "rule-2", "user/alice", "EVENTS"):
            assert told in c.flat
        await c.press("x")
        assert c.view.VIEW == "timeline"
        assert c.screen.filter.text == "finding=d2"
        assert "3 events" in c.lines[1]
        await c.press("escape")
        assert c.view.VIEW == "findings"
        assert c.screen.rows.row.name == "d2"


async def test_a_line_of_an_event_leads_to_that_event(console: Open, detected: Path) -> None:
    async with console(detected) as c:
        await c.command("findings")
        await c.press("j", "enter", "G")
        assert "and 50 more" in c.flat
        await c.press("k")
        wanted = int(c.screen.detail.row.path.removeprefix("#"))
        await c.press("x")
        assert c.screen.rows.row.id == wanted
        assert c.screen.filter.text == "finding=d3"


async def test_tabs_and_what_stands_where_there_is_nothing(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("8")
        assert "No rule was run over this case yet" in c.flat
        await c.press("tab", "tab")
        assert "[alerts]" in c.text
        assert "brings alerts" in c.flat
        with Case.open(alice) as case:
            keep_detections(case, [], {})
        await c.press("tab", "R")
        assert "No hits." in c.flat
        assert "Looked at 700 events" in c.flat


async def test_all_rules_run_from_the_view(console: Open, home: Path) -> None:
    made = [
        record(number, eventName="CreateUser", readOnly=False, userIdentity={"type": "Root",
               "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"})
        for number in range(3)
    ]  # fmt: skip
    path = make_case(home / "root.case", made)
    async with console(path) as c:
        await c.press("8", "r")
        job = c.app.session.detecting
        job._future.result(timeout=60)
        await c.settle()
        assert job.ending is not None
        assert job.ending.error is None
        assert "new findings" in c.flat
        rows = [row.name for row in c.screen.rows.rows]
        await c.press("S")
        assert "No rules are running" in c.flat
    with Case.open(path, readonly=True) as case:
        assert {one.name for one in list_detections(case)} == set(rows) != set()


async def test_a_run_that_is_stopped_keeps_nothing(
    console: Open, alice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    stopped = threading.Event()
    monkeypatch.setattr(scanning, "_TOLD_EVERY", 1)
    monkeypatch.setattr(scanning, "_holding", lambda *_: stopped.wait(30) and [])
    async with console(alice) as c:
        await c.press("8", "r")
        job = c.app.session.detecting
        await c.press("r")
        assert "running already" in c.flat
        await c.press("escape", "S")
        assert job.stopping
        stopped.set()
        job._future.result(timeout=60)
        await c.settle()
        assert "nothing of this run is kept" in c.flat
    with Case.open(alice, readonly=True) as case:
        assert list_detections(case) == []
        assert not case.connection.execute(
            "SELECT 1 FROM action_log WHERE kind = 'detect'"
        ).fetchall()


async def test_hostile_findings_are_harmless(console: Open, alice: Path) -> None:
    with Case.open(alice) as case:
        several = [
            Found("sigma", text, "0" * 64, text, "high", found(case, 1, "low", range(2)).events,
                  about=text, description=text, next_step=text, detail=text)
            for text in HOSTILE
        ]  # fmt: skip
        keep_detections(case, several, {})
    async with console(alice) as c:
        await c.press("8", "enter")
        for _ in HOSTILE:
            assert "\x1b" not in c.text
            assert "\u202e" not in c.text
            await c.press("J")
        await c.press("9")
        assert "\x1b" not in c.text


async def test_the_summary_is_on_one_page_and_leads_on(console: Open, detected: Path) -> None:
    with Case.open(detected) as case:
        judge_entity(case, Entity("ip", "198.51.100.7"), "indicator", "seen in the alert")
    async with console(detected, size=(80, 60)) as c:
        await c.command("summary")
        for title in ("WHEN", "WHO", "WHERE", "WHAT", "RISKY CALLS", "FINDINGS", "INDICATORS",
                      "ACTIONS", "NOT SEEN"):  # fmt: skip
            assert any(line.startswith(title) for line in c.lines), title
        assert "1 critical, 1 medium, 1 low" in c.flat
        c.same_as("summary")
        while "Title 2" not in c.screen.page.row.value:
            await c.press("j")
        await c.press("enter")
        assert c.view.VIEW == "findings"
        assert c.screen.rows.row.name == "d2"
        assert "What 2 means" in c.flat
        await c.press("escape", "escape")
        assert c.view.VIEW == "summary"
        assert "Title 2" in c.screen.page.row.value


async def test_the_summary_follows_the_case(console: Open, alice: Path) -> None:
    async with console(alice) as c:
        await c.press("9")
        assert "no rule was run yet" in "".join(row.value for row in c.screen.page.rows)
        with Case.open(alice) as case:
            keep_detections(case, [found(case, 7, "high", range(1))], {})
        c.app._version = -1  # as the watch does once another connection has written
        c.app.watch_case()
        await c.settle()
        assert "1 high" in "".join(row.value for row in c.screen.page.rows)


async def test_sessions_unfold_beneath_their_principal(console: Open, home: Path) -> None:
    made = [
        record(number, userIdentity=role_session("deploy", f"job-{number % 2}",
               f"ASIAEXAMPLE000000{number % 2}0"), eventName="CreateAccessKey", readOnly=False)
        for number in range(6)
    ]  # fmt: skip
    path = make_case(home / "roles.case", [*made, record(9)])
    async with console(path, size=(120, 30)) as c:
        await c.press("3")
        assert len(c.screen.rows.rows) == 2
        await c.press("s")
        assert [getattr(row, "name", "") for row in c.screen.rows.rows] == [
            "",
            "job-0",
            "job-1",
            "",
        ]
        assert "└ job-0 ASIAEXAMPLE" in c.text
        await c.press("j", "enter")
        assert "CreateAccessKey (iam)" in c.flat
        assert "RISKY, SUCCEEDED" in c.flat
        await c.press("escape", "x")
        assert c.screen.filter.text == "ASIAEXAMPLE00000000"
        assert "3 events" in c.lines[1]
        await c.press("escape", "k", "s")
        assert c.view.VIEW == "entities"
        await c.press("g", "enter")
        assert "SESSIONS" in " ".join(row.field for row in c.screen.detail.rows)


def test_a_finding_in_a_filter() -> None:
    line = parse_filter("finding=d7 finding=8 errors")
    assert line == FilterLine(findings=(7, 8), errors=True)
    assert line.text == "finding=d7 finding=d8 errors"
    assert parse_filter(line.text) == line


async def test_a_finding_is_named_by_its_title_and_never_by_an_id_of_sigma(
    console: Open, alice: Path
) -> None:
    title = "An access key for somebody else"
    with Case.open(alice) as case:
        made = found(case, 1, "high", range(3))
        uuid = "3610b379-a56c-55fb-8f9b-3733d334abda"
        keep_detections(case, [replace(made, rule=uuid, title=title)], {})
    for size in ((80, 24), (120, 40), (200, 50)):
        async with console(alice, size=size) as c:
            await c.press("8")
            assert title in c.text
            assert uuid not in c.text
            await c.press("enter")
            assert uuid in c.flat
            await c.press("escape")
