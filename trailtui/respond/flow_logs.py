"""Flow logs of a network that were deleted, made again."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Fact,
    Order,
    Parameter,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.flow_log_settings import (
    FLOW_LOG,
    RESOURCE,
    comparable,
    kind_of,
    made_in_case,
    settings_from,
)
from trailtui.respond.placing import at_home, placed
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def _find(scene: Scene, target: str) -> Subject:
    """The network by its id, or by that of a deleted flow log whose making the case has."""
    typed = placed(
        scene, target, "ec2", "vpc-flow-log/", *(f"{kind}/" for kind in ("vpc", "subnet"))
    )
    name, region = typed.name, typed.region or scene.aws.region
    wanted = name
    if FLOW_LOG.fullmatch(name):
        made = [m for m in made_in_case(scene.case, scene.identity.account) if name in m.ids]
        if not made or len(made[-1].resources) != 1:
            raise Refusal(
                "the case does not say which network that flow log was of",
                where=target,
                cure="Name the network: vpc-..., subnet-... or eni-...",
            )
        name, region = next(iter(made[-1].resources)), made[-1].call.region
    if not RESOURCE.fullmatch(name):
        raise Refusal("this is no network", where=target, cure="Give vpc-..., subnet-..., eni-...")
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:ec2:{region}:{account}:{kind_of(name)[1]}/{name}"
    return Subject("network", wanted, arn, account, name, region)


def _read(aws: "AwsSession", subject: Subject) -> State:
    wanted = [{"Name": "resource-id", "Values": [subject.name]}]
    found: list[dict[str, Any]] = at_home(aws, subject).read_all(
        "ec2", "DescribeFlowLogs", "FlowLogs", Filter=wanted
    )
    return _state([comparable(one) for one in found], [one["FlowLogId"] for one in found])


def _state(logs: list[dict[str, Any]], ids: list[str]) -> State:
    return {"flow logs": sorted(logs, key=json.dumps), "exact": sorted(ids)}


def _completed(scene: Scene, subject: Subject, _present: State) -> Mapping[str, str]:
    """The parameters with the settings of the flow logs that the case saw deleted."""
    given = dict(scene.parameters)
    if "settings" in given:
        return given
    made = made_in_case(scene.case, subject.account, subject.region)
    one_of_them = FLOW_LOG.fullmatch(subject.id) is not None
    settings = [
        dict(one.settings)
        for one in made
        if subject.name in one.resources
        and (subject.id in one.ids if one_of_them else one.was_deleted)
    ]
    if not settings:
        raise Refusal(
            "the case does not tell which flow logs the network had",
            where=subject.id,
            cure="Collect older events (CreateFlowLogs), or give them: --parameter settings="
            '\'{"TrafficType": "ALL", "LogDestinationType": "s3", "LogDestination": "..."}\'.',
        )
    return {**given, "settings": json.dumps(settings)}


def _recreate(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    calls: list[ApiCall] = []
    logs = list(present["flow logs"])
    for settings in settings_from(parameters["settings"]):
        if comparable(settings) in logs:
            continue
        logs.append(comparable(settings))
        on = {"ResourceIds": [subject.name], "ResourceType": kind_of(subject.name)[0]}
        calls.append(ApiCall("ec2", "CreateFlowLogs", {**on, **settings}, subject.region))
    if not calls:
        raise AlreadyDone("the network has those flow logs", where=subject.id)
    return Change(tuple(calls), _state(logs, present["exact"]))


def _restore(subject: Subject, prior: State, present: State) -> Change:
    ours = [number for number in present["exact"] if number not in prior["exact"]]
    return Change((ApiCall("ec2", "DeleteFlowLogs", {"FlowLogIds": ours}, subject.region),), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    facts = [
        Fact("made" + (", deleted since" if one.was_deleted else ""), one.call.says())
        for one in made_in_case(scene.case, subject.account, subject.region)
        if subject.name in one.resources
    ]
    there = ", ".join(one["to"] for one in present["flow logs"])
    facts.append(Fact("flow logs now", there or "none"))
    certainty = (
        "The settings are as true as the records that tell them. Whether the network and the "
        "destination are still there is seen when AWS is asked to make it."
    )
    return Surroundings(tuple(facts), (), certainty)


RECREATE_FLOW_LOGS = Action(
    name="recreate-flow-logs",
    title="Make deleted flow logs again",
    subject_kind="network",
    parameters=(
        Parameter("settings", "parameters of CreateFlowLogs, as JSON; else the case tells them"),
        REGION,
    ),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "ec2:DescribeFlowLogs"),
        look=(),
        apply=("ec2:CreateFlowLogs", "ec2:DescribeFlowLogs"),
        undo=("ec2:DeleteFlowLogs", "ec2:DescribeFlowLogs"),
    ),
    does="Makes the network's flow logs that were deleted, with what they recorded and to where.",
    does_not_stop=(
        "What went over the network meanwhile is in no flow log.",
        "Whoever deleted them can delete them again: contain that credential.",
    ),
    can_hurt=(
        "Flow logs and their storage are paid for.",
        "Into a log group they take iam:PassRole on their role, into a bucket "
        "logs:CreateLogDelivery and the bucket policy's consent: AWS refuses the call without.",
    ),
    undo_says="Deletes the flow logs that were made; what they delivered stays.",
    undo_warns="The network is no longer recorded: what the attacker wanted.",
    find=_find,
    read=_read,
    change=_recreate,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.LOGGING,
    region_bound=True,
    complete=_completed,
)

ACTIONS = (RECREATE_FLOW_LOGS,)
