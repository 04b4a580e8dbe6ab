"""`trailtui collect CASE s3` as it is typed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.collect.buckets import ACCOUNT, DAY, NOW, OTHER, Shelf, calls_of, kept, log_file
from tests.records import record
from tests.sim.corpus import corpus
from tests.sim.laboratory import ALLOW_ALL, Laboratory
from tests.simulated import empty_account, trail
from trailtui.case import journal
from trailtui.case.events import count
from trailtui.case.file import Case
from trailtui.cli.main import program
from trailtui.sim.account import SimulatedAccount

SPAN = ("--from", f"{NOW - DAY:%Y-%m-%d}", "--to", f"{NOW + timedelta(hours=1):%Y-%m-%dT%H:%MZ}")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedAccount]:
    with empty_account(at=NOW) as made:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", made.root.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made.root.secret)
        monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", made.endpoint)
        yield made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Case.create(tmp_path / "x.case").close()
    return tmp_path / "x.case"


def run(path: Path, *words: str) -> Result:
    return CliRunner().invoke(program, ["collect", str(path), "s3", *words])


def test_from_the_trails_with_no_word_about_the_bucket(
    account: SimulatedAccount, path: Path
) -> None:
    account.adopt(corpus(60, start=NOW - timedelta(hours=6), hours=5, data_share=0))
    trail(account, since=NOW - timedelta(hours=7), EnableLogFileValidation=False)
    account.deliver_to_bucket()
    done = run(path, *SPAN)
    assert done.exit_code == 0, done.output
    assert f"As arn:aws:iam::{ACCOUNT}:root ({ACCOUNT})" in done.stderr
    assert "Trail trail (us-east-1): s3://trail-logs/AWSLogs/, logging." in done.stderr
    assert "60 new events" in done.stderr
    with Case.open(path) as case:
        assert count(case) == 60
        kinds = case.connection.execute("SELECT DISTINCT kind FROM evidence ORDER BY kind")
        assert [kind for (kind,) in kinds] == ["answer", "records"]
        entries = [one for one in journal.entries(case) if one.kind == "collect"]
        assert entries[-1].what["finished"] is True
    with calls_of(account) as calls:
        again = run(path, *SPAN, "--trail", "trail")
    assert "All of it is in the case already" in again.stderr
    assert "GetObject" not in calls
    assert run(path, *SPAN, "--trail", "other").exception is not None


def _printed_policy(heading: str) -> str:
    """The policy under a heading of docs/permissions.md."""
    page = (Path(__file__).parents[2] / "docs/permissions.md").read_text("utf-8")
    part = page.split(f"\n### {heading}\n", 1)[1]
    return part.split("```json\n", 1)[1].split("```", 1)[0]


def test_the_printed_policy_is_enough(
    account: SimulatedAccount, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.adopt(corpus(40, start=NOW - timedelta(hours=3), hours=2, data_share=0))
    trail(account, since=NOW - timedelta(hours=4))
    account.deliver_to_bucket()
    collector = Laboratory(account).user("collector", _printed_policy("collect s3")).credential
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", collector.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", collector.secret)
    with calls_of(account) as calls:
        done = run(path, *SPAN)
    assert done.exit_code == 0, done.output
    assert "40 new events" in done.stderr
    assert "Note:" not in done.stderr
    assert {"DescribeRegions", "DescribeTrails", "GetTrailStatus", "GetObject"} < set(calls)


def test_accounts_and_regions_are_chosen_in_the_bucket(
    account: SimulatedAccount, path: Path
) -> None:
    shelf = Shelf(account)
    for whose in (ACCOUNT, OTHER):
        for region in ("us-east-1", "eu-west-1", "ap-south-1"):
            shelf.day(NOW, 1, root="AWSLogs/o-abcdefghij/", account=whose, region=region)
    words = ("--account", OTHER, "--region", "us-east-1,eu-west-1")
    done = run(path, "s3://logs", *SPAN, *words)
    assert done.exit_code == 0, done.output
    with Case.open(path) as case:
        assert len(kept(case)) == 2
        assert all(f"/{OTHER}/" in origin for origin in kept(case))


def test_a_day_in_the_address_needs_no_time(account: SimulatedAccount, path: Path) -> None:
    shelf = Shelf(account)
    key = shelf.day(NOW - 40 * DAY, 2)[0]
    folder, _, name = key.rpartition("/")
    assert run(path, f"s3://logs/{key}").exit_code == 0
    assert run(path, f"s3://logs/{folder}").exit_code == 0
    with Case.open(path) as case:
        assert len(kept(case)) == 2
        assert any(name in origin for origin in kept(case))


def test_an_estimate_collects_nothing(account: SimulatedAccount, path: Path) -> None:
    shelf = Shelf(account)
    for day in (NOW, NOW - DAY):
        shelf.day(day, 12)
    size = sum(map(len, shelf.bodies.values()))
    with calls_of(account) as calls:
        done = run(path, "s3://logs", *SPAN, "--estimate", "--format", "json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert (row["source"], row["requests"], row["bytes"]) == ("s3", 24 + 3, size)  # and a day more
    assert "list prices of" in done.stderr and "150 objects" in done.stderr
    assert "GetObject" not in calls
    with Case.open(path) as case:
        assert not case.connection.execute("SELECT count(*) FROM fetches").fetchone()[0]
        assert not kept(case)
        (entry,) = journal.entries(case, kinds=("collect",))
        assert (entry.what["estimated"], entry.what["bytes"]) == (True, size)
    run(path, "s3://logs", *SPAN)
    after = run(path, "s3://logs", *SPAN, "--estimate", "--again", "--format", "json")
    assert json.loads(after.stdout)[0]["bytes"] == 0


def test_refusals_end_with_exit_code_4(
    account: SimulatedAccount, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(account)
    keys = shelf.day(NOW, 3)
    account.faults.add("s3", "GetObject", "access_denied", None, where={"Key": keys[0]})
    command = [sys.executable, "-m", "trailtui.cli", "collect", str(path), "s3", "s3://logs", *SPAN]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "partial. 1 object could not be had" in done.stderr
    assert "did not come whole" in done.stderr
    with Case.open(path) as case:
        assert count(case) == 10
    nowhere = subprocess.run(
        [*command[:6], "s3://no-such-bucket"], capture_output=True, check=False
    )
    assert nowhere.returncode == 4


def test_a_folder_a_list_of_urls_and_nonsense(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs" / ACCOUNT / "CloudTrail" / "us-east-1" / f"{NOW:%Y/%m/%d}"
    folder.mkdir(parents=True)
    (folder / "x.json.gz").write_bytes(log_file(record(1)))
    done = run(path, str(tmp_path), *SPAN)
    assert done.exit_code == 0, done.output
    assert "1 new events" in done.stderr
    urls = tmp_path / "urls.txt"
    urls.write_text("# from a colleague\nftp://example.com/x\n")
    for where, words in (
        (str(urls), "line 2"),
        (str(tmp_path / "none"), "no such folder"),
        ("http://example.com/x", "https"),
        ("s3://", "no name of a bucket"),
    ):
        refused = run(path, where, *SPAN)
        assert words in str(refused.exception), where  # fmt: skip


KILLS = 5


def _kill_in_the_midst(command: list[str], account: SimulatedAccount, downloads: int) -> None:
    """Run a command until it has asked for so many objects, then kill it with -9."""
    mark = len(account.calls)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and len(account.calls.of("GetObject", since=mark)) < downloads:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_kill_at_any_moment_loses_and_doubles_nothing(
    account: SimulatedAccount, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(account)
    for day in (NOW, NOW - DAY):
        for region in ("us-east-1", "eu-west-1"):
            shelf.day(day, 90, region=region, per_file=20)
    account.faults.add("s3", "GetObject", "latency", None, seconds=0.02)
    command = [sys.executable, "-m", "trailtui.cli", "collect", str(path), "s3", "s3://logs", *SPAN]
    chance = random.Random(3)
    had = [0]
    for _ in range(KILLS):
        _kill_in_the_midst(command, account, chance.randrange(1, 120))
        with Case.open(path) as case:
            assert journal.verify(case).ok
            known = {origin.removeprefix("s3://logs/") for origin in kept(case)}
            had.append(len(known))
            assert count(case) == had[-1] * 20
    assert had == sorted(had)
    assert 0 < had[-1] < 360, had
    # by another key: what the killed ones had on their way is answered after their death, too
    other = Laboratory(account).user("other", ALLOW_ALL).credential
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", other.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", other.secret)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    asked = [entry.params["Key"] for entry in account.calls.of("GetObject", credential_id=other.id)]
    assert sorted(asked) == sorted(shelf.bodies.keys() - known)
    with Case.open(path) as case:
        assert (count(case), len(kept(case))) == (7200, 360)
        assert case.connection.execute("SELECT count(*) FROM sightings").fetchone() == (0,)
        assert journal.verify(case).ok
    command.append("--again")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert len(account.calls.of("GetObject", credential_id=other.id)) == len(asked)
