"""The stolen key: what was played, and what ends it."""

from __future__ import annotations

from collections import Counter

from conftest import NOON, deny_issued_before

from tests.simulated import simulated_account
from trailtui.sim.incidents.stolen_key import StolenKey


def test_the_story_is_in_the_records(incident: StolenKey) -> None:
    seen = Counter((r["eventName"], r.get("errorCode")) for r in incident.attack_records())
    for name in (
        "GetCallerIdentity",
        "ListUsers",
        "ListRoles",
        "ListBuckets",
        "GetSessionToken",
        "CreateAccessKey",
        "AssumeRole",
        "CreateUser",
        "CreateLoginProfile",
        "AttachUserPolicy",
        "GetSecretValue",
        "GetObject",
    ):
        assert seen[name, None] >= 1, name
    assert seen["StopLogging", "AccessDenied"] == 1
    assert seen["RunInstances", "Client.UnauthorizedOperation"] == 2
    assert seen["CreateAccessKey", "AccessDenied"] == 1
    times = [r["eventTime"] for r in incident.account.records]
    assert times == sorted(times)
    assert {r["userAgent"].strip("[]") for r in incident.attack_records()} == {
        incident.attacker_user_agent
    }


def test_most_of_it_is_ordinary_life(incident: StolenKey) -> None:
    others = len(incident.account.records) - len(incident.attack_records())
    assert others >= 20
    assert len({r["userIdentity"].get("userName") for r in incident.account.records}) >= 4


def test_what_the_records_say_the_ledger_knows(incident: StolenKey) -> None:
    issued = {entry.id for entry in incident.account.ledger}
    assert set(incident.expected_entities["credentials"]) <= issued
    children = {e.id for e in incident.account.ledger.descendants(incident.leaked_key)}
    held = incident.attacker_credentials
    assert children >= {
        held["second-key"],
        held["user-session"],
        held["role-session"],
        held["backdoor-key"],
    }


def test_the_alert_names_the_key(incident: StolenKey) -> None:
    alert = incident.alert()
    assert alert["source"] == "aws.guardduty"
    details = alert["detail"]["resource"]["accessKeyDetails"]
    assert details["accessKeyId"] == incident.leaked_key
    assert details["userName"] == incident.user
    action = alert["detail"]["service"]["action"]["awsApiCallAction"]
    assert action["remoteIpDetails"]["ipAddressV4"] == incident.attacker_addresses[0]


def test_containment_by_the_responder_holds() -> None:
    with simulated_account(seed=6, ends_at=NOON, hours=3) as incident:
        account, attacker, held = incident.account, incident.attacker, incident.attacker_credentials
        usable = account.ledger.usable
        iam = account.actor(incident.responder.session).client("iam")
        assert all(attacker.attempt(name) and usable(one) for name, one in held.items())
        iam.update_access_key(
            UserName=incident.user, AccessKeyId=incident.leaked_key, Status="Inactive"
        )
        assert not attacker.try_key()
        assert attacker.try_session("user-session")
        assert attacker.try_session("role-session")
        account.clock.advance(60)
        cut = deny_issued_before(account.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        name = "AWSRevokeOlderSessions"
        iam.put_user_policy(UserName=incident.user, PolicyName=name, PolicyDocument=cut)
        assert not attacker.try_session("user-session")
        iam.put_role_policy(RoleName=incident.role, PolicyName=name, PolicyDocument=cut)
        assert not attacker.try_session("role-session")
        assert attacker.state() == {
            "key": False,
            "role-session": False,
            "user-session": False,
            "second-key": True,
            "backdoor-key": True,
        }
        assert {n: usable(one) for n, one in held.items()} == attacker.state()


def test_the_clock_runs_on_with_the_real_time_afterwards() -> None:
    from datetime import UTC, datetime, timedelta

    with simulated_account(seed=6, hours=1) as incident:
        assert abs(incident.account.clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
        assert incident.account.clock.running
