"""The account's state as one value: it differs where something was changed, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

from tests.sim.laboratory import ALLOW_ALL, DENY_ALL, Laboratory


def text(lab: Laboratory) -> str:
    return json.dumps(lab.account.state(), sort_keys=True)


def iam_of(lab: Laboratory) -> dict[str, Any]:
    return lab.account.state()["accounts"][lab.account.number]["iam"]


def test_reading_and_using_credentials_changes_nothing(lab: Laboratory) -> None:
    alice = lab.user("alice", ALLOW_ALL)
    role = lab.role("worker", ALLOW_ALL)
    before = text(lab)
    alice.client("iam").list_users()
    lab.assume(alice, role).client("ec2").describe_instances()
    lab.account.clock.advance(86_400)
    assert text(lab) == before


def test_the_state_is_the_same_again_when_every_change_in_iam_was_taken_back(
    lab: Laboratory,
) -> None:
    alice, iam = lab.user("alice", ALLOW_ALL), lab.iam
    lab.role("worker", ALLOW_ALL)
    seen = [text(lab)]
    lab.set_key(alice, "Inactive")
    seen.append(text(lab))
    iam.put_user_policy(UserName="alice", PolicyName="stop", PolicyDocument=DENY_ALL)
    seen.append(text(lab))
    iam.put_role_policy(RoleName="worker", PolicyName="stop", PolicyDocument=DENY_ALL)
    seen.append(text(lab))
    arn = "arn:aws:iam::aws:policy/AWSDenyAll"
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    seen.append(text(lab))
    assert len(set(seen)) == len(seen)
    iam.detach_user_policy(UserName="alice", PolicyArn=arn)
    assert text(lab) == seen[3]
    iam.delete_role_policy(RoleName="worker", PolicyName="stop")
    iam.delete_user_policy(UserName="alice", PolicyName="stop")
    lab.set_key(alice, "Active")
    assert text(lab) == seen[0]


def test_no_secret_is_in_it(lab: Laboratory) -> None:
    alice = lab.user("alice", ALLOW_ALL)
    lab.iam.create_login_profile(UserName="alice", Password="Correct-horse-1")
    assert alice.credential.secret not in text(lab)
    assert "Correct-horse-1" not in text(lab)
    assert iam_of(lab)["users"]["alice"]["login_profile"] is not None
