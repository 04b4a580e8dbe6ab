"""Plans that were made again before they were sent."""

from tests.respond.scene import Person, make_user
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.respond.run import apply, make_plan, undo
from trailtui.respond.store import all_actions, superseded
from trailtui.sim.account import SimulatedAccount

KEY = "deactivate-access-key"


def anew(case: Case) -> dict[int, int]:
    return superseded(all_actions(case))


def test_the_last_plan_takes_the_place_of_those_before_it(
    case: Case, aws: AwsSession, account: SimulatedAccount, victim: Person
) -> None:
    make_plan(case, aws, KEY, victim.credential.id)
    assert anew(case) == {}
    make_plan(case, aws, KEY, make_user(account).credential.id)
    make_plan(case, aws, "revoke-user-sessions", victim.name)
    assert anew(case) == {}
    make_plan(case, aws, KEY, victim.credential.id)
    make_plan(case, aws, KEY, victim.credential.id)
    assert anew(case) == {1: 5, 4: 5}


def test_with_another_parameter_it_is_another_plan(
    case: Case, aws: AwsSession, victim: Person
) -> None:
    for margin in ("0", "30", "0"):
        make_plan(case, aws, "revoke-user-sessions", victim.name, {"margin": margin})
    assert anew(case) == {1: 3}


def test_what_was_sent_is_no_plan_and_the_way_back_is_another_one(
    armed_case: Case, aws: AwsSession, victim: Person
) -> None:
    number = victim.credential.id
    first = make_plan(armed_case, aws, KEY, number)
    second = make_plan(armed_case, aws, KEY, number)
    apply(armed_case, aws, second.hash, number, sleep=lambda _: None)
    assert anew(armed_case) == {1: 2}
    undo(armed_case, aws, 2)
    assert anew(armed_case) == {1: 2}
    undo(armed_case, aws, 2)
    assert anew(armed_case) == {1: 2, 3: 4}
    assert all_actions(armed_case)[0].plan.hash == first.hash
