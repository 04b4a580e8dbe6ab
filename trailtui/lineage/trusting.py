"""Roles whose trust was opened to other accounts: who came in by it since."""

from trailtui.lineage.calls import text
from trailtui.lineage.documents import outsiders_let_in
from trailtui.lineage.drafts import Found
from trailtui.lineage.endings import bare
from trailtui.lineage.entering import Entered
from trailtui.lineage.growth import Growth
from trailtui.lineage.issuing import issued
from trailtui.lineage.nodes import Certainty
from trailtui.lineage.opening import KINDS


def follow_trusts(growth: Growth) -> bool:
    """Take in the sessions that outsiders took of roles which the tree opened; whether any was."""
    grew = False
    for node, call in list(growth.opening):
        if call.name != "UpdateAssumeRolePolicy":
            continue
        role = KINDS[call.name].target(call)
        let_in = outsiders_let_in(call)
        if role is None or not let_in:
            continue
        for entry in Entered.of(growth).all:
            taken = bare(text(entry.request, "roleArn") or "") == bare(role)
            if not taken or entry.at_ms < call.at_ms or entry.caller.account == call.account:
                continue
            if "*" not in let_in and entry.caller.account not in let_in:
                continue
            says = "taken from another account, after the role's trust was opened to it"
            for one in issued(entry):
                rows = (call.row, entry.row)
                found = Found(one.child, entry.name, rows, Certainty.INFERRED, says)
                grew = growth.add(node, found) or grew
    return grew
