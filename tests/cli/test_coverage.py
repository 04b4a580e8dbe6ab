"""`trailtui coverage`: sentences and strips on stderr, rows on stdout."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.case.coverage_scenes import asked, log_file, trail_call
from tests.records import record
from trailtui.case.fetches import State
from trailtui.case.file import Case
from trailtui.cli.main import program
from trailtui.model.errors import InputError

SHOWN = ("account", "region", "source", "from", "to", "state", "events", "filter", "detail")


@pytest.fixture
def path(home: Path) -> Path:
    made = home / "c1.case"
    with Case.create(made) as case:
        calls = [trail_call("StopLogging", 3600), trail_call("StartLogging", 7200)]
        asked(case, "lookup", State.FETCHED, records=[record(0), record(1), *calls])
        asked(case, "s3", State.FETCHED, records=[record(0), *calls], name=log_file())
        asked(case, "lookup", State.DENIED, region="eu-west-1", detail="AccessDenied [/x]\x1b[2J")
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(program, ["coverage", "c1", *words])


@pytest.mark.usefixtures("path")
def test_the_summary_and_a_strip_for_every_pair() -> None:
    ended = run()
    assert ended.exit_code == 0
    assert "event history (LookupEvents): 4 events" in ended.stderr
    assert "111122223333 eu-west-1       0 DDDDD" in ended.stderr
    assert "D denied" in ended.stderr
    assert "\x1b" not in ended.output
    assert "Nobody saw whole: 24 hours of 1 pair denied" in ended.stderr
    assert all(len(line) <= 90 for line in ended.stderr.splitlines() if "DDD" in line)


@pytest.mark.usefixtures("path")
def test_rows_in_every_format() -> None:
    rows = json.loads(run("--show", "hours", "--format", "json").stdout)
    assert tuple(rows[0]) == SHOWN
    of_s3 = [(row["state"], row["events"]) for row in rows if row["source"] == "s3"]
    assert of_s3 == [("empty", 0), ("fetched", 3), ("empty", 0)]
    listed = [*csv.DictReader(io.StringIO(run("--show", "hours", "--format", "csv").stdout))]
    assert [int(row["events"]) for row in listed] == [row["events"] for row in rows]
    gaps = json.loads(run("--show", "gaps", "--format", "json").stdout)
    assert [(gap["source"], gap["state"]) for gap in gaps] == [
        ("all", "denied"),
        ("lookup", "denied"),
        ("trail main", "not-logged"),
    ]
    sources = json.loads(run("--show", "sources", "--format", "json").stdout)
    assert [(one["region"], one["source"], one["whole"]) for one in sources] == [
        ("eu-west-1", "lookup", "0 %"),
        ("us-east-1", "lookup", "100 %"),
        ("us-east-1", "s3", "100 %"),
    ]


@pytest.mark.usefixtures("path")
def test_leads_of_tampering() -> None:
    (lead,) = json.loads(run("--show", "leads", "--format", "json").stdout)
    assert (lead["kind"], lead["event"]) == ("missing-from-files", record(1)["eventID"])
    assert lead["sure"].startswith("strong")


@pytest.mark.usefixtures("path")
def test_another_window() -> None:
    words = ("--from", "2026-03-01T09:00:00Z", "--to", "2026-03-01T10:00:00Z")
    rows = json.loads(run("--show", "hours", "--format", "json", *words).stdout)
    assert {(row["from"][11:13], row["to"][11:13]) for row in rows} == {("09", "10")}
    assert "are outside of this window" in run(*words).stderr
    wrong = run("--from", "2026-03-02", "--to", "2026-03-01")
    assert isinstance(wrong.exception, InputError)


def test_an_empty_case(home: Path) -> None:
    Case.create(home / "c1.case").close()
    for kind in ("problems", "hours", "evidence", "sources", "gaps", "leads"):
        ended = run("--show", kind, "--format", "json")
        assert (ended.exit_code, json.loads(ended.stdout)) == (0, [])
