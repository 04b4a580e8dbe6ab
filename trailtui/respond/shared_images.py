"""Snapshots and images of EC2 that were shared, no longer shared."""

import re
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import Action, Order, Permissions, Refusal, Scene, Subject
from trailtui.respond.placing import at_home, placed, read_if_there
from trailtui.respond.regional import REGION, find_in_region
from trailtui.respond.sharing import EVERYBODY, FROM, Sharing

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

SOURCE = "ec2.amazonaws.com"
_ID = re.compile(r"(?:snap|ami)-[0-9a-f]{8,17}")
_MEMBERS = ("UserId", "OrganizationArn", "OrganizationalUnitArn")


def _snapshot(aws: "AwsSession", number: str) -> list[str] | None:
    named = {"SnapshotId": number, "Attribute": "createVolumePermission"}
    told = read_if_there(aws, "ec2", "DescribeSnapshotAttribute", **named)
    return None if told is None else _names(told.get("CreateVolumePermissions", []))


def _image(aws: "AwsSession", number: str) -> list[str] | None:
    named = {"ImageId": number, "Attribute": "launchPermission"}
    told = read_if_there(aws, "ec2", "DescribeImageAttribute", **named)
    return None if told is None else _names(told.get("LaunchPermissions", []))


def _names(permissions: list[dict[str, str]]) -> list[str]:
    return [
        EVERYBODY if "Group" in one else next(one[m] for m in _MEMBERS if m in one)
        for one in permissions
    ]


def _items(names: list[str]) -> list[dict[str, str]]:
    return [_item(name) for name in names]


def _item(name: str) -> dict[str, str]:
    if name == EVERYBODY:
        return {"Group": EVERYBODY}
    if ":organization/" in name:
        return {"OrganizationArn": name}
    return {"OrganizationalUnitArn" if name.startswith("arn:") else "UserId": name}


def _changes(added: list[str], removed: list[str]) -> dict[str, Any]:
    given = {"Add": _items(added), "Remove": _items(removed)}
    return {verb: items for verb, items in given.items() if items}


def _set_snapshot(subject: Subject, added: list[str], removed: list[str]) -> ApiCall:
    named = {"SnapshotId": subject.name, "Attribute": "createVolumePermission"}
    given = {**named, "CreateVolumePermission": _changes(added, removed)}
    return ApiCall("ec2", "ModifySnapshotAttribute", given, subject.region)


def _set_image(subject: Subject, added: list[str], removed: list[str]) -> ApiCall:
    given = {"ImageId": subject.name, "LaunchPermission": _changes(added, removed)}
    return ApiCall("ec2", "ModifyImageAttribute", given, subject.region)


def _find_snapshot(scene: Scene, target: str) -> Subject:
    return _find(scene, target, "snapshot", "snap-")


def _find_image(scene: Scene, target: str) -> Subject:
    return _find(scene, target, "image", "ami-")


def _find(scene: Scene, target: str, kind: str, beginning: str) -> Subject:
    typed = placed(scene, target, "ec2", f"{kind}/")
    if not _ID.fullmatch(typed.name) or not typed.name.startswith(beginning):
        raise Refusal(f"this is no {kind}", where=target, cure=f"Its id begins with {beginning}.")
    shared = _snapshot if kind == "snapshot" else _image
    region, _ = find_in_region(scene, target, typed.region, lambda aws: shared(aws, typed.name))
    arn = f"arn:{scene.aws.partition}:ec2:{region}::{kind}/{typed.name}"
    return Subject(kind, typed.name, arn, scene.identity.account, typed.name, region)


SNAPSHOTS = Sharing(
    lambda aws, subject: _snapshot(at_home(aws, subject), subject.name),
    _set_snapshot,
    ("ModifySnapshotAttribute", "ResetSnapshotAttribute"),
    SOURCE,
)
IMAGES = Sharing(
    lambda aws, subject: _image(at_home(aws, subject), subject.name),
    _set_image,
    ("ModifyImageAttribute", "ResetImageAttribute"),
    SOURCE,
)
_COPIES = "Copies that others made meanwhile are theirs: nothing gets them back."

UNSHARE_SNAPSHOT = Action(
    name="unshare-snapshot",
    title="Stop sharing a snapshot",
    subject_kind="snapshot",
    parameters=(FROM, REGION),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "ec2:DescribeSnapshotAttribute"),
        look=(),
        apply=("ec2:ModifySnapshotAttribute", "ec2:DescribeSnapshotAttribute"),
        undo=("ec2:ModifySnapshotAttribute", "ec2:DescribeSnapshotAttribute"),
    ),
    does="Takes away the permission to make volumes of the snapshot, from everybody or from those "
    "that are named.",
    does_not_stop=(
        _COPIES,
        "Whoever reads its blocks by permissions in this account (EBS direct APIs).",
    ),
    can_hurt=("An account that was meant to have it, for backups or tests, loses it.",),
    undo_says="Shares the snapshot again with those that it was shared with.",
    undo_warns="Whoever the attacker shared it with can copy the data.",
    find=_find_snapshot,
    read=SNAPSHOTS.read,
    change=SNAPSHOTS.take_away,
    restore=SNAPSHOTS.give_back,
    holds=SNAPSHOTS.holds,
    look_around=SNAPSHOTS.look_around,
    order=Order.DATA,
    region_bound=True,
)

UNSHARE_IMAGE = Action(
    name="unshare-image",
    title="Stop sharing an image",
    subject_kind="image",
    parameters=(FROM, REGION),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "ec2:DescribeImageAttribute"),
        look=(),
        apply=("ec2:ModifyImageAttribute", "ec2:DescribeImageAttribute"),
        undo=("ec2:ModifyImageAttribute", "ec2:DescribeImageAttribute"),
    ),
    does="Takes away the permission to launch the image (AMI), from everybody or from those that "
    "are named.",
    does_not_stop=(
        _COPIES,
        "Machines that others launched from it, and snapshots behind it that are shared by "
        "themselves (unshare-snapshot).",
    ),
    can_hurt=("Accounts that launch machines from it, by themselves in a scaling group, fail.",),
    undo_says="Shares the image again with those that it was shared with.",
    undo_warns="Whoever the attacker shared it with can launch it and read what is on it.",
    find=_find_image,
    read=IMAGES.read,
    change=IMAGES.take_away,
    restore=IMAGES.give_back,
    holds=IMAGES.holds,
    look_around=IMAGES.look_around,
    order=Order.DATA,
    region_bound=True,
)

ACTIONS = (UNSHARE_SNAPSHOT, UNSHARE_IMAGE)
