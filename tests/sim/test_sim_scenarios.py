"""The five incidents: played alike by a seed, told by their alerts, and intruders who answer."""

from __future__ import annotations

import json
from configparser import ConfigParser
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from tests.sim.laboratory import DENY_ALL, NOON
from tests.simulated import simulated_account
from trailtui.cli import demo as demo_module
from trailtui.cli.demo import demo
from trailtui.detect.intake import read_alert
from trailtui.sim import serve
from trailtui.sim.incidents import INCIDENTS
from trailtui.sim.incidents.incident import Incident
from trailtui.sim.scenarios import SCENARIOS, WORDS, what

TELLING = {
    "stolen-key": {"CreateAccessKey", "GetSessionToken", "AssumeRole", "CreateUser"},
    "console-user": {"ConsoleLogin", "CreateLoginProfile", "SwitchRole", "CreateUser"},
    "role-chain": {"AssumeRole", "CreateUser", "UpdateAssumeRolePolicy", "GetObject"},
    "instance-credentials": {"StartSession", "CreateFunction20150331", "GetObject", "CreateUser"},
    "log-tampering": {
        "PutEventSelectors",
        "StopLogging",
        "DeleteTrail",
        "PutBucketPolicy",
        "PutBucketEncryption",
        "PutBucketLifecycle",
        "DeleteObject",
        "GetFederationToken",
    },
}
"""What has to be among the calls that were allowed."""


def test_every_scenario_is_told_and_played() -> None:
    assert set(SCENARIOS) == set(INCIDENTS) == set(TELLING)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_scenario_as_it_is_told_played_and_answered(name: str) -> None:
    """One test, as each play takes a second or two."""
    with simulated_account(incident=name, ends_at=NOON, hours=3) as incident:
        the_story_the_alert_and_the_ledger_agree(name, incident)
        first = json.dumps(incident.account.records, default=str)
    with simulated_account(incident=name, ends_at=NOON, hours=3) as again:
        assert json.dumps(again.account.records, default=str) == first
        the_intruder_makes_new_credentials_with_what_still_works(again)


def the_story_the_alert_and_the_ledger_agree(name: str, incident: Incident) -> None:
    account = incident.account
    times = [record["eventTime"] for record in account.records]
    assert times == sorted(times)
    calls = {r["eventName"] for r in account.records if not r.get("errorCode")}
    assert calls >= TELLING[name]
    assert all(account.ledger.usable(one) for one in incident.attacker_credentials.values())
    assert set(incident.attacker_credentials) <= set(WORDS)
    held = set(incident.attacker_credentials.values())
    assert held == {incident.leaked_key, *incident.came_out()}
    (finding,) = read_alert(json.dumps(incident.alert()).encode()).findings
    named = {entity.value for entity in finding.entities}
    assert {incident.alerted_credential.id, incident.attacker_addresses[0]} <= named


def the_intruder_makes_new_credentials_with_what_still_works(incident: Incident) -> None:
    before = set(incident.attacker.held)
    made = incident.attacker.react()
    assert made
    assert set(incident.attacker.held) == {*before, *made}
    assert all(incident.attacker.state()[word] for word in made)
    assert incident.came_out() >= {
        incident.attacker_credentials[word] for word in incident.attacker.made
    }
    for _ in range(4):
        incident.attacker.react()
    assert len(incident.attacker.made) <= incident.attacker.habits.patience
    assert all(what(word).startswith("what it got since") for word in made)


def test_an_intruder_with_nothing_that_works_makes_nothing() -> None:
    with simulated_account(ends_at=NOON, hours=3) as incident:
        account = incident.account
        iam = account.actor(account.root).client("iam")
        deny = DENY_ALL
        for user in (incident.user, incident.backdoor_user):
            iam.put_user_policy(UserName=user, PolicyName="deny", PolicyDocument=deny)
        iam.put_role_policy(RoleName=incident.role, PolicyName="deny", PolicyDocument=deny)
        mark = len(account.calls)
        control = f"{account.endpoint}/_sim/attacker/react"
        with urlopen(Request(control, data=b"")) as answer:
            told = json.loads(answer.read())
        assert told["new"] == []
        assert set(told["attacker"].values()) == {False}
        assert account.calls.mutating(since=mark) == []


def test_who_responds_in_a_second_account_gets_a_profile(tmp_path: Path) -> None:
    with simulated_account(incident="role-chain", ends_at=NOON, hours=3) as incident:
        ready = serve.what_is_ready(incident, tmp_path / "logs", tmp_path / "alert.json")
        assert ready["alerted_key"] == incident.alerted_credential.id
        path = demo_module.write_profiles(ready)
        assert path.parent == tmp_path
        assert path.stat().st_mode & 0o777 == 0o600
        profiles = ConfigParser()
        profiles.read(path)
        (account,) = incident.elsewhere
        session = incident.elsewhere[account].session
        given = profiles[f"account-{account}"]
        assert given["aws_access_key_id"] == session.id
        assert given["aws_session_token"] == session.token
        assert incident.account.ledger[session.id].principal.split(":")[4] == account


def test_demo_lists_the_scenarios_and_refuses_others() -> None:
    listed = CliRunner().invoke(demo, ["--list"])
    assert listed.exit_code == 0
    assert [line.partition(":")[0] for line in listed.output.splitlines()] == list(SCENARIOS)
    refused = CliRunner().invoke(demo, ["--scenario", "alien-invasion"])
    assert refused.exit_code == 2
    assert all(name in refused.output for name in SCENARIOS)
