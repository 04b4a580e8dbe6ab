"""Every action of the registry, held to the same rules; what is aimed at comes from the table."""

import re
from collections.abc import Callable

import pytest

from tests.respond.arrangements import Arranged, Entry, table
from tests.respond.scene import session_of
from trailtui.aws.errors import NotFound
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.respond.action import AlreadyDone, Drifted, Refusal
from trailtui.respond.arming import arm
from trailtui.respond.plan import Plan
from trailtui.respond.registry import actions, find_action
from trailtui.respond.run import apply, make_plan, undo
from trailtui.respond.settling import Outcome
from trailtui.respond.store import action_by_id
from trailtui.sim.account import SimulatedAccount

NoWait = Callable[[float], None]
ENTRIES = table()
REVERSIBLE = [entry for entry in ENTRIES if not find_action(entry.action).irreversible]
IRREVERSIBLE = [entry for entry in ENTRIES if find_action(entry.action).irreversible]
each = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


@pytest.fixture
def arranged(entry: Entry, account: SimulatedAccount) -> object:
    made = entry.arrange(account)
    yield made
    made.clean_up()


@pytest.fixture
def plan(entry: Entry, arranged: Arranged, armed_case: Case, aws: AwsSession) -> Plan:
    return make_plan(armed_case, aws, entry.action, arranged.target, arranged.parameters)


def carry_out(case: Case, aws: AwsSession, plan: Plan, no_wait: NoWait) -> Outcome:
    return apply(case, aws, plan.hash, plan.subject.id, sleep=no_wait)


def test_each_action_has_an_entry() -> None:
    assert {entry.action for entry in ENTRIES} == set(actions())


@each
def test_it_cuts_what_it_is_meant_to_cut(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    arranged: Arranged,
    plan: Plan,
) -> None:
    assert plan.subject.id == arranged.confirm
    assert arranged.cut is None or account.ledger.usable(arranged.cut)
    outcome = carry_out(armed_case, aws, plan, no_wait)
    assert (outcome.state, outcome.is_good) == ("verified", True), outcome.says
    assert arranged.cut is None or not account.ledger.usable(arranged.cut)
    assert arranged.spared is None or account.ledger.usable(arranged.spared)


@pytest.mark.parametrize("entry", REVERSIBLE, ids=lambda entry: entry.name)
def test_undo_brings_back_exactly_what_was_before(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    arranged: Arranged,
    plan: Plan,
) -> None:
    before = account.state()
    carry_out(armed_case, aws, plan, no_wait)
    assert account.state() != before
    back = undo(armed_case, aws, 1)
    assert carry_out(armed_case, aws, back, no_wait).state == "verified"
    assert account.state() == before
    assert arranged.cut is None or account.ledger.usable(arranged.cut)
    assert action_by_id(armed_case, 1).state == "undone"


@pytest.mark.parametrize("entry", IRREVERSIBLE, ids=lambda entry: entry.name)
def test_what_can_t_be_undone_says_why_and_sends_nothing(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait, plan: Plan
) -> None:
    carry_out(armed_case, aws, plan, no_wait)
    mark = len(account.calls)
    with pytest.raises(Refusal) as refused:
        undo(armed_case, aws, 1)
    assert find_action(plan.action).undo_says.rstrip(".") in str(refused.value)
    assert account.calls.mutating(since=mark) == []


@each
def test_a_target_that_is_gone(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    entry: Entry,
    arranged: Arranged,
    plan: Plan,
) -> None:
    arranged.gone()
    mark = len(account.calls)
    with pytest.raises((Drifted, NotFound)):
        apply(armed_case, aws, plan.hash, plan.subject.id)
    with pytest.raises((Refusal, NotFound, AlreadyDone)):
        make_plan(armed_case, aws, entry.action, arranged.target, arranged.parameters)
    assert account.calls.mutating(since=mark) == []


@each
def test_planning_and_dry_runs_only_read_and_see_a_state_that_changed(
    case: Case, aws: AwsSession, account: SimulatedAccount, entry: Entry, arranged: Arranged
) -> None:
    mark = len(account.calls)
    plan = make_plan(case, aws, entry.action, arranged.target, arranged.parameters)
    outcome = apply(case, aws, plan.hash, "", dry_run=True)
    assert len(outcome.commands) == len(plan.calls) > 0
    assert len(account.calls.since(mark)) > 0
    assert account.calls.mutating(since=mark) == []
    arm(case, aws)
    arranged.drift()
    mark = len(account.calls)
    with pytest.raises(Drifted, match="changed since the plan"):
        apply(case, aws, plan.hash, plan.subject.id)
    assert account.calls.mutating(since=mark) == []


@each
def test_a_denied_call_changes_nothing_and_is_not_repeated(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait, plan: Plan
) -> None:
    before, mark = account.state(), len(account.calls)
    account.faults.add(plan.calls[0].service, plan.calls[0].operation, "access_denied")
    outcome = carry_out(armed_case, aws, plan, no_wait)
    assert (outcome.state, "denied" in outcome.says) == ("failed", True), outcome.says
    assert len(account.calls.mutating(since=mark)) == 1
    assert account.state() == before


@each
def test_sessions_that_may_not_leave_the_plan_to_one_that_may(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    entry: Entry,
    arranged: Arranged,
    plan: Plan,
) -> None:
    stranger = session_of(account, account.entrances.root_key("999900001111"))
    before, mark = account.state(), len(account.calls)
    with pytest.raises(Refusal) as refused:
        carry_out(armed_case, stranger, plan, no_wait)
    assert {account.number, "999900001111"} <= {*re.findall(r"\d{12}", str(refused.value))}
    assert account.calls.mutating(since=mark) == []
    account.faults.add(plan.calls[0].service, plan.calls[0].operation, "expired")
    outcome = carry_out(armed_case, aws, plan, no_wait)
    assert (outcome.state, "expired" in outcome.says) == ("planned", True), outcome.says
    assert account.state() == before
    assert carry_out(armed_case, aws, plan, no_wait).state == "verified"
    if find_action(entry.action).margin_again:
        return  # a revocation is renewed: its cut moves on with the time
    with pytest.raises((AlreadyDone, NotFound, Refusal)):
        make_plan(armed_case, aws, entry.action, arranged.target, arranged.parameters)


@each
def test_a_throttled_call_is_carried_out_once(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait, plan: Plan
) -> None:
    mark, first = len(account.calls), plan.calls[0]
    account.faults.add(first.service, first.operation, "throttle")
    outcome = carry_out(armed_case, aws, plan, no_wait)
    assert outcome.state == "verified", outcome.says
    sent = account.calls.mutating(since=mark)
    assert [call.carried_out for call in sent] == [False, *[True] * len(plan.calls)]


@each
@pytest.mark.parametrize("fault", ["error500_after", "drop_after"])
def test_a_lost_answer_to_a_call_that_was_carried_out_is_read_back(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    no_wait: NoWait,
    entry: Entry,
    arranged: Arranged,
    plan: Plan,
    fault: str,
) -> None:
    first, mark = plan.calls[0], len(account.calls)
    account.faults.add(first.service, first.operation, fault)
    outcome = carry_out(armed_case, aws, plan, no_wait)
    assert len(account.calls.mutating(since=mark)) == 1
    if len(plan.calls) == 1:
        assert (outcome.state, "had taken effect" in outcome.says) == ("verified", True)
        return
    assert (outcome.state, outcome.is_good) == ("not-holding", False), outcome.says
    rest = make_plan(armed_case, aws, entry.action, arranged.target, arranged.parameters)
    assert carry_out(armed_case, aws, rest, no_wait).state == "verified"


@each
def test_a_call_that_never_arrived_is_read_back_as_not_done(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, no_wait: NoWait, plan: Plan
) -> None:
    before = account.state()
    account.faults.add(plan.calls[0].service, plan.calls[0].operation, "error500_before")
    outcome = carry_out(armed_case, aws, plan, no_wait)
    assert (outcome.state, "did not take effect" in outcome.says) == ("failed", True)
    assert account.state() == before
