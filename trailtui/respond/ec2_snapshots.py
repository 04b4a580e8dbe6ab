"""Snapshots of an instance's volumes, as evidence, before anything could destroy them.

Source: EC2 API Reference, CreateSnapshots: all volumes at one moment, as after a power failure.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Parameter,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
)
from trailtui.respond.case_facts import case_id
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
from trailtui.respond.irreversible import no_way_back
from trailtui.respond.regional import REGION

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

EVIDENCE_OF = "trailtui:evidence-of"
"""The tag that tells whose evidence a snapshot is."""


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = present_instance(aws, subject)
    devices: list[dict[str, Any]] = (told or {}).get("BlockDeviceMappings", [])
    volumes = {one["Ebs"]["VolumeId"] for one in devices}
    asked: list[dict[str, Any]] = [{"Name": f"tag:{EVIDENCE_OF}", "Values": [subject.name]}]
    found = aws.in_region(subject.region).read_all(
        "ec2", "DescribeSnapshots", "Snapshots", OwnerIds=["self"], Filters=asked
    )
    kept = [one for one in found if one.get("State") != "error"]
    volumes |= {one["VolumeId"] for one in kept}  # also of volumes that it has no longer
    counted = {volume: sum(one["VolumeId"] == volume for one in kept) for volume in sorted(volumes)}
    return {THERE: told is not None, "snapshots": counted}


def _case_of(scene: Scene, _subject: Subject, _present: State) -> Mapping[str, str]:
    return {**scene.parameters, "case": case_id(scene.case)}


def _snapshot(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    refuse_gone(subject, there=present[THERE])
    counted: dict[str, int] = present["snapshots"]
    if not counted:
        raise Refusal("the instance has no EBS volume: there is nothing to snapshot")
    if all(counted.values()) and parameters.get("again") != "yes":
        raise AlreadyDone(
            "each of its volumes has a snapshot as evidence",
            where=subject.id,
            cure="Give --parameter again=yes for one of this moment.",
        )
    tags = [
        {"Key": EVIDENCE_OF, "Value": subject.name},
        {"Key": "trailtui:case", "Value": parameters.get("case", "")},
    ]
    call = ApiCall(
        "ec2",
        "CreateSnapshots",
        {
            "InstanceSpecification": {"InstanceId": subject.name, "ExcludeBootVolume": False},
            "Description": f"Evidence of {subject.name}",
            "TagSpecifications": [{"ResourceType": "snapshot", "Tags": tags}],
        },
        subject.region,
    )
    after = {THERE: True, "snapshots": {volume: n + 1 for volume, n in counted.items()}}
    return Change((call,), after)


def _holds(expected: State, present: State) -> bool:
    """Whether as many snapshots stand; also once the machine itself is gone."""
    now: dict[str, int] = present["snapshots"]
    wanted: dict[str, int] = expected["snapshots"]
    return all(now.get(volume, 0) >= n for volume, n in wanted.items())


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = around_instance(scene, subject)
    around.fact("volumes", ", ".join(present["snapshots"]) or "none")
    return surroundings_of(
        around,
        subject,
        "Whoever may delete snapshots can delete these: share them with an account for evidence, "
        "and copy them there.",
        "A snapshot holds what it is told to at the call, and is complete only later: wait for it "
        "before a volume is deleted.",
    )


_READS = (*READS, "ec2:DescribeSnapshots")

SNAPSHOT_INSTANCE = Action(
    name="snapshot-instance",
    title="Snapshot the volumes of an instance as evidence",
    subject_kind="instance",
    parameters=(
        REGION,
        Parameter("again", "yes: also where each volume has a snapshot as evidence already"),
    ),
    permissions=Permissions(
        plan=(*FINDS, "ec2:DescribeSnapshots"),
        look=(),
        apply=("ec2:CreateSnapshots", "ec2:CreateTags", *_READS),
        undo=(),
    ),
    does="Makes a snapshot of every EBS volume of the instance at one moment, tagged with the "
    "instance and the case.",
    does_not_stop=(
        "Anything: it keeps evidence. What is in memory only, and on instance store, is not kept.",
    ),
    can_hurt=("Snapshots cost by what they hold. Reading the volume is slower for a while.",),
    undo_says="The snapshots are evidence and are kept. Delete them by hand when the case is over.",
    undo_warns="",
    find=find_instance,
    read=_read,
    change=_snapshot,
    restore=no_way_back,
    holds=_holds,
    look_around=_look_around,
    order=Order.EVIDENCE,
    irreversible=True,
    region_bound=True,
    complete=_case_of,
)

ACTIONS = (SNAPSHOT_INSTANCE,)
