"""Coverage of what was really collected: a bucket and the event history, side by side."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.records import ACCOUNT
from tests.sim.corpus import corpus
from tests.simulated import empty_account, trail
from trailtui.case.file import Case
from trailtui.cli.main import program
from trailtui.sim.account import SimulatedAccount

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - 2 * DAY
"""Of late, as LookupEvents keeps 90 days, and all deliveries are over."""
SPAN = (
    "--from", f"{NOW - DAY:%Y-%m-%dT00:00:00Z}", "--to", f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
    "--region", "us-east-1",
)  # fmt: skip


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


def collected(path: Path, source: str) -> None:
    done = CliRunner().invoke(program, ["collect", str(path), source, *SPAN, "--yes"])
    assert done.exit_code == 0, done.output


def shown(path: Path, kind: str) -> list[dict[str, Any]]:
    words = ["coverage", str(path), "--show", kind, "--format", "json"]
    return json.loads(CliRunner().invoke(program, words).stdout)


def take_out_of_its_file(account: SimulatedAccount, event_id: str) -> None:
    """What an intruder with access to the bucket does: write the file anew without the event."""
    s3 = account.actor(account.root).client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="trail-logs"):
        for listed in page.get("Contents", []):
            body = s3.get_object(Bucket="trail-logs", Key=listed["Key"])["Body"].read()
            records = json.loads(gzip.decompress(body)).get("Records", [])
            left = [one for one in records if one["eventID"] != event_id]
            if len(left) < len(records):
                put = gzip.compress(json.dumps({"Records": left}).encode())
                s3.put_object(Bucket="trail-logs", Key=listed["Key"], Body=put)
                return
    raise AssertionError("no file has it")


def delivered(account: SimulatedAccount) -> list[dict[str, Any]]:
    """Eight hours of events, and a trail that has written them into its bucket."""
    records = corpus(
        80, start=NOW - timedelta(hours=14), hours=8, regions=("us-east-1",), data_share=0,
        insight_share=0,
    )  # fmt: skip
    account.adopt(records)
    trail(account, since=NOW - DAY)
    account.deliver_to_bucket()
    return records


def test_what_files_and_history_agree_on_is_no_lead(account: SimulatedAccount, path: Path) -> None:
    delivered(account)
    collected(path, "s3")
    collected(path, "lookup")
    assert shown(path, "leads") == []


def test_an_event_taken_out_of_its_log_file_is_a_lead(
    account: SimulatedAccount, path: Path
) -> None:
    gone = delivered(account)[40]["eventID"]
    take_out_of_its_file(account, gone)
    collected(path, "s3")
    collected(path, "lookup")
    (lead,) = shown(path, "leads")
    assert (lead["kind"], lead["event"]) == ("missing-from-files", gone)
    assert lead["sure"].startswith("strong")


def test_while_the_trail_was_stopped_nothing_is_a_lead(
    account: SimulatedAccount, path: Path
) -> None:
    trail(account, since=NOW - DAY)
    root = account.actor(account.root)
    cloudtrail = root.client("cloudtrail", "us-east-1")
    for hours_ago, call in ((10, cloudtrail.stop_logging), (6, cloudtrail.start_logging)):
        account.clock.set(NOW - timedelta(hours=hours_ago))
        call(Name="trail")
    account.clock.set(NOW)
    records = corpus(
        60, start=NOW - timedelta(hours=9), hours=2, regions=("us-east-1",), data_share=0,
        insight_share=0,
    )  # fmt: skip
    account.adopt(records)
    account.deliver_to_bucket()
    collected(path, "s3")
    collected(path, "lookup")
    assert shown(path, "leads") == []
    spans = [row for row in shown(path, "gaps") if row["source"] == "trail trail"]
    assert any("StopLogging" in row["detail"] for row in spans)  # by the event
    assert any("as AWS said" in row["detail"] for row in spans)  # by the trail's status
    of_s3 = [row for row in shown(path, "hours") if row["source"] == "s3"]
    assert any(row["state"] == "not-logged" for row in of_s3)
    looked = [row for row in shown(path, "hours") if row["source"] == "lookup"]
    assert sum(row["events"] for row in looked if not row["filter"]) >= len(records)
    assert all(row["account"] == ACCOUNT for row in looked)
