"""Where an intruder cut the logging, putting it back is the first thing in the plan."""

from pathlib import Path

from tests.contain.scene import Sleep, responder_of
from tests.simulated import simulated_account
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.lineage.tree import lineage
from trailtui.model.times import now_ms
from trailtui.respond.action import Order
from trailtui.respond.arming import arm
from trailtui.respond.carrying_out import carry_out
from trailtui.respond.planning_many import plan_containment
from trailtui.respond.tampering import propose_all


def test_a_stopped_trail_is_started_before_anything_else(tmp_path: Path, sleep: Sleep) -> None:
    with simulated_account(incident="log-tampering", hours=2) as incident:
        account, root = incident.account, incident.leaked_key
        account.deliver(tmp_path / "logs")
        with open_new_case(tmp_path / "logs.case", Opening()) as case:
            collect_files(case, [str(tmp_path / "logs")], workers=0)
            aws = responder_of(incident)
            proposal = propose_all(case, lineage(case, root, now_ms()), account.number)
            tampered = [w for w in proposal.wishes if w.action == "start-logging"]
            assert tampered
            assert all("StopLogging" in wish.why for wish in tampered)
            found = plan_containment(
                case, aws, proposal.wishes, root=root, left_out=proposal.left_out
            )
            assert found.plan.entries[0].order == Order.LOGGING
            assert found.plan.left_out == ()  # the case's events tell how all of it was
            mark = len(account.calls)
            arm(case, aws)
            assert carry_out(case, aws, found.name, found.plan.word, sleep=sleep).is_good
            sent = [one.operation for one in account.calls.mutating(since=mark)]
            # a trail that is made again has to be started as well
            logging = ["CreateTrail", "PutEventSelectors", "StartLogging", "StartLogging"]
            assert sorted(sent[:4]) == logging
            assert not [
                one
                for one in {root, *(e.id for e in account.ledger.descendants(root))}
                if account.ledger.usable(one)
            ]
