"""`trailtui query CASE … --on athena|lake|insights` as it is typed."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.collect.engine_account import OUTPUT, REGIONS, environment
from tests.query.asked_world import World, world
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.query_runs import all_kept
from trailtui.cli.main import program
from trailtui.sim.account import SimulatedAccount

WHERE = {
    "athena": ("--database", "trails", "--table", "cloudtrail", "--output", OUTPUT),
    "lake": (),
    "insights": (),
}
STARTS = {"athena": "StartQueryExecution", "insights": "StartQuery", "lake": "StartQuery"}
STOPS = {"athena": "StopQueryExecution", "insights": "StopQuery", "lake": "CancelQuery"}
DAYS = "eventTime BETWEEN '2026-03-10' AND '2026-03-13'"
SQL = (
    "SELECT eventID, eventTime, readOnly FROM events WHERE eventTime >= '2026-03-11' "
    "AND eventTime < '2026-03-13' AND errorCode IS NOT NULL ORDER BY eventTime, eventID"
)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("there"), 300) as made:
        yield made


@pytest.fixture(autouse=True)
def fresh(there: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    for name, value in environment(there.account).items():
        monkeypatch.setenv(name, value)
    yield there.account
    there.account.faults.clear()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Case.create(tmp_path / "x.case").close()
    return tmp_path / "x.case"


def ask(path: Path, engine: str, *words: str) -> Result:
    asked = ["query", str(path), "--on", engine, *WHERE[engine], *words]
    return CliRunner().invoke(program, asked)


@pytest.mark.parametrize("engine", WHERE)
def test_an_answer_is_typed_kept_and_logged(there: World, path: Path, engine: str) -> None:
    done = ask(path, engine, "--sql", SQL, "--format", "json")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    wanted = sorted(
        (one["eventTime"], one["eventID"], one.get("readOnly"))
        for one in there.records
        if one["eventTime"] >= "2026-03-11" and one.get("errorCode")
    )
    assert [(row["eventTime"], row["eventID"], row["readOnly"]) for row in rows] == wanted
    assert wanted
    assert "AWS read" in done.stderr
    with Case.open(path) as case:
        (kept,) = all_kept(case)
        assert (kept.asked.engine, kept.count, kept.asked.sql) == (engine, len(wanted), SQL)
        assert kept.asked.identity.endswith(":root")
        assert kept.answer.scanned_bytes > 0
        started, told = [one.what for one in entries(case, kinds=["query"])]
        assert started["started"]
        assert started["query"] == told["query"] == kept.answer.query
        assert (told["on"], told["rows"]) == (engine, len(wanted))
        assert told["answer_sha256"] == kept.sha256
        assert told["dollars"] == round(kept.answer.dollars, 6)


@pytest.mark.parametrize("engine", WHERE)
def test_the_same_question_again_costs_nothing(there: World, path: Path, engine: str) -> None:
    first = ask(path, engine, "--sql", SQL, "--format", "csv")
    mark = len(there.account.calls)
    again = ask(path, engine, "--sql", SQL, "--format", "csv")
    assert again.exit_code == 0, again.output
    assert again.stdout == first.stdout
    assert "kept as 1" in again.stderr
    assert "ago" in again.stderr
    assert there.account.calls.of(STARTS[engine], since=mark) == []
    anew = ask(path, engine, "--sql", SQL, "--format", "csv", "--fresh")
    assert anew.stdout == first.stdout
    assert len(there.account.calls.of(STARTS[engine], since=mark)) == 1
    with Case.open(path) as case:
        assert [one.id for one in all_kept(case)] == [2, 1]
        assert entries(case, kinds=["query"])[2].what["kept"] == 1


def test_kept_answers_are_listed_and_shown_without_aws(path: Path, there: World) -> None:
    asked = ask(
        path,
        "athena",
        "root-use",
        "-p",
        "since=2026-03-10",
        "-p",
        "until=2026-03-13",
        "--format",
        "jsonl",
    )
    assert asked.exit_code == 0, asked.output
    mark = len(there.account.calls)
    listed = CliRunner().invoke(program, ["query", str(path), "--runs", "--format", "json"])
    (row,) = json.loads(listed.stdout)
    assert (row["run"], row["engine"], row["query"]) == (1, "athena", "root-use")
    assert row["place"] == "AwsDataCatalog.trails.cloudtrail"
    shown = CliRunner().invoke(program, ["query", str(path), "--run", "1", "--format", "jsonl"])
    assert shown.stdout == asked.stdout
    missing = CliRunner().invoke(program, ["query", str(path), "--run", "9"])
    assert "no kept answer 9" in str(missing.exception)
    assert len(there.account.calls) == mark


@pytest.mark.parametrize("engine", WHERE)
def test_a_limit_announces_itself(path: Path, engine: str) -> None:
    sql = f"SELECT eventID FROM events WHERE {DAYS} ORDER BY eventID"
    cut = ask(path, engine, "--sql", sql, "--limit", "3", "--format", "jsonl")
    assert len(cut.stdout.splitlines()) == 3
    assert "more rows than these 3" in cut.stderr
    fewer = ask(path, engine, "--sql", sql, "--limit", "2", "--format", "jsonl")
    assert "kept as 1" in fewer.stderr
    assert fewer.stdout.splitlines() == cut.stdout.splitlines()[:2]
    more = ask(path, engine, "--sql", sql, "--limit", "4", "--format", "jsonl")
    assert "kept in the case as 2" in more.stderr
    assert len(more.stdout.splitlines()) == 4


@pytest.mark.parametrize("engine", WHERE)
def test_explain_prints_exactly_what_is_sent(there: World, path: Path, engine: str) -> None:
    mark = len(there.account.calls)
    named = {
        "athena": (),
        "lake": ("--event-data-store", there.errand_place("lake")),
        "insights": ("--log-group", "cloudtrail-logs"),
    }[engine]
    told = ask(path, engine, *named, "--sql", SQL, "--explain")
    assert told.exit_code == 0, told.output
    assert there.account.calls.of(STARTS[engine], since=mark) == []
    ask(path, engine, *named, "--sql", SQL)
    with Case.open(path) as case:
        (kept,) = all_kept(case)
    assert told.stdout.rstrip("\n") == kept.asked.sent
    if engine == "athena":
        assert f"\"account\" IN ('{there.account.number}')" in kept.asked.sent
        assert "\"timestamp\" >= '2026/03/11'" in kept.asked.sent


def test_only_the_named_regions_partitions_are_read(there: World, path: Path) -> None:
    sql = f"SELECT DISTINCT awsRegion FROM events WHERE {DAYS}"
    done = ask(path, "athena", "--sql", sql, "--region", REGIONS[1], "--format", "jsonl")
    assert [json.loads(one) for one in done.stdout.splitlines()] == [{"awsRegion": REGIONS[1]}]
    assert f"Only region {REGIONS[1]} was asked for" in done.stderr
    refused = ask(path, "lake", "--sql", sql, "--organization")
    assert "Put it into the query" in str(refused.exception)


@pytest.mark.parametrize("engine", WHERE)
def test_an_estimate_asks_nothing(there: World, path: Path, engine: str) -> None:
    mark = len(there.account.calls)
    done = ask(path, engine, "--sql", SQL, "--estimate", "--format", "json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["source"] == engine
    assert (row["bytes"] > 0) is (engine == "athena")
    assert "prices of" in done.stderr
    assert there.account.calls.of(STARTS[engine], since=mark) == []


def test_an_unknown_cost_over_all_time_wants_a_yes(there: World, path: Path) -> None:
    mark = len(there.account.calls)
    sql = "SELECT count(*) AS n FROM events"
    done = ask(path, "lake", "--sql", sql)
    assert "not known beforehand" in str(done.exception)
    assert there.account.calls.of("StartQuery", since=mark) == []
    yes = ask(path, "lake", "--sql", sql, "--yes", "--format", "json")
    assert json.loads(yes.stdout)[0]["n"] >= len(there.records)


@pytest.mark.parametrize("engine", WHERE)
def test_an_interrupted_query_is_stopped_at_aws(
    there: World, path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(there.account.world.engines, "polls", 10_000)
    mark = len(there.account.calls)

    def interrupt() -> None:
        while not there.account.calls.of(STARTS[engine], since=mark):
            pass
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    done = ask(path, engine, "--sql", SQL, "--yes")
    thread.join()
    assert done.exit_code == 130, done.output
    assert len(there.account.calls.of(STOPS[engine], since=mark)) == 1
    with Case.open(path) as case:
        assert all_kept(case) == []
        assert "stopped" in str(entries(case, kinds=["query"])[-1].what["failed"])


def test_what_aws_refuses_ends_with_4_and_stands_in_the_log(there: World, path: Path) -> None:
    there.account.faults.add("athena", "StartQueryExecution", "access_denied")
    refused = ask(path, "athena", "--sql", SQL)
    assert getattr(refused.exception, "exit_code", None) == 4
    with Case.open(path) as case:
        assert all_kept(case) == []
    # only when it runs Athena finds that a text is no number
    sql = f"SELECT cast(eventName AS bigint) AS n FROM events WHERE {DAYS}"
    failed = ask(path, "athena", "--sql", sql)
    assert getattr(failed.exception, "exit_code", None) == 4
    with Case.open(path) as case:
        told = entries(case, kinds=["query"])[-1].what
        assert "could not run the query" in str(told["failed"])
        assert told["query"]


def test_hostile_values_reach_the_terminal_tamed(there: World, path: Path) -> None:
    sql = f"SELECT '\x1b[2J' AS e, eventID FROM events WHERE {DAYS} LIMIT 1"
    done = ask(path, "lake", "--sql", sql)
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output
