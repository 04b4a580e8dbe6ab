"""`trailtui collect CASE athena|insights|lake` as they are typed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.collect.engine_account import (
    LOCATION,
    NOW,
    OUTPUT,
    REGIONS,
    START,
    account_with_engines,
    environment,
    session_of,
    soon,
)
from tests.sim.corpus import Record, corpus
from tests.sim.laboratory import Laboratory
from trailtui.aws.errors import NotFound
from trailtui.case import journal
from trailtui.case.events import EventFilter, page
from trailtui.case.fetches import State, all_fetches
from trailtui.case.file import Case
from trailtui.cli.main import program
from trailtui.collect.athena import Workplace, make_table
from trailtui.collect.athena_table import describe_table
from trailtui.collect.engines import LANES
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.lake import add_store

SPAN = ("--from", f"{START:%Y-%m-%dT%H:%M:%SZ}", "--to", f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
TABLE = ("--database", "trails", "--table", "cloudtrail", "--output", OUTPUT)
SOURCES = {"athena": TABLE, "insights": (), "lake": ()}
STARTS = {"athena": "StartQueryExecution", "insights": "StartQuery", "lake": "StartQuery"}
PAGES = {"athena": "GetQueryResults", "insights": "GetQueryResults", "lake": "GetQueryResults"}
KILLS = 4


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return corpus(1300, start=START, hours=40, regions=REGIONS, data_share=0.2)


@pytest.fixture(scope="module")
def account(records: list[Record]) -> Iterator[SimulatedAccount]:
    with account_with_engines(records) as made:
        add_store(made.world)
        yield made


@pytest.fixture(autouse=True)
def fresh(account: SimulatedAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in environment(account).items():
        monkeypatch.setenv(name, value)
    session = session_of(account)
    try:
        describe_table(session, "trails", "cloudtrail")
    except NotFound:
        workplace = Workplace("trails", output=OUTPUT)
        make_table(session, workplace, "cloudtrail", LOCATION, [*REGIONS], wait=soon)
    yield
    account.faults.clear()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Case.create(tmp_path / "x.case").close()
    return tmp_path / "x.case"


def run(path: Path, source: str, *words: str) -> Result:
    return CliRunner().invoke(program, ["collect", str(path), source, *SOURCES[source], *words])


def ids(path: Path) -> list[str]:
    with Case.open(path) as case:
        return sorted(row.event_id for row in page(case, EventFilter(), limit=100_000).rows)


def expected(records: list[Record]) -> list[str]:
    return sorted(record["eventID"] for record in records)


@pytest.mark.parametrize("source", SOURCES)
def test_all_of_it_comes_and_its_cost_is_told(
    account: SimulatedAccount, path: Path, records: list[Record], source: str
) -> None:
    done = run(path, source, *SPAN, "--region", ",".join(REGIONS))
    assert done.exit_code == 0, done.output
    assert ids(path) == expected(records)
    assert "1,300 new events" in done.stderr
    assert "AWS read" in done.stderr
    assert "dollars" in done.stderr
    with Case.open(path) as case:
        assert {fetch.state for fetch in all_fetches(case)} <= {State.FETCHED, State.EMPTY}
        told = [one.what for one in journal.entries(case) if "scanned_bytes" in one.what]
        assert told[-1]["scanned_bytes"] > 0
        assert told[-1]["queries"]
    again = run(path, source, *SPAN, "--region", ",".join(REGIONS))
    assert "All of it is in the case already" in again.stderr


def test_all_three_together_give_each_event_once(
    account: SimulatedAccount, path: Path, records: list[Record]
) -> None:
    for source in SOURCES:
        done = run(path, source, *SPAN, "--region", ",".join(REGIONS))
        assert done.exit_code == 0, done.output
    assert ids(path) == expected(records)
    with Case.open(path) as case:
        rows = page(case, EventFilter(), limit=100_000).rows
        assert {row.sightings for row in rows} == {3}
        assert not any(row.conflict for row in rows)


@pytest.mark.parametrize("source", SOURCES)
def test_the_query_is_printed_and_nothing_is_asked(
    account: SimulatedAccount, path: Path, source: str
) -> None:
    mark = len(account.calls)
    words = ("--entity", "AKIAIOSFODNN7EXAMPLE", "--region", REGIONS[0], "--explain")
    done = run(path, source, *SPAN, *words)
    assert done.exit_code == 0, done.output
    assert "AKIAIOSFODNN7EXAMPLE" in done.stdout
    assert account.calls.of(STARTS[source], since=mark) == []
    with Case.open(path) as case:
        assert all_fetches(case) == []


@pytest.mark.parametrize("source", SOURCES)
def test_an_estimate_alone(account: SimulatedAccount, path: Path, source: str) -> None:
    mark = len(account.calls)
    done = run(path, source, *SPAN, "--region", REGIONS[0], "--estimate", "--format", "json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["source"] == source
    assert row["requests"] > 0
    with Case.open(path) as case:
        (entry,) = journal.entries(case, kinds=("collect",))
        assert (entry.what["estimated"], entry.what["requests"]) == (True, row["requests"])
    assert "prices of" in done.stderr
    assert account.calls.of(STARTS[source], since=mark) == []
    with Case.open(path) as case:
        assert all_fetches(case) == []


def test_a_dear_run_asks_first(
    account: SimulatedAccount, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trailtui.collect import prices

    dear = prices.Price("dear", 10_000_000.0, "GB", prices.GIB)
    monkeypatch.setattr("trailtui.collect.athena_estimate.ATHENA", dear)
    mark = len(account.calls)
    done = run(path, "athena", *SPAN, "--region", REGIONS[0])
    assert done.exit_code != 0
    assert account.calls.of("StartQueryExecution", since=mark) == []
    assert "dollars" in str(done.exception)
    done = run(path, "athena", *SPAN, "--region", REGIONS[0], "--yes")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("source", SOURCES)
def test_what_aws_refuses_is_told_and_ends_with_4(
    account: SimulatedAccount, path: Path, source: str
) -> None:
    service = {"athena": "athena", "insights": "logs", "lake": "cloudtrail"}[source]
    account.faults.add(service, STARTS[source], "access_denied", None)
    done = run(path, source, *SPAN, "--region", ",".join(REGIONS))
    assert getattr(done.exception, "exit_code", None) == 4, done.output
    assert "denied" in done.stderr
    for region in REGIONS:
        assert f"{account.number} {region}" in done.stderr


def _printed_policy(heading: str) -> str:
    """The policy under a heading of docs/permissions.md."""
    text = (Path(__file__).parents[2] / "docs/permissions.md").read_text("utf-8")
    part = text.split(f"\n### {heading}\n", 1)[1]
    return part.split("```json\n", 1)[1].split("```", 1)[0]


@pytest.mark.parametrize("source", SOURCES)
def test_the_printed_policy_is_enough(
    account: SimulatedAccount,
    path: Path,
    records: list[Record],
    source: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with account.unrecorded():
        user = Laboratory(account).user(f"only-{source}", _printed_policy(f"collect {source}"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", user.credential.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", user.credential.secret)
        done = run(path, source, *SPAN, "--region", ",".join(REGIONS))
    assert done.exit_code == 0, done.output + str(done.exception)
    assert ids(path) == expected(records)


def test_a_table_is_made_only_when_asked(account: SimulatedAccount, path: Path) -> None:
    words = ("--database", "trails", "--table", "made", "--output", OUTPUT, *SPAN)
    done = CliRunner().invoke(program, ["collect", str(path), "athena", *words])
    assert "there is no table trails.made" in str(done.exception)
    making = ("--create-table", "--location", LOCATION, "--region", REGIONS[0])
    done = CliRunner().invoke(program, ["collect", str(path), "athena", *words, *making])
    assert done.exit_code == 0, done.output + str(done.exception)
    assert "Made trails.made over s3://trail-logs/AWSLogs/." in done.stderr
    with Case.open(path) as case:
        made = [one.what["made"] for one in journal.entries(case) if "made" in one.what]
    assert [text.split("\n")[0].split(" (")[0] for text in made] == [
        "CREATE DATABASE IF NOT EXISTS `trails`",
        "CREATE EXTERNAL TABLE `trails`.`made`",
    ]
    done = CliRunner().invoke(program, ["collect", str(path), "athena", *words, *making])
    assert "is there already" in done.stderr


@pytest.mark.parametrize(
    ("source", "words", "what"),
    [
        ("athena", ("--create-table",), "--location"),
        ("athena", ("--where", "1=1) OR (1=1"), "one condition is expected"),
        ("insights", ("--entity", 'agent:a"b'), "safely"),
        ("lake", ("--event-data-store", "x"), "is no event data store"),
        ("lake", ("--account", "999999999999"), "holds events of"),
        ("insights", ("--account", "999999999999"), "holds events of"),
    ],
)
def test_what_makes_no_sense_is_said(
    account: SimulatedAccount, path: Path, source: str, words: tuple[str, ...], what: str
) -> None:
    mark = len(account.calls)
    done = run(path, source, *SPAN, *words)
    assert what in str(done.exception)
    assert account.calls.of(STARTS[source], since=mark) == []


@pytest.mark.parametrize("source", SOURCES)
def test_killed_at_random_moments_nothing_is_lost_doubled_or_fetched_again(
    account: SimulatedAccount, path: Path, records: list[Record], source: str
) -> None:
    chance = random.Random(11)
    words = ["collect", str(path), source, *SOURCES[source], *SPAN, "--region", ",".join(REGIONS)]
    kills, mark = 0, len(account.calls)
    account.world.engines.polls = 2

    def asked() -> int:
        called = account.calls.of(STARTS[source], since=mark)
        return len(called) + len(account.calls.of(PAGES[source], since=mark))

    while True:
        command = [sys.executable, "-m", "trailtui.cli", *words]
        process = subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.DEVNULL)
        wanted = asked() + chance.randrange(1, 5)
        while kills < KILLS and process.poll() is None and asked() < wanted:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.002)
        if kills < KILLS and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        if process.wait(100) == 0:
            break
    account.world.engines.polls = 1
    assert kills > 0
    assert ids(path) == expected(records)
    with Case.open(path) as case:
        assert all(fetch.state.whole for fetch in all_fetches(case))
        assert journal.verify(case).ok
        slices = len({fetch.unit.since_ms for fetch in all_fetches(case)})
    started = len(account.calls.of(STARTS[source], since=mark))
    # a kill costs what was on its way in each lane, and nothing that was stored
    assert started <= slices + kills * LANES
