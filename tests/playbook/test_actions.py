"""Actions in a step: planned, previewed, confirmed, left out; against the simulated account."""

from collections.abc import Iterator

import pytest

from tests.respond.scene import Person, make_role, make_user, session_of
from tests.simulated import empty_account
from trailtui.aws.session import AwsSession
from trailtui.case import journal
from trailtui.case.file import Case
from trailtui.model.errors import InputError, TrailtuiError, UsageError
from trailtui.playbook.load import load_text
from trailtui.playbook.runner import PlaybookRun
from trailtui.respond.arming import arm
from trailtui.sim.account import SimulatedAccount

PLAYBOOK = """\
id: two
title: Two actions
version: 1
inputs:
  access_key: {type: access_key, required: true}
  user: {type: text, required: true}
phases:
  - phase: containment
    steps:
      - id: cut
        title: Cut
        guide: x
        run: {action: deactivate-access-key, with: {target: "{{ access_key }}"}}
      - id: users
        title: Users
        guide: x
        for_each: [input.user, input.access_key]
        run: {action: revoke-user-sessions, with: {target: "{{ each }}"}}
"""


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedAccount]:
    with empty_account() as started:
        yield started


@pytest.fixture
def aws(account: SimulatedAccount) -> AwsSession:
    return session_of(account, make_role(account).credential)


@pytest.fixture
def victim(account: SimulatedAccount) -> Person:
    return make_user(account)


@pytest.fixture
def run(case: Case, victim: Person) -> PlaybookRun:
    inputs = {"access_key": victim.credential.id, "user": victim.name}
    return PlaybookRun.start(case, load_text(PLAYBOOK, "two.yaml"), inputs)


def test_running_plans_and_sends_nothing_that_changes(
    run: PlaybookRun, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    mark = len(account.calls)
    view = run.run_step("cut", open_aws=lambda: aws)
    [action] = view.actions
    assert (action.action, action.target, action.state) == (
        "deactivate-access-key", victim.credential.id, "planned",
    )  # fmt: skip
    assert account.calls.mutating(since=mark) == []
    assert view.needs[0].startswith(f"deactivate-access-key {victim.credential.id} is planned")
    with pytest.raises(InputError, match="is planned: apply it, or leave it out"):
        run.complete("cut")


def test_applying_needs_arming_and_the_right_word(
    run: PlaybookRun, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    [action] = run.run_step("cut", open_aws=lambda: aws).actions
    mark = len(account.calls)
    with pytest.raises(UsageError, match="does not match"):
        run.apply_action("cut", action.plan_hash, "yes", aws)
    with pytest.raises(TrailtuiError, match="read-only"):
        run.apply_action("cut", action.plan_hash, victim.credential.id, aws)
    with pytest.raises(InputError, match="has no plan"):
        run.apply_action("users", action.plan_hash, action.plan_hash, aws)
    assert account.calls.mutating(since=mark) == []
    arm(run.case, aws)
    outcome = run.apply_action("cut", action.plan_hash[:12], victim.credential.id, aws)
    assert outcome.state == "verified"
    assert len(account.calls.mutating(since=mark)) == 1
    assert run.complete("cut").state == "done"
    assert journal.verify(run.case).ok


def test_planning_again_what_is_done_needs_nothing_more(run: PlaybookRun, aws: AwsSession) -> None:
    arm(run.case, aws)
    [action] = run.run_step("cut", open_aws=lambda: aws).actions
    run.apply_action("cut", action.plan_hash, action.plan_hash, aws)
    [again] = run.run_step("cut", open_aws=lambda: aws).actions
    assert again.state == "already-so"
    assert run.step("cut").needs == ()


def test_one_that_fails_does_not_stop_the_other_and_can_be_left_out(
    run: PlaybookRun, aws: AwsSession, victim: Person
) -> None:
    view = run.run_step("users", open_aws=lambda: aws)
    by_target = {action.target: action for action in view.actions}
    assert by_target[victim.name].state == "planned"
    assert by_target[victim.credential.id].state == "not-planned"
    assert by_target[victim.credential.id].reason
    with pytest.raises(InputError, match="could not be planned"):
        run.complete("users")
    with pytest.raises(InputError, match="needs a reason"):
        run.skip_part("users", victim.name, " ")
    with pytest.raises(InputError, match="has no 'bob'"):
        run.skip_part("users", "bob", "x")
    run.skip_part("users", victim.credential.id, "a key is no user")
    view = run.skip_part("users", victim.name, "the owner needs it")
    assert [action.state for action in view.actions] == ["skipped", "skipped"]
    logged = journal.entries(run.case, kinds=["step-skipped"])[-1].what
    assert (logged["part"], logged["reason"]) == (victim.name, "the owner needs it")
    assert logged["plan"] == by_target[victim.name].plan_hash
    assert run.complete("users").state == "done"


def test_a_plan_left_out_but_applied_elsewhere_shows_as_applied(
    run: PlaybookRun, aws: AwsSession, victim: Person
) -> None:
    from trailtui.respond.run import apply

    [action] = run.run_step("cut", open_aws=lambda: aws).actions
    run.skip_part("cut", victim.credential.id, "later")
    arm(run.case, aws)
    apply(run.case, aws, action.plan_hash, action.plan_hash)
    assert run.step("cut").actions[0].state == "verified"


def test_refused_by_aws_is_not_settled(
    run: PlaybookRun, aws: AwsSession, account: SimulatedAccount
) -> None:
    arm(run.case, aws)
    [action] = run.run_step("cut", open_aws=lambda: aws).actions
    account.faults.add("iam", "UpdateAccessKey", "access_denied", 1)
    try:
        outcome = run.apply_action("cut", action.plan_hash, action.plan_hash, aws)
    finally:
        account.faults.clear()
    assert outcome.state == "failed"
    assert "is failed: plan it again" in run.step("cut").needs[0]
    with pytest.raises(InputError):
        run.complete("cut")
