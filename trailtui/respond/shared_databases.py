"""Snapshots of databases, and of clusters of them, that were shared, no longer shared."""

from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.respond.action import Action, Order, Permissions, Scene, Subject
from trailtui.respond.placing import at_home, placed, read_unless
from trailtui.respond.regional import REGION, find_in_region
from trailtui.respond.sharing import FROM, Sharing

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_SINGLE, _CLUSTER = "db-snapshot", "db-cluster-snapshot"
_WORDS = {_SINGLE: "DBSnapshot", _CLUSTER: "DBClusterSnapshot"}
"""How the operations call each kind, and their parameters and answers."""
_ARN_WORDS = {_SINGLE: "snapshot:", _CLUSTER: "cluster-snapshot:"}
_GONE = ("DBClusterSnapshotNotFoundFault", "DBSnapshotNotFoundFault")


def _shared(aws: "AwsSession", kind: str, name: str) -> list[str] | None:
    word = _WORDS[kind]
    named = {f"{word}Identifier": name}
    try:
        told = read_unless(aws, _GONE, "rds", f"Describe{word}Attributes", **named)
    except NotFound:
        return None
    if told is None:
        return None
    listed: list[dict[str, Any]] = told[f"{word}AttributesResult"].get(f"{word}Attributes", [])
    return [
        v for one in listed if one["AttributeName"] == "restore" for v in one["AttributeValues"]
    ]


def _find(scene: Scene, target: str) -> Subject:
    typed = placed(scene, target, "rds", *_ARN_WORDS.values())
    kinds = [kind for kind, word in _ARN_WORDS.items() if typed.kind in ("", word)]

    def look(aws: "AwsSession") -> str | None:
        found = (kind for kind in kinds if _shared(aws, kind, typed.name) is not None)
        return next(found, None)

    region, kind = find_in_region(scene, target, typed.region, look)
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:rds:{region}:{account}:{_ARN_WORDS[kind]}{typed.name}"
    return Subject(kind, typed.name, arn, account, typed.name, region)


def _read(aws: "AwsSession", subject: Subject) -> list[str] | None:
    return _shared(at_home(aws, subject), subject.kind, subject.name)


def _set(subject: Subject, added: list[str], removed: list[str]) -> ApiCall:
    word = _WORDS[subject.kind]
    given: dict[str, Any] = {f"{word}Identifier": subject.name, "AttributeName": "restore"}
    if added:
        given["ValuesToAdd"] = added
    if removed:
        given["ValuesToRemove"] = removed
    return ApiCall("rds", f"Modify{word}Attribute", given, subject.region)


DATABASES = Sharing(
    _read,
    _set,
    ("ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"),
    "rds.amazonaws.com",
)
_READS = ("rds:DescribeDBSnapshotAttributes", "rds:DescribeDBClusterSnapshotAttributes")
_WRITES = ("rds:ModifyDBSnapshotAttribute", "rds:ModifyDBClusterSnapshotAttribute")

UNSHARE_DB_SNAPSHOT = Action(
    name="unshare-db-snapshot",
    title="Stop sharing a database's snapshot",
    subject_kind=_SINGLE,
    parameters=(FROM, REGION),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", *_READS),
        look=(),
        apply=(*_WRITES, *_READS),
        undo=(*_WRITES, *_READS),
    ),
    does="Takes away the permission to restore the snapshot of a database or cluster, from "
    "everybody or from those that are named.",
    does_not_stop=(
        "Databases that others restored from it, and their copies: nothing gets them back. What "
        "is in it counts as known: passwords in it too.",
        "Snapshots that are exported to a bucket.",
    ),
    can_hurt=("An account that was meant to have it, for backups or tests, loses it.",),
    undo_says="Shares the snapshot again with those that it was shared with.",
    undo_warns="Whoever the attacker shared it with can restore the data.",
    find=_find,
    read=DATABASES.read,
    change=DATABASES.take_away,
    restore=DATABASES.give_back,
    holds=DATABASES.holds,
    look_around=DATABASES.look_around,
    order=Order.DATA,
    region_bound=True,
)

ACTIONS = (UNSHARE_DB_SNAPSHOT,)
