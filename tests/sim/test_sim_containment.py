"""Containment in the simulated account: what ends which of the intruder's credentials."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.sim.laboratory import NOON, deny_issued_before
from tests.simulated import simulated_account


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
    with simulated_account(seed=6, hours=1) as incident:
        assert abs(incident.account.clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
        assert incident.account.clock.running
