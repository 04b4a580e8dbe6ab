"""Processes that are killed, and processes that race: nothing is lost, nothing is sent twice."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.respond.processes import Applier, Gate
from tests.respond.scene import Person, make_user
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.case.journal import verify as verify_log
from trailtui.model.times import now_ms
from trailtui.respond import process
from trailtui.respond.run import make_plan, mark_interrupted, resume
from trailtui.respond.store import action_by_id, all_actions, find_plan
from trailtui.sim.account import SimulatedAccount

KEY = "deactivate-access-key"
KILLS = 100
NoWait = Callable[[float], None]


@pytest.fixture(scope="module")
def applier(account: SimulatedAccount, responder: Person) -> Iterator[Applier]:
    started = Applier(account, responder)
    yield started
    started.close()


def is_active(account: SimulatedAccount, key: str) -> bool:
    return account.ledger.usable(key)


@pytest.mark.parametrize(
    ("operation", "when", "arrives", "left", "settled"),
    [
        ("ListAccessKeys", "before", True, "planned", "planned"),
        ("UpdateAccessKey", "before", False, "executing", "failed"),
        ("UpdateAccessKey", "before", True, "executing", "verified"),
        ("UpdateAccessKey", "after", True, "executing", "verified"),
    ],
    ids=["before the intent", "call never arrives", "call in flight", "answer never arrives"],
)
def test_killed_at_a_point(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    applier: Applier,
    monkeypatch: pytest.MonkeyPatch,
    no_wait: NoWait,
    operation: str,
    when: str,
    arrives: bool,
    left: str,
    settled: str,
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    mark = len(account.calls)
    gate = Gate(account, monkeypatch, operation, when)
    pid = applier.start(armed_case, plan.hash)
    assert gate.reached.wait(30)
    assert action_by_id(armed_case, 1).state == left
    applier.kill(pid)
    gate.open() if arrives else gate.turn_away()
    resume(armed_case, aws, sleep=no_wait)
    assert action_by_id(armed_case, 1).state == settled
    assert is_active(account, victim.credential.id) == (settled != "verified")
    assert len(account.calls.of("UpdateAccessKey", since=mark)) == (settled == "verified")
    if left == "executing":
        told = [entry.what["state"] for entry in entries(armed_case, kinds=["action-outcome"])]
        assert told == ["unknown"]
    assert verify_log(armed_case).ok


def test_killed_while_it_reads_back(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    applier: Applier,
    monkeypatch: pytest.MonkeyPatch,
    no_wait: NoWait,
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    mark = len(account.calls)
    first = Gate(account, monkeypatch, "UpdateAccessKey", "after")
    pid = applier.start(armed_case, plan.hash)
    assert first.reached.wait(30)
    back = Gate(account, monkeypatch, "ListAccessKeys", "before")
    first.open()
    assert back.reached.wait(30)
    assert action_by_id(armed_case, 1).state == "executed"
    applier.kill(pid)
    back.open()
    assert [outcome.state for outcome in resume(armed_case, aws, sleep=no_wait)] == ["verified"]
    assert len(account.calls.of("UpdateAccessKey", since=mark)) == 1


def test_one_that_still_runs_is_left_alone(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    applier: Applier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    gate = Gate(account, monkeypatch, "UpdateAccessKey", "before")
    pid = applier.start(armed_case, plan.hash)
    assert gate.reached.wait(30)
    assert mark_interrupted(armed_case) == []
    second = applier.start(armed_case, plan.hash)
    gate.open()
    assert applier.wait(pid) == 0
    assert applier.wait(second) == 3
    assert action_by_id(armed_case, 1).state == "verified"


def test_killed_at_random_moments(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, applier: Applier
) -> None:
    chance = random.Random(7)
    planned: list[tuple[str, str]] = []
    killed_in: list[str] = []
    whole = duration_of_one(armed_case, aws, account, applier)
    for _ in range(KILLS):
        key = make_user(account).credential.id
        plan = make_plan(armed_case, aws, KEY, key)
        planned.append((plan.hash, key))
        mark = len(account.calls)
        pid = applier.start(armed_case, plan.hash)
        # Not a wait for something: the moment of the kill is what varies.
        threading.Event().wait(chance.uniform(0.1, 1.1) * whole)
        os.kill(pid, signal.SIGKILL)
        applier.wait(pid)
        killed_in.append(find_plan(armed_case, plan.hash).state)
        resume(armed_case, aws, patience_s=0.5)
        sent = account.calls.of("UpdateAccessKey", since=mark)
        row = find_plan(armed_case, plan.hash)
        assert len(sent) <= 1
        assert row.state in ("planned", "failed", "verified")
        assert is_active(account, key) == (row.state != "verified")
    kept = all_actions(armed_case)[1:]
    assert [(row.plan_hash, row.plan.subject.id) for row in kept] == planned
    assert set(killed_in) - {"verified"}, "every kill came too late to mean anything"
    assert verify_log(armed_case).ok


def duration_of_one(
    case: Case, aws: AwsSession, account: SimulatedAccount, applier: Applier
) -> float:
    """Seconds that an apply takes here, when nothing kills it."""
    plan = make_plan(case, aws, KEY, make_user(account).credential.id)
    began = time.monotonic()
    assert applier.wait(applier.start(case, plan.hash)) == 0
    return time.monotonic() - began


def test_many_at_once_on_one_plan_send_it_once(
    armed_case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person, applier: Applier
) -> None:
    plan = make_plan(armed_case, aws, KEY, victim.credential.id)
    mark = len(account.calls)
    pids = [applier.start(armed_case, plan.hash) for _ in range(6)]
    codes = [applier.wait(pid) for pid in pids]
    assert codes.count(0) == 1
    assert set(codes) <= {0, 3, 5}
    assert len(account.calls.of("UpdateAccessKey", since=mark)) == 1
    assert verify_log(armed_case).ok


def test_two_plans_for_one_target_are_not_both_sent(
    armed_case: Case,
    aws: AwsSession,
    account: SimulatedAccount,
    victim: Person,
    applier: Applier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second has read the state when the first sends its call."""
    one = make_plan(armed_case, aws, KEY, victim.credential.id)
    two = make_plan(armed_case, aws, KEY, victim.credential.id)
    mark = len(account.calls)
    reading = Gate(account, monkeypatch, "ListAccessKeys", "after")
    late = applier.start(armed_case, two.hash)
    assert reading.reached.wait(30)
    # The door is held by the late one's reading: act on the first plan as its process would.
    armed_case.connection.execute(
        "UPDATE actions SET state = 'executed' WHERE plan_hash = ?", [one.hash]
    )
    reading.open()
    assert applier.wait(late) == 5
    assert account.calls.of("UpdateAccessKey", since=mark) == []
    assert find_plan(armed_case, two.hash).state == "planned"


def test_a_reused_process_number_is_another_process() -> None:
    mine, now = process.this_process(), now_ms()
    assert not process.is_gone(mine, now)
    assert process.is_gone({**mine, "started": "1"}, now)


def test_a_process_that_ended_is_gone(applier: Applier, armed_case: Case) -> None:
    pid = applier.start(armed_case, "no-such-plan")
    assert applier.wait(pid) == 3
    assert process.is_gone({**process.this_process(), "pid": pid}, now_ms())


def test_a_process_that_cannot_be_asked_is_given_the_time_of_a_call() -> None:
    elsewhere = {"pid": 1, "host": "another.example", "started": "1"}
    assert not process.is_gone(elsewhere, now_ms())
    for of_one in (elsewhere, process.this_process()):
        assert process.is_gone(of_one, now_ms() - process.LONGEST_CALL_MS - 1)
