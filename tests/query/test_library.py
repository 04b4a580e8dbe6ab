"""The library: the format's rules with their lines, the shipped queries over records."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.query.engines import Engines, load
from tests.records import record
from tests.simulated import simulated_account
from trailtui.case.file import Case
from trailtui.case.journal import entries, verify
from trailtui.collect.files import collect_files
from trailtui.model.errors import InputError
from trailtui.query.library import (
    Query,
    check_file,
    find_query,
    load_queries,
    read_parameters,
    run_query,
)
from trailtui.query.result import Result
from trailtui.sim.incidents.stolen_key import StolenKey

GOOD = """\
name: one
title: One question
phase: triage
description: What there is to be asked.
attack: [T1078.004]
parameters:
  since: {type: time, default: -24h}
  key: {type: access_key, required: false}
sql: |
  SELECT eventName FROM events WHERE eventTime > :since
look_for: Anything that stands out.
good: Nothing that stands out.
"""

NAMES = {
    "access-denied-bursts", "access-keys-made-and-changed", "agent-activity", "assume-role-denied",
    "assumed-roles", "bedrock-use", "bucket-access-patterns", "bucket-configuration-changes",
    "changes-per-service", "commands-and-sessions-on-instances", "compute-started",
    "console-sign-ins", "console-sign-ins-from-new-addresses", "console-sign-ins-without-mfa",
    "containers-and-clusters", "created-principals-and-keys", "cross-account-access",
    "databases-shared-or-deleted", "days-without-events", "deletions",
    "detector-and-recorder-changes", "email-sending-changes", "enumeration", "errors-by-code",
    "errors-by-principal", "events-per-hour", "failed-console-sign-ins", "iam-changes",
    "iam-policy-changes", "instance-credentials-elsewhere", "instance-user-data-changes",
    "ip-activity", "key-activity", "key-calls-by-service", "key-data-access", "key-errors",
    "key-first-and-last-seen", "key-iam-changes", "key-issued-credentials", "key-source-addresses",
    "kms-key-changes", "kms-use", "lambda-changes", "log-tampering", "login-profiles-and-mfa",
    "mass-actions", "network-changes", "new-addresses-of-principals", "new-user-agents",
    "object-access-by-principal", "organisation-changes", "principal-activity",
    "principal-credentials", "principals-first-and-last-seen", "privilege-escalation",
    "public-or-shared-resources", "regions-never-used-before", "regions-used", "resource-activity",
    "role-session-activity", "root-use", "secrets-and-parameters-read", "security-group-changes",
    "service-activity", "service-quotas-and-marketplace", "sessions-issued",
    "sessions-of-a-credential", "snapshots-and-images-shared", "support-access", "tls-versions",
    "top-talkers", "trust-policy-changes",
}  # fmt: skip


def _write(folder: Path, text: str, name: str = "one") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_becomes_a_query(tmp_path: Path) -> None:
    checked = check_file(_write(tmp_path, GOOD))
    assert checked.complaints == []
    assert checked.query is not None
    assert [p.name for p in checked.query.parameters] == ["since", "key"]
    assert [p.required for p in checked.query.parameters] == [False, False]
    assert load_queries([tmp_path])["one"].sha256 == checked.query.sha256


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ("title: One question", "titel: One question", 2, "titel", "name, title, phase"),
        ("phase: triage", "phase: panic", 3, "phase", "alert, triage, timeline"),
        ("attack: [T1078.004]", "attack: [phishing]", 5, "attack.0", "T1078"),
        ("attack: [T1078.004]", "attack: T1078", 5, "attack", "a list of ATT&CK"),
        ("type: time", "type: moment", 7, "parameters.since.type", "text, time, access_key"),
        ("default: -24h", "default: lately", 7, "parameters.since.default", "-24h"),
        ("required: false", "required: perhaps", 8, "parameters.key.required", "true or false"),
        ("name: one", "name: two", 1, "name", "one"),
        ("good: Nothing that stands out.\n", "", 1, "", "'good' is a required property"),
        ("phase: triage", "phase: triage\nphase: scope", 4, "phase", "twice"),
        ("title: One question", "title: [unclosed", 3, "", "no YAML"),
        ("attack: [T1078.004]", "attack: &a [*a]", 0, "", "references"),
        ("title: One question", "title: !!python/object/apply:os.system [ls]", 0, "", ""),
    ],
)
def test_a_complaint_names_line_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, line: int, key: str, says: str
) -> None:
    assert old in GOOD
    checked = check_file(_write(tmp_path, GOOD.replace(old, new)))
    assert checked.query is None
    found = [
        complaint
        for complaint in checked.complaints
        if complaint.key == key and says in str(complaint) and (not line or complaint.line == line)
    ]
    assert found, [str(complaint) for complaint in checked.complaints]
    with pytest.raises(InputError, match=r"one\.yaml"):
        load_queries([tmp_path])


def test_all_complaints_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("phase: triage", "phase: x").replace("type: time", "type: y")
    assert len(check_file(_write(tmp_path, text)).complaints) == 2


def test_what_is_no_query_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"- a\n", b"\xff\xfe", b"a" * 300_000, b"just words"):
        path = tmp_path / "bad.yaml"
        path.write_bytes(content)
        assert check_file(path).complaints, content[:20]


def test_parameters_are_read_by_their_type() -> None:
    query = find_query("access-denied-bursts")
    values = read_parameters(query, {"since": "-24h"}, present_ms=1_700_000_000_000)
    assert values["since"] == datetime(2023, 11, 13, 22, 13, 20, tzinfo=UTC)
    assert values["until"] is None
    assert values["at_least"] == 10
    with pytest.raises(InputError, match="no parameter 'sinse'"):
        read_parameters(query, {"sinse": "-24h"})
    with pytest.raises(InputError, match="at_least"):
        read_parameters(query, {"at_least": "many"})
    with pytest.raises(InputError, match="needs a value for 'key'"):
        read_parameters(find_query("key-activity"), {})
    with pytest.raises(InputError, match="is no value for 'key'"):
        read_parameters(find_query("key-activity"), {"key": "' OR 1=1 --"})
    with pytest.raises(InputError, match="Did you mean key-activity"):
        find_query("key-activty")


def test_the_shipped_names_are_all_there() -> None:
    assert set(load_queries()) == NAMES


def _values(query: Query) -> dict[str, str]:
    given = {
        "key": "AKIAEXAMPLEALICE0000", "principal": "alice", "ip": "198.51.100.7",
        "agent": "aws-cli", "resource": "bucket-1", "role": "deploy",
        "service": "iam.amazonaws.com",
    }  # fmt: skip
    return {p.name: given[p.name] for p in query.parameters if p.required}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_shipped_query_is_complete_and_runs(
    engines: Engines, real_engines: Engines, name: str
) -> None:
    query = find_query(name)
    assert len(query.look_for) > 40
    assert len(query.good) > 20
    assert {"since", "until"} <= {p.name for p in query.parameters}
    whole = run_query(engines.case, name, _values(query))
    window = {"since": "2026-03-01", "until": "2026-03-02"}
    part = run_query(engines.case, name, {**_values(query), **window})
    nothing = run_query(engines.case, name, {**_values(query), "until": "1999-01-01"})
    assert len(nothing.rows) == 0 <= len(part.rows) <= len(whole.rows)
    assert "400 events" in nothing.looked_at
    assert run_query(real_engines.case, name, _values(query)).looked_at


@pytest.mark.parametrize(
    ("name", "parameters", "least"),
    [
        ("secrets-and-parameters-read", {}, 40),
        ("log-tampering", {}, 20),
        ("created-principals-and-keys", {}, 20),
        ("console-sign-ins", {}, 1),
        ("compute-started", {}, 20),
        ("public-or-shared-resources", {}, 10),
        ("deletions", {}, 30),
        ("assumed-roles", {}, 10),
        ("agent-activity", {"agent": "stratus-red-team"}, 200),
        ("principal-activity", {"principal": "christophe"}, 100),
        ("console-sign-ins-without-mfa", {}, 1),
        ("iam-policy-changes", {}, 15),
        ("privilege-escalation", {}, 25),
        ("trust-policy-changes", {}, 3),
        ("login-profiles-and-mfa", {}, 8),
        ("access-keys-made-and-changed", {}, 4),
        ("assume-role-denied", {}, 3),
        ("security-group-changes", {}, 6),
        ("network-changes", {}, 8),
        ("bucket-configuration-changes", {}, 5),
        ("snapshots-and-images-shared", {}, 7),
        ("databases-shared-or-deleted", {}, 10),
        ("lambda-changes", {}, 6),
        ("instance-user-data-changes", {}, 20),
        ("commands-and-sessions-on-instances", {}, 40),
        ("instance-credentials-elsewhere", {}, 1),
        ("detector-and-recorder-changes", {}, 15),
        ("bedrock-use", {}, 8),
        ("email-sending-changes", {}, 8),
        ("organisation-changes", {}, 2),
        ("service-quotas-and-marketplace", {}, 4),
        ("containers-and-clusters", {}, 4),
        ("enumeration", {"at_least": "10"}, 1),
        ("sessions-issued", {}, 10),
        ("kms-key-changes", {}, 1),
        ("support-access", {}, 1),
    ],
)
def test_shipped_queries_find_real_attacks(
    real_engines: Engines, name: str, parameters: dict[str, str], least: int
) -> None:
    assert len(run_query(real_engines.case, name, parameters).rows) >= least


def test_every_question_is_written_down(case: Case) -> None:
    load(case, [record(1)])
    result = run_query(case, "key-activity", {"key": "AKIAEXAMPLEALICE0000", "since": None})
    assert len(result.rows) == 1
    written = entries(case, kinds=["query"])[-1].what
    assert written["name"] == "key-activity"
    assert written["parameters"] == {
        "key": "AKIAEXAMPLEALICE0000", "since": None, "until": None,
    }  # fmt: skip
    assert (written["rows"], written["truncated"]) == (1, False)
    assert written["sha256"] == find_query("key-activity").sha256
    assert verify(case).ok


class _Scene:
    """The played incident, its log files in a case, and one way to ask."""

    def __init__(self, incident: StolenKey, case: Case) -> None:
        self.incident = incident
        self.case = case

    def ask(self, name: str, **parameters: str) -> Result:
        return run_query(self.case, name, parameters)

    def column(self, result: Result, name: str) -> list[object]:
        at = result.columns.index(name)
        return [row[at] for row in result.rows]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Scene]:
    folder = tmp_path_factory.mktemp("scene")
    with simulated_account(seed=3, hours=6) as incident:
        incident.account.deliver(folder / "logs")
        with Case.create(folder / "scene.case") as case:
            collect_files(case, [str(folder / "logs")])
            yield _Scene(incident, case)


def test_the_key_leads_to_everything_that_was_made_with_it(scene: _Scene) -> None:
    key = scene.incident.leaked_key
    held = scene.incident.attacker.credentials()
    issued = scene.column(scene.ask("key-issued-credentials", key=key), "credential")
    for word in ("second-key", "user-session", "role-session"):
        assert held[word].id in issued
    assumed = scene.ask("assumed-roles", key=key)
    assert held["role-session"].id in scene.column(assumed, "sessionKey")
    made = scene.ask("created-principals-and-keys")
    assert scene.incident.backdoor_user in scene.column(made, "target")
    assert held["backdoor-key"].id in scene.column(made, "newKey")


def test_the_intruder_stands_out(scene: _Scene) -> None:
    incident = scene.incident
    addresses = scene.ask("key-source-addresses", key=incident.leaked_key)
    assert incident.attacker_addresses[0] in scene.column(addresses, "sourceIPAddress")
    tampering = scene.ask("log-tampering")
    assert {"StopLogging", "DeleteTrail"} <= set(scene.column(tampering, "eventName"))
    assert set(scene.column(tampering, "errorCode")) == {"AccessDenied"}
    bursts = scene.ask("access-denied-bursts", at_least="5")
    assert incident.attacker_addresses[0] in scene.column(bursts, "sourceIPAddress")
    started = scene.ask("compute-started")
    assert "RunInstances" in scene.column(started, "eventName")
    sessions = scene.ask("role-session-activity", role=incident.role)
    held = incident.attacker.credentials()["role-session"].id
    assert held in scene.column(sessions, "accessKeyId")
    by_agent = scene.ask("agent-activity", agent=incident.attacker_user_agent)
    assert set(scene.column(by_agent, "sourceIPAddress")) <= set(incident.attacker_addresses)
    touched = scene.ask("resource-activity", resource=incident.backdoor_user)
    assert {"CreateUser", "CreateAccessKey"} <= set(scene.column(touched, "eventName"))
