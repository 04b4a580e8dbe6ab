"""Whether an instance may be terminated, and whether it runs.

Source: EC2 API Reference, ModifyInstanceAttribute, StopInstances; EC2 User Guide, "Instance
lifecycle": what is in memory and on instance store volumes is lost with a stop.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.ec2_instances import (
    FINDS,
    READS,
    THERE,
    around_instance,
    find_instance,
    present_instance,
    refuse_gone,
    surroundings_of,
)
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_RUNNING = ("pending", "running")


def _read_protection(aws: "AwsSession", subject: Subject) -> State:
    if present_instance(aws, subject) is None:
        return {THERE: False, "protected": None}
    asked = {"InstanceId": subject.name, "Attribute": "disableApiTermination"}
    told = aws.in_region(subject.region).read("ec2", "DescribeInstanceAttribute", **asked).values
    return {THERE: True, "protected": bool(told["DisableApiTermination"]["Value"])}


def _set_protection(subject: Subject, *, on: bool) -> ApiCall:
    named = {"InstanceId": subject.name, "DisableApiTermination": {"Value": on}}
    return ApiCall("ec2", "ModifyInstanceAttribute", named, subject.region)


def _protect(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    if present["protected"]:
        raise AlreadyDone("the instance is protected from termination", where=subject.id)
    return Change((_set_protection(subject, on=True),), {**present, "protected": True})


def _unprotect(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_set_protection(subject, on=False),), prior)


def _read_running(aws: "AwsSession", subject: Subject) -> State:
    told = present_instance(aws, subject)
    if told is None:
        return {THERE: False, "runs": False}
    return {THERE: True, "runs": told["State"]["Name"] in _RUNNING}


def _stop(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    if not present["runs"]:
        raise AlreadyDone("the instance is stopped, or stops", where=subject.id)
    call = ApiCall("ec2", "StopInstances", {"InstanceIds": [subject.name]}, subject.region)
    return Change((call,), {**present, "runs": False})


def _start(subject: Subject, prior: State, _left: State) -> Change:
    call = ApiCall("ec2", "StartInstances", {"InstanceIds": [subject.name]}, subject.region)
    return Change((call,), prior)


def _stopped(expected: State, present: State) -> bool:
    """As expected; what is meant to be stopped may also be gone."""
    return same_state(expected, present) or (not expected["runs"] and not present["runs"])


def _look_at_protection(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    return surroundings_of(around_instance(scene, subject), subject)


def _look_at_stop(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_instance(scene, subject)
    told = present_instance(scene.aws, subject) or {}
    kept = [one["Ebs"]["VolumeId"] for one in told.get("BlockDeviceMappings", [])]
    around.fact("EBS volumes, which stay", ", ".join(kept) or "none")
    more = ["Its memory is lost with the stop: capture it before, where it can tell something."]
    if told.get("PublicIpAddress"):
        more.append("Its public address is given up, unless it is an Elastic IP.")
    return surroundings_of(around, subject, *more)


PROTECT_INSTANCE_TERMINATION = Action(
    name="protect-instance-termination",
    title="Protect an instance from termination",
    subject_kind="instance",
    parameters=(REGION,),
    permissions=Permissions(
        plan=(*FINDS, "ec2:DescribeInstanceAttribute"),
        look=(),
        apply=("ec2:ModifyInstanceAttribute", *READS, "ec2:DescribeInstanceAttribute"),
        undo=("ec2:ModifyInstanceAttribute", *READS, "ec2:DescribeInstanceAttribute"),
    ),
    does="Switches termination protection on: calls to terminate the instance are refused.",
    does_not_stop=(
        "Auto scaling, and the end of a Spot instance: both pass by this protection.",
        "A shutdown from inside, where that terminates; a stop.",
        "Whoever may change instances can switch it off again.",
    ),
    can_hurt=("A lawful deployment that terminates the machine is refused.",),
    undo_says="Switches termination protection off again.",
    undo_warns="The machine, and what it can tell, can be destroyed by a call again.",
    find=find_instance,
    read=_read_protection,
    change=_protect,
    restore=_unprotect,
    holds=same_state,
    look_around=_look_at_protection,
    order=Order.EVIDENCE,
    region_bound=True,
)

STOP_INSTANCE = Action(
    name="stop-instance",
    title="Stop an instance",
    subject_kind="instance",
    parameters=(REGION,),
    permissions=Permissions(
        plan=FINDS,
        look=(),
        apply=("ec2:StopInstances", *READS),
        undo=("ec2:StartInstances", *READS),
    ),
    does="Stops the machine: nothing runs on it any more, and it gets no new credentials. Its EBS "
    "volumes stay. An instance that has its root on instance store can't be stopped.",
    does_not_stop=(
        "Credentials that were taken from it: they live on, up to six hours. Revoke the role's.",
        "Whoever may start instances starts it again; auto scaling replaces it.",
    ),
    can_hurt=(
        "What is in memory, and on instance store, is lost, and with it evidence: snapshot first, "
        "and isolate rather than stop.",
        "What the machine serves fails. It may come back with another public address.",
    ),
    undo_says="Starts the instance again, on other hardware. Memory and instance store are empty.",
    undo_warns="Whatever was left on the machine to start with it starts again.",
    find=find_instance,
    read=_read_running,
    change=_stop,
    restore=_start,
    holds=_stopped,
    look_around=_look_at_stop,
    order=Order.SOURCES,
    region_bound=True,
)

ACTIONS = (PROTECT_INSTANCE_TERMINATION, STOP_INSTANCE)
