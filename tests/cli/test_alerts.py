"""From the alert that woke somebody to a case, by the command line."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.detect import samples
from tests.detect.account import NOON, add_guardduty
from tests.sim.laboratory import Laboratory
from tests.simulated import empty_account
from trailtui.cli.main import main
from trailtui.model.times import format_utc

Trailtui = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trailtui(capsys: pytest.CaptureFixture[str]) -> Trailtui:
    """Runs the program; gives exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def alert(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes an alert into a file."""

    def write(value: Any, name: str = "alert.json") -> Path:
        path = tmp_path / name
        path.write_bytes(value if isinstance(value, bytes) else samples.document(value))
        return path

    return write


def rows(trailtui: Trailtui, *arguments: object) -> list[dict[str, Any]]:
    code, out, err = trailtui(*arguments, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def window(home: Path, case: str) -> tuple[int, int]:
    with sqlite3.connect(home / f"{case}.case") as connection:
        (text,) = connection.execute("SELECT value FROM settings WHERE key = 'window'").fetchone()
    found = json.loads(text)
    return found["since_ms"], found["until_ms"]


@pytest.mark.parametrize("shape", samples.FINDINGS)
def test_a_finding_opens_a_case_with_entities_window_and_playbook(
    trailtui: Trailtui, alert: Callable[[Any], Path], home: Path, shape: str
) -> None:
    path = alert(samples.notification(samples.FINDINGS[shape]()))
    code, out, err = trailtui("new", "c", "--alert", path)
    assert (code, out) == (0, "")
    assert "Playbook compromised-access-key is started" in err
    assert f"names the credential {samples.KEY}" in err
    hour = 3_600_000
    assert window(home, "c") == (samples.FIRST_MS - 24 * hour, samples.LAST_MS + hour)
    (row,) = rows(trailtui, "findings", "c")
    assert row["type"] == samples.guardduty()["type"]
    assert f"credential {samples.KEY}" in row["names"]
    assert row["position"].startswith("Message")
    with sqlite3.connect(home / "c.case") as connection:
        ((inputs,),) = connection.execute("SELECT inputs FROM playbook_runs").fetchall()
    assert json.loads(inputs)["access_key"] == samples.KEY


@pytest.mark.parametrize("shape", samples.ALARMS)
def test_an_alarm_opens_a_case_with_its_time_and_playbook(
    trailtui: Trailtui, alert: Callable[[Any], Path], home: Path, shape: str
) -> None:
    code, _, err = trailtui("new", "c", "--alert", alert(samples.ALARMS[shape]()))
    assert code == 0
    assert "Playbook metric-alarm is started" in err
    assert "an alarm names nobody" in err
    since, until = window(home, "c")
    assert f"look from {format_utc(since)} to {format_utc(until)}" in err


def test_what_was_given_goes_before_what_the_finding_says(
    trailtui: Trailtui, alert: Callable[[Any], Path], home: Path
) -> None:
    path = alert(samples.guardduty())
    arguments = ("--from", "2026-02-20", "--playbook", "metric-alarm", "--ip", "192.0.2.1")
    code, _, err = trailtui("new", "c", "--alert", path, *arguments)
    assert code == 0
    assert "Playbook metric-alarm is started" in err
    assert "compromised-access-key" not in err
    assert window(home, "c") == (1771545600000, samples.LAST_MS + 3_600_000)
    given = {row["value"]: row["verdict"] for row in rows(trailtui, "entities", "c", "ip")}
    assert given == {}  # none occurs in events yet
    with sqlite3.connect(home / "c.case") as connection:
        named = connection.execute("SELECT value FROM entities WHERE kind = 'ip'").fetchall()
    assert sorted(named) == [("192.0.2.1",), (samples.ATTACKER,)]


def test_without_a_playbook_that_fits_it_says_so_and_names_those_there_are(
    trailtui: Trailtui, alert: Callable[[Any], Path]
) -> None:
    path = alert(samples.guardduty(type="Backdoor:EC2/DenialOfService.Udp"))
    code, _, err = trailtui("new", "c", "--alert", path)
    assert code == 0
    assert "No playbook answers this. There are: " in err
    assert "compromised-access-key" in err


def test_a_playbook_that_lacks_an_input_is_not_started_and_says_why(
    trailtui: Trailtui, alert: Callable[[Any], Path]
) -> None:
    made = samples.guardduty()
    made["resource"]["accessKeyDetails"]["accessKeyId"] = "GeneratedFindingAccessKeyId"
    code, _, err = trailtui("new", "c", "--alert", alert(made))
    assert code == 0
    assert "is not started: it needs access_key, and it names none" in err
    assert "'GeneratedFindingAccessKeyId' is kept as text" in err
    code, _, err = trailtui("run", "c")
    assert code == 3


@pytest.mark.parametrize("value", [{"a": 1}, {"Findings": []}, b"no json", b"[" * 9000])
def test_a_malformed_alert_is_refused_and_makes_no_case(
    trailtui: Trailtui, alert: Callable[[Any], Path], home: Path, value: Any
) -> None:
    code, _, err = trailtui("new", "c", "--alert", alert(value))
    assert code == 3
    assert "alert.json" in err
    assert list(home.glob("c.case*")) == []


def test_an_existing_case_is_not_touched(
    trailtui: Trailtui, alert: Callable[[Any], Path], home: Path
) -> None:
    path = alert(samples.guardduty())
    assert trailtui("new", "c", "--alert", path)[0] == 0
    code, _, err = trailtui("new", "c", "--alert", path)
    assert code == 3
    assert "exists already" in err
    assert len(rows(trailtui, "findings", "c")) == 1


def test_hostile_texts_are_harmless_on_the_terminal(
    trailtui: Trailtui, alert: Callable[[Any], Path]
) -> None:
    made = samples.guardduty(title="\x1b]52;c;aGk=\x07[/x]\u202e", id="\x1b[2J")
    made["service"]["action"]["awsApiCallAction"]["userAgent"] = "a\x1b[31mb"
    code, _, err = trailtui("new", "c", "--alert", alert(made))
    assert code == 0
    shown = err + "".join(
        trailtui("findings", "c", "--format", output)[1] for output in ("table", "csv", "json")
    )
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_mixture_tells_what_was_not_read_and_keeps_it_in_the_case(
    trailtui: Trailtui, alert: Callable[[Any], Path]
) -> None:
    path = alert([samples.guardduty(), {"a": 1}])
    code, _, err = trailtui("new", "c", "--alert", path)
    assert code == 0
    assert "Not read: [1]: has no shape of a finding that is known" in err
    (problem,) = rows(trailtui, "coverage", "c", "--show", "problems")
    assert problem["reason"].startswith("[1]: has no shape")


def test_one_finding_in_full(trailtui: Trailtui, alert: Callable[[Any], Path]) -> None:
    trailtui("new", "c", "--alert", alert(samples.guardduty()))
    code, out, _ = trailtui("findings", "c", "--show", 1)
    assert code == 0
    assert json.loads(out)["details"]
    assert trailtui("findings", "c", "--show", 9)[0] == 3


def test_later_findings_join_and_the_window_grows(
    trailtui: Trailtui, alert: Callable[..., Path], home: Path
) -> None:
    trailtui("new", "c", "--alert", alert(samples.guardduty()))
    before = window(home, "c")
    later = samples.instance_credentials() | {"id": "another"}
    later["service"] |= {"eventLastSeen": "2026-03-05T00:00:00Z"}
    later["updatedAt"] = "2026-03-05T00:10:00Z"
    path = alert(samples.event(later), "later.json")
    code, out, err = trailtui("collect", "c", "findings", path)
    assert (code, out) == (0, "")
    assert "1 new findings, 0 updates, 0 known already" in err
    assert "The time window grew: 2026-02-28T08:00:00Z to 2026-03-01T09:40:00Z" in err
    assert window(home, "c") == (before[0], 1772672400000)
    assert [row["version"] for row in rows(trailtui, "findings", "c")] == ["1 of 1", "1 of 1"]
    assert f"credential {samples.SESSION_KEY}" in rows(trailtui, "findings", "c")[1]["names"]
    code, _, err = trailtui("collect", "c", "findings", path)
    assert code == 0
    assert "0 new findings, 0 updates, 1 known already; 0 new entities" in err
    assert len(rows(trailtui, "findings", "c")) == 2
    logged = [row["kind"] for row in rows(trailtui, "log", "c")]
    assert logged.count("findings") == 2
    assert trailtui("log", "c", "--verify")[0] == 0


def test_an_update_is_another_version_of_the_finding(
    trailtui: Trailtui, alert: Callable[..., Path]
) -> None:
    trailtui("new", "c", "--alert", alert(samples.guardduty()))
    update = samples.guardduty(updatedAt="2026-03-01T15:00:00Z", severity=8)
    code, _, err = trailtui("collect", "c", "findings", alert(update, "update.json"))
    assert code == 0
    assert "0 new findings, 1 updates" in err
    (row,) = rows(trailtui, "findings", "c")
    assert (row["version"], row["severity"]) == ("2 of 2", "high")
    assert len(rows(trailtui, "findings", "c", "--all")) == 2


def test_the_same_update_by_another_way_is_known(
    trailtui: Trailtui, alert: Callable[..., Path]
) -> None:
    trailtui("new", "c", "--alert", alert(samples.event(samples.guardduty())))
    api = alert({"Findings": [samples.as_api(samples.guardduty())]}, "api.json")
    code, _, err = trailtui("collect", "c", "findings", api)
    assert code == 0
    assert "0 new findings, 0 updates, 1 known already" in err


def test_a_malformed_document_leaves_the_case_as_it_was(
    trailtui: Trailtui, alert: Callable[..., Path]
) -> None:
    trailtui("new", "c", "--alert", alert(samples.guardduty()))
    before = rows(trailtui, "log", "c")
    code, _, err = trailtui("collect", "c", "findings", alert({"a": 1}, "bad.json"))
    assert code == 3
    assert "has no shape of a finding that is known" in err
    assert rows(trailtui, "log", "c") == before


def test_a_file_and_a_question_don_t_go_together(
    trailtui: Trailtui, alert: Callable[..., Path]
) -> None:
    path = alert(samples.guardduty())
    trailtui("new", "c", "--alert", path)
    assert trailtui("collect", "c", "findings", path, "--guardduty")[0] == 2


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    """The simulated account, with this process's credentials its root's."""
    with empty_account(seed=3, at=NOON) as account:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.root.id)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", account.root.secret)
        monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", account.endpoint)
        yield Laboratory(account)


DAY = ("--from", "2026-03-01", "--to", "2026-03-01T12:00:00Z")


def test_from_the_api_of_every_region(trailtui: Trailtui, lab: Laboratory) -> None:
    add_guardduty(lab, 1)
    add_guardduty(lab, 2, "eu-west-1")
    trailtui("new", "c")
    code, out, err = trailtui("collect", "c", "findings", "--guardduty", *DAY)
    assert (code, out) == (0, "")
    assert "2 new findings, 0 updates, 0 known already" in err
    assert "not-enabled. GuardDuty has no detector here" in err
    assert {row["id"] for row in rows(trailtui, "findings", "c")} == {f"{1:032x}", f"{2:032x}"}
    called = lab.account.calls.of("ListFindings")
    assert {call.region for call in called} == {"us-east-1", "eu-west-1"}
    assert all("collect/findings" in call.user_agent for call in called)
    who = next(row["aws"] for row in rows(trailtui, "log", "c") if row["kind"] == "findings")
    assert who


def test_where_aws_refuses_the_exit_code_is_4_and_the_rest_is_there(
    trailtui: Trailtui, lab: Laboratory
) -> None:
    add_guardduty(lab, 1)
    add_guardduty(lab, 2, "eu-west-1")
    lab.account.faults.add(
        "guardduty", "ListFindings", "access_denied", times=9, region="eu-west-1"
    )
    trailtui("new", "c")
    regions = ("--region", "us-east-1,eu-west-1")
    code, _, err = trailtui("collect", "c", "findings", "--guardduty", *regions, *DAY)
    assert code == 4
    assert "guardduty in eu-west-1: denied" in err
    assert len(rows(trailtui, "findings", "c")) == 1
