"""The journal that tests ask, and the ledger of credentials."""

from __future__ import annotations

import pytest

from tests.sim.laboratory import ALLOW_ALL, Laboratory, outcome


def test_the_journal_tells_what_was_sent(lab: Laboratory) -> None:
    user = lab.user("u", ALLOW_ALL)
    mark = len(lab.account.calls)
    user.client("iam").list_users()
    user.client("sts").get_caller_identity()
    assert lab.account.calls.mutating(since=mark) == []
    user.client("iam").update_access_key(
        UserName="u", AccessKeyId=user.credential.id, Status="Inactive"
    )
    outcome(user.client("iam").list_users)
    (sent,) = lab.account.calls.mutating(since=mark)
    assert (sent.service, sent.operation) == ("iam", "UpdateAccessKey")
    assert sent.credential_id == user.credential.id
    assert sent.principal_arn == user.credential.arn
    assert sent.carried_out and sent.allowed
    refused = lab.account.calls.of("ListUsers", credential_id=user.credential.id, since=mark)[-1]
    assert not refused.allowed
    assert refused.error_code == "InvalidClientTokenId"


def test_one_account_at_a_time(lab: Laboratory) -> None:
    from trailtui.sim.account import SimulatedAccount

    with pytest.raises(RuntimeError, match="one simulated account"):
        SimulatedAccount.start()


def test_the_ledger_follows_credentials_to_their_children(lab: Laboratory) -> None:
    user, arn = lab.user("u", ALLOW_ALL), lab.role("r", ALLOW_ALL)
    token = lab.session_token(user)
    first = lab.assume(token, arn)
    second = lab.assume(first, arn)
    ledger = lab.account.ledger
    assert [e.id for e in ledger.descendants(user.credential.id)] == [
        token.credential.id,
        first.credential.id,
        second.credential.id,
    ]
    assert ledger[second.credential.id].issued_by == first.credential.id
    assert ledger[token.credential.id].issued_by_call == "GetSessionToken"
    assert ledger[user.credential.id].issued_by == lab.account.root.id
    lab.set_key(user, "Inactive")
    assert [ledger.usable(one.credential.id) for one in (user, token)] == [False, True]
    lab.iam.delete_role_policy(RoleName="r", PolicyName="p0")
    assert not ledger.usable(second.credential.id)
