"""The watch after containment: calls refused, calls that got through, what grew meanwhile."""

import json
import re
from pathlib import Path

import pytest

from tests.contain.scene import Sleep, tree_of
from tests.respond.scene import allowing, make_user, session_of
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.playbook.judging import REFUSED, THROUGH
from trailtui.playbook.watching import Watch, WatchRound, roots_of
from trailtui.report.containment import watch_intervals
from trailtui.respond.arming import arm
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.proposing import propose
from trailtui.sim.incidents.stolen_key import StolenKey


def contain(case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep) -> None:
    proposal = propose(tree_of(case, incident), incident.account.number)
    found = plan_containment(
        case, aws, proposal.wishes, root=incident.leaked_key, left_out=proposal.left_out
    )
    arm(case, aws)
    result = carry_out(case, aws, found.name, found.plan.word, sleep=sleep)
    assert result.is_good, result


def watch(case: Case, aws: AwsSession, sleep: Sleep, rounds: int = 1) -> list[WatchRound]:
    looking = Watch(case, aws, roots_of(case), per_second=1000, sleep=sleep)
    return list(looking.rounds(seconds=60 * (rounds - 1), every_s=60))


def test_refused_calls_are_shown_and_the_cut_holds(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep
) -> None:
    contain(case, aws, incident, sleep)
    mark = len(incident.account.calls)
    incident.attacker.try_key()
    incident.attacker.try_session()
    first, second = watch(case, aws, sleep, rounds=2)
    assert first.refused >= 1
    assert {one.verdict for one in first.judged} <= {REFUSED, "proves nothing", "while it spread"}
    assert first.holds, first
    assert first.wishes == ()
    assert all(one.is_good for one in first.outcomes)
    assert second.judged == ()
    assert incident.account.calls.mutating(since=mark) == []
    told = [entry.what["watch"] for entry in entries(case, kinds=["watch"])]
    assert told[0] == "begin"
    assert told[-1] == "end"


def test_a_call_that_gets_through_is_bad_news_and_says_what_to_do(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep
) -> None:
    """Somebody took the denial and the key's state back."""
    contain(case, aws, incident, sleep)
    account = incident.account
    iam = account.actor(account.root).client("iam")
    for name in iam.list_user_policies(UserName=incident.user)["PolicyNames"]:
        if name.startswith("Trailtui"):
            iam.delete_user_policy(UserName=incident.user, PolicyName=name)
    iam.update_access_key(UserName=incident.user, AccessKeyId=incident.leaked_key, Status="Active")
    account.clock.advance(300)
    sleep(300)
    assert incident.attacker.try_key()
    (seen,) = watch(case, aws, sleep)
    assert not seen.holds
    through = [one for one in seen.judged if one.verdict == THROUGH]
    assert through
    assert "does not hold" in through[0].says
    assert any(one.state == "not-holding" for one in seen.outcomes)


def test_what_grew_unseen_before_the_cut_is_found_and_proposed(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep
) -> None:
    """A user that the intruder made after the log files were collected."""
    account = incident.account
    admin = account.credential(incident.attacker_credentials["role-session"])
    iam = account.actor(admin).client("iam")
    iam.create_user(UserName="helper")
    made = iam.create_access_key(UserName="helper")["AccessKey"]["AccessKeyId"]
    contain(case, aws, incident, sleep)
    (seen,) = watch(case, aws, sleep)
    grown = {node.id for node in seen.grew}
    assert made in grown
    assert not seen.holds
    assert ("deactivate-access-key", made) in {(one.action, one.target) for one in seen.wishes}
    found = plan_containment(case, aws, seen.wishes, root=incident.leaked_key)
    assert carry_out(case, aws, found.name, found.plan.word, sleep=sleep).is_good
    assert not account.ledger.usable(made)
    (after,) = watch(case, aws, sleep)
    assert after.wishes == ()
    assert after.holds


def test_times_to_detect_contain_and_verify_are_in_the_log_and_the_report(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep
) -> None:
    contain(case, aws, incident, sleep)
    incident.attacker.try_key()
    watch(case, aws, sleep)
    begun = entries(case, kinds=["watch"])[0].what
    assert begun["intruder_first_ms"] < begun["contained_ms"] < begun["verified_ms"]
    spans = {one.title: one for one in watch_intervals(case, begun["contained_ms"])}
    assert any("to detect" in title for title in spans)
    contained = next(one for title, one in spans.items() if "to contain" in title)
    assert contained.seconds > 0
    assert any(title.startswith("the watch, 1 rounds (1 refused") for title in spans)


@pytest.mark.parametrize("able", [True, False])
def test_with_the_printed_policy_it_sees_and_without_it_gives_no_all_clear(
    case: Case, aws: AwsSession, incident: StolenKey, sleep: Sleep, able: bool
) -> None:
    contain(case, aws, incident, sleep)
    page = (Path(__file__).parents[2] / "docs" / "containment.md").read_text("utf-8")
    policy = json.loads(re.findall(r"```json\n(.*?)```", page, re.S)[1])
    given = [*policy["Statement"][0]["Action"], "iam:Get*", "iam:List*"]
    if not able:
        given.remove("cloudtrail:LookupEvents")
    reader = make_user(incident.account, allowing(*given))
    looking = Watch(
        case, session_of(incident.account, reader.credential), roots_of(case), 1000, sleep
    )
    (seen,) = looking.rounds(seconds=0, every_s=60)
    assert (seen.unseen == ()) == able
    assert looking.blind == (not able)
