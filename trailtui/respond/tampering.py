"""What a lineage did to the account's logging, and the actions that put it back: first of all."""

import json
import re
from collections.abc import Iterator

from trailtui.case.file import Case
from trailtui.lineage.nodes import Place, Tree
from trailtui.respond.case_changes import Recorded, recorded
from trailtui.respond.containment import LeftOut
from trailtui.respond.proposing import Proposal, Wish, merged, propose
from trailtui.respond.registry import actions

_BY_NAME = {
    ("cloudtrail.amazonaws.com", "StopLogging"): ("start-logging", "name"),
    ("cloudtrail.amazonaws.com", "DeleteTrail"): ("recreate-trail", "name"),
    ("cloudtrail.amazonaws.com", "PutEventSelectors"): ("restore-event-selectors", "trailName"),
    ("config.amazonaws.com", "StopConfigurationRecorder"): (
        "start-config-recorder",
        "configurationRecorderName",
    ),
}
"""By the call: what puts it back, and the parameter of the call that names the target."""
_BY_REGION = {
    ("guardduty.amazonaws.com", "DeleteDetector"): "enable-guardduty",
    ("guardduty.amazonaws.com", "UpdateDetector"): "enable-guardduty",
}
_FLOW_LOGS = ("ec2.amazonaws.com", "DeleteFlowLogs")
_FLOW_LOG = re.compile(r"\bfl-[0-9a-f]{8,17}\b")


def propose_all(case: Case, tree: Tree, account: str) -> Proposal:
    """Everything against a lineage: its nodes, what it opened, and the logging that it cut."""
    found = propose(tree, account)
    wishes, left_out = list(found.wishes), list(found.left_out)
    for call in _calls(case, tree, account):
        put_back = list(_put_back(call))
        wishes += put_back
        if not put_back:
            why = "No action of this program puts it back."
            left_out.append(LeftOut(f"{call.name} in {call.region}", f"{call.says()}. {why}"))
    return Proposal(tuple(merged(wishes)), tuple(left_out))


def _calls(case: Case, tree: Tree, account: str) -> Iterator[Recorded]:
    """The calls of the lineage's credentials that cut logging, and succeeded."""
    ours = {node.id for node in tree.nodes.values() if node.place is not Place.ORIGIN}
    by_source: dict[str, list[str]] = {}
    for source, name in (*_BY_NAME, *_BY_REGION, _FLOW_LOGS):
        by_source.setdefault(source, []).append(name)
    for source, names in by_source.items():
        for call in recorded(case, account, names, source):
            if call.credential in ours:
                yield call


def _put_back(call: Recorded) -> Iterator[Wish]:
    known = actions()
    for (_, name), (action, parameter) in _BY_NAME.items():
        target = call.request.get(parameter)
        if name == call.name and action in known and target:
            yield _wish(action, str(target), call)
    for (_, name), action in _BY_REGION.items():
        if name == call.name and action in known and call.region:
            yield Wish(action, call.region, {}, call.says(), (f"{call.name} {call.region}",))
    if call.name == _FLOW_LOGS[1] and "recreate-flow-logs" in known:
        for flow_log in sorted(set(_FLOW_LOG.findall(json.dumps(dict(call.request))))):
            yield Wish(
                "recreate-flow-logs", flow_log, {}, call.says(), (f"{call.name} {flow_log}",)
            )


def _wish(action: str, target: str, call: Recorded) -> Wish:
    """An action where the call was made: a trail is stopped and deleted at its home only."""
    takes_region = any(one.name == "region" for one in actions()[action].parameters)
    given = {"region": call.region} if takes_region and call.region and ":" not in target else {}
    return Wish(action, target, given, call.says(), (f"{call.name} {target}",))
