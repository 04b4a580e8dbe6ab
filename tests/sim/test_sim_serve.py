"""The account as a process, and the judge from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.simulated import empty_account

CHECK = Path(__file__).parents[3] / "shared" / "checks" / "enforcement_of.py"


def _ask(url: str, wish: dict[str, Any] | None = None, *, post: bool = False) -> Any:
    body = json.dumps(wish).encode() if wish is not None else (b"" if post else None)
    with urlopen(Request(url, data=body)) as answer:
        return json.loads(answer.read())


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, "the account ended before it was ready"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return json.loads(path.read_text())


def _start(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "trailtui.sim.serve",
            "--folder",
            str(folder / "logs"),
            "--ready-file",
            str(folder / "ready.json"),
            "--until-stdin-closes",
            *more,
        ],
        stdin=subprocess.PIPE,
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("served")
    process = _start(folder)
    try:
        yield _wait_for(folder / "ready.json", process) | {"process": process}
    finally:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == 0


def test_it_writes_what_another_process_needs(served: dict[str, Any]) -> None:
    ready = Path(served["alert"]).with_name("ready.json")
    assert ready.stat().st_mode & 0o777 == 0o600
    files = list(Path(served["folder"]).rglob("*.json.gz"))
    assert files
    alert = json.loads(Path(served["alert"]).read_text())
    assert alert["detail"]["resource"]["accessKeyDetails"]["accessKeyId"] == served["leaked_key"]


def test_the_key_is_refused_once_the_responder_deactivated_it(served: dict[str, Any]) -> None:
    import boto3

    control = served["control"]
    attempt = f"{control}attacker/try?credential=key"
    assert _ask(attempt, post=True) == {"credential": "key", "allowed": True}
    session = served["responder"]["session"]
    iam = boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=served["endpoint"],
        aws_access_key_id=session["access_key_id"],
        aws_secret_access_key=session["secret_access_key"],
        aws_session_token=session["session_token"],
    )
    iam.update_access_key(
        UserName=served["user"], AccessKeyId=served["leaked_key"], Status="Inactive"
    )
    assert _ask(attempt, post=True) == {"credential": "key", "allowed": False}
    entry = next(e for e in _ask(f"{control}ledger") if e["id"] == served["leaked_key"])
    assert entry["usable"] is False
    assert "secret" not in json.dumps(entry)
    calls = _ask(f"{control}calls")
    assert [c["operation"] for c in calls if c["mutating"]][-1] == "UpdateAccessKey"
    delivered = _ask(f"{control}deliver", post=True)
    assert delivered and all(Path(path).is_file() for path in delivered)
    into_bucket = _ask(f"{control}deliver-to-bucket", {"trail": "meadow-trail"})
    assert into_bucket["files"] and into_bucket["digests"] == []
    assert _ask(f"{control}status")["attacker"]["key"] is False


def test_records_and_the_pace_come_from_outside_too(served: dict[str, Any]) -> None:
    control = served["control"]
    known = _ask(f"{control}status")["records"]
    record = {"eventTime": "2020-01-01T00:00:00Z", "eventName": "Adopted", "awsRegion": "eu-west-1"}
    assert _ask(f"{control}adopt", {"Records": [record]}) == {"adopted": 1}
    assert _ask(f"{control}records?since={known}") == [record]
    assert _ask(f"{control}pace", {"lookup_rate": 2}) == {"lookup_rate": 2.0}
    assert _ask(f"{control}pace", {"lookup_rate": None}) == {"lookup_rate": None}


def test_faults_can_be_played_from_outside(served: dict[str, Any]) -> None:
    control = served["control"]
    wish = {"service": "s3", "operation": "ListBuckets", "kind": "throttle"}
    chosen = {"times": 1, "region": "us-east-1", "every": 1, "after": 0, "where": {}}
    _ask(f"{control}faults", wish | chosen)
    mark = _ask(f"{control}status")["calls"]
    # The next call is the intruder's: a throttle is no refusal, and is told as an error.
    from urllib.error import HTTPError

    with pytest.raises(HTTPError) as failed:
        _ask(f"{control}attacker/try?credential=user-session", post=True)
    failed.value.close()
    (call,) = _ask(f"{control}calls?since={mark}")
    assert call["fault"] == "throttle"


def test_sigterm_ends_it(tmp_path: Path) -> None:
    process = _start(tmp_path, "--attacker-interval", "0.05", "--lookup-rate", "2")
    ready = _wait_for(tmp_path / "ready.json", process)
    assert _ask(f"{ready['control']}status")["lookup_rate"] == 2
    deadline = time.monotonic() + 20
    while None in _ask(f"{ready['control']}status")["attacker"].values():
        assert time.monotonic() < deadline, "the intruder does nothing"
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert process.stdin is not None
    process.stdin.close()


@pytest.mark.skipif(not CHECK.exists(), reason="the judge is not on this machine")
def test_the_judge_finds_nothing_wrong() -> None:
    with empty_account(seed=9) as account:
        iam = account.actor(account.root).client("iam")
        iam.create_user(UserName="admin")
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        iam.attach_user_policy(UserName="admin", PolicyArn=arn)
        key = iam.create_access_key(UserName="admin")["AccessKey"]
        command = [sys.executable, str(CHECK), account.endpoint]
        judged = subprocess.run(
            [*command, key["AccessKeyId"], key["SecretAccessKey"]],
            check=False,
            capture_output=True,
            text=True,
            timeout=110,
        )
    wrong = [line for line in judged.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong == []
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert judged.stdout.strip().endswith(" 0 wrong")
