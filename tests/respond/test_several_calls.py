"""An action of three calls, of which later ones name what the first one made."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from tests.respond.scene import DENY_ALL, Person
from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.respond import registry
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Drifted,
    Order,
    Refusal,
    State,
    Subject,
    Surroundings,
    lies_between,
    same_state,
)
from trailtui.respond.iam_sessions import REVOKE_USER
from trailtui.respond.placeholders import answer_of, fill_answers, value_at, wanted_answers
from trailtui.respond.preview import preview
from trailtui.respond.run import apply, make_plan, resume, undo
from trailtui.respond.store import action_by_id
from trailtui.sim.account import SimulatedAccount

NoWait = Callable[[float], None]
NAME = "fence-user"


def read(aws: AwsSession, subject: Subject) -> State:
    attached = aws.read_all(
        "iam", "ListAttachedUserPolicies", "AttachedPolicies", UserName=subject.name
    )
    try:
        aws.read("iam", "GetUserPolicy", UserName=subject.name, PolicyName="fence")
        inline = True
    except NotFound:
        inline = False
    return {"attached": sorted(one["PolicyArn"] for one in attached), "inline": inline}


def change(subject: Subject, present: State, _given: Mapping[str, str]) -> Change:
    made = answer_of(0, "Policy.Arn")
    named, denial = {"UserName": subject.name}, {"PolicyDocument": DENY_ALL}
    return Change(
        (
            ApiCall("iam", "CreatePolicy", {"PolicyName": f"of-{subject.name}", **denial}),
            ApiCall("iam", "AttachUserPolicy", {**named, "PolicyArn": made}),
            ApiCall("iam", "PutUserPolicy", {**named, "PolicyName": "fence", **denial}),
        ),
        {"attached": [*present["attached"], made], "inline": True},
    )  # fmt: skip


def restore(subject: Subject, prior: State, present: State) -> Change:
    named = {"UserName": subject.name}
    calls: list[ApiCall] = []
    for arn in present["attached"]:
        if arn not in prior["attached"]:
            calls.append(ApiCall("iam", "DetachUserPolicy", {**named, "PolicyArn": arn}))
            calls.append(ApiCall("iam", "DeletePolicy", {"PolicyArn": arn}))
    if present["inline"] and not prior["inline"]:
        calls.append(ApiCall("iam", "DeleteUserPolicy", {**named, "PolicyName": "fence"}))
    return Change(tuple(calls), prior)


FENCE = replace(
    REVOKE_USER,
    name=NAME,
    title="Fence a user",
    parameters=(),
    read=read,
    change=change,
    restore=restore,
    holds=same_state,
    look_around=lambda *_: Surroundings((), (), "as IAM says"),
    order=Order.DENY,
    margin_again=False,
)


@pytest.fixture(autouse=True)
def fenced(monkeypatch: pytest.MonkeyPatch) -> Action:
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, FENCE))
    return FENCE


def operations(account: SimulatedAccount, mark: int) -> list[str]:
    return [c.operation for c in account.calls.mutating(since=mark) if c.carried_out]


def test_what_the_first_call_made_is_named_by_the_second(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    shown = preview(armed_case, plan.hash)
    assert "{{answer 1: Policy.Arn}}" in shown.commands[1]
    mark = len(account.calls)
    assert apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait).state == "verified"
    row = action_by_id(armed_case, 1)
    arn = f"arn:aws:iam::{account.number}:policy/of-{victim.name}"
    assert row.outcome["after"] == {"attached": [arn], "inline": True}
    assert row.outcome["calls"][1]["parameters"]["PolicyArn"] == arn
    assert [answer.get("values") for answer in row.outcome["answers"]] == [
        {"Policy.Arn": arn}, None, None,
    ]  # fmt: skip
    assert len(entries(armed_case, kinds=["action-progress"])) == 2
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, back.hash, sleep=no_wait).state == "verified"
    assert operations(account, mark) == [
        "CreatePolicy", "AttachUserPolicy", "PutUserPolicy",
        "DetachUserPolicy", "DeletePolicy", "DeleteUserPolicy",
    ]  # fmt: skip


@pytest.mark.parametrize("fault", ["access_denied", "expired", "error500_before"])
def test_the_last_call_fails_and_what_was_done_is_said_and_taken_back(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    no_wait: NoWait,
    fault: str,
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    account.faults.add("iam", "PutUserPolicy", fault)
    outcome = apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    assert outcome.state == "not-holding"
    assert (
        "Call 1 (iam:CreatePolicy) was carried out; call 2 (iam:AttachUserPolicy)" in outcome.says
    )
    assert "call 3 (iam:PutUserPolicy) was not answered well" in outcome.says
    mark = len(account.calls)
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, back.hash, sleep=no_wait).state == "verified"
    assert operations(account, mark) == ["DetachUserPolicy", "DeletePolicy"]
    assert action_by_id(armed_case, 1).state == "undone"


def test_the_last_call_is_carried_out_and_its_answer_lost(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    account.faults.add("iam", "PutUserPolicy", "drop_after")
    assert apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait).state == "verified"


def test_a_throttled_call_in_the_middle_is_sent_again_alone(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    account.faults.add("iam", "AttachUserPolicy", "throttle", times=3)
    mark = len(account.calls)
    assert apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait).state == "verified"
    assert operations(account, mark) == ["CreatePolicy", "AttachUserPolicy", "PutUserPolicy"]


def test_the_first_call_is_refused_and_nothing_happened(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    account.faults.add("iam", "CreatePolicy", "access_denied")
    assert apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait).state == "failed"
    with pytest.raises(Refusal, match="nothing to take back"):
        undo(armed_case, aws, 1)


def test_killed_between_two_calls(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    no_wait: NoWait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    mutate = AwsSession.mutate

    def killed(self: AwsSession, call: ApiCall, **more: int) -> object:
        if call.operation == "PutUserPolicy":
            raise KeyboardInterrupt
        return mutate(self, call, **more)

    monkeypatch.setattr(AwsSession, "mutate", killed)
    with pytest.raises(KeyboardInterrupt):
        apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    monkeypatch.undo()
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, FENCE))
    assert action_by_id(armed_case, 1).state == "unknown"
    (settled,) = resume(armed_case, aws, sleep=no_wait)
    assert settled.state == "not-holding"
    assert "call 3 (iam:PutUserPolicy) was not answered, if it was sent at all" in settled.says
    back = undo(armed_case, aws, 1)
    assert apply(armed_case, aws, back.hash, back.hash, sleep=no_wait).state == "verified"


def test_a_state_that_lies_between_no_more_is_not_undone(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, no_wait: NoWait
) -> None:
    plan = make_plan(armed_case, aws, NAME, victim.name)
    account.faults.add("iam", "PutUserPolicy", "access_denied")
    apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    iam = account.actor(account.root).client("iam")
    arn = f"arn:aws:iam::{account.number}:policy/of-{victim.name}"
    other = iam.create_policy(PolicyName=f"other-{victim.name}", PolicyDocument=DENY_ALL)
    iam.attach_user_policy(UserName=victim.name, PolicyArn=other["Policy"]["Arn"])
    with pytest.raises(Drifted):
        undo(armed_case, aws, 1)
    iam.detach_user_policy(UserName=victim.name, PolicyArn=other["Policy"]["Arn"])
    iam.detach_user_policy(UserName=victim.name, PolicyArn=arn)
    with pytest.raises(AlreadyDone):
        undo(armed_case, aws, 1)


def test_an_action_that_cannot_be_undone_wants_its_target_typed(
    armed_case: Case,
    aws: AwsSession,
    victim: Person,
    no_wait: NoWait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from trailtui.model.errors import UsageError

    for_good = replace(FENCE, name="fence-for-good", irreversible=True, undo_says="It is for good.")
    monkeypatch.setattr(registry, "_ALL", (*registry._ALL, for_good))
    plan = make_plan(armed_case, aws, "fence-for-good", victim.name)
    assert "can't be undone" in preview(armed_case, plan.hash).undo
    with pytest.raises(UsageError, match="target has to be typed"):
        apply(armed_case, aws, plan.hash, plan.hash, sleep=no_wait)
    assert apply(armed_case, aws, plan.hash, victim.name, sleep=no_wait).state == "verified"
    with pytest.raises(Refusal, match="It is for good"):
        undo(armed_case, aws, 1)


def test_placeholders() -> None:
    answer = {"Snapshots": [{"SnapshotId": "snap-1"}], "Count": 3}
    assert value_at(answer, "Snapshots.0.SnapshotId") == "snap-1"
    whole, within = answer_of(1, "Count"), f"tag {answer_of(1, 'Count')}"
    assert wanted_answers({"a": [whole], "b": within}, 1) == ["Count"]
    assert wanted_answers({"a": [whole]}, 0) == []
    known = [{}, {"Count": 3}]
    assert fill_answers({"a": [whole], "b": within}, known) == {"a": [3], "b": "tag 3"}
    assert fill_answers([whole], [{}]) == [whole]
    for path in ("Nothing", "Snapshots.7.SnapshotId", "Count.x"):
        with pytest.raises(Exception, match="has no"):
            value_at(answer, path)


def test_a_region_of_the_calls_own() -> None:
    call = ApiCall("ec2", "StopInstances", {"InstanceIds": ["i-1"]}, "eu-west-1")
    assert ApiCall.from_json(call.as_json()) == call
    assert "region" not in ApiCall("iam", "GetUser").as_json()
    line = call.command(("--profile", "x", "--region", "us-east-1"))
    assert line.startswith("aws --profile x --region eu-west-1 ec2 stop-instances")


def test_between() -> None:
    prior, after = {"a": {"x": 1, "y": 1}, "b": 1}, {"a": {"x": 2, "y": 2}, "b": 2}
    assert lies_between(prior, after, {"a": {"x": 2, "y": 1}, "b": 1})
    assert not lies_between(prior, after, {"a": {"x": 3, "y": 1}, "b": 1})
    assert not lies_between(prior, after, {"a": {"x": 2}, "b": 1})
