"""EC2 instances as what actions work on: found by id or ARN, and confirmed by EC2."""

import re
from typing import TYPE_CHECKING, Any

from trailtui.aws.errors import NotFound
from trailtui.model.entity import Entity
from trailtui.respond.action import Refusal, Scene, Subject, Surroundings
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.iam_principals import refuse_other_account
from trailtui.respond.looking import Around
from trailtui.respond.regional import find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_ID = re.compile(r"i-[0-9a-f]{8,17}")
_ARN = re.compile(r"arn:aws[\w-]*:ec2:([\w-]+):(\d{12}):instance/(i-[0-9a-f]{8,17})")
_ENDED = ("shutting-down", "terminated")

THERE = "instance"
"""In a state: whether the instance is there. What is terminated is not, though EC2 shows it yet."""

READS = ("ec2:DescribeInstances",)
FINDS = ("sts:GetCallerIdentity", *READS)


def find_instance(scene: Scene, target: str) -> Subject:
    """The instance of that id or ARN.

    Raises Refusal for what is none, is gone, is another account's, or is the machine that the
    responder's own session comes from.
    """
    word = target.strip()
    told = _ARN.fullmatch(word)
    if told:
        refuse_other_account(scene, told[2], target)
    elif not _ID.fullmatch(word):
        raise Refusal("this is no EC2 instance", where=target, cure="Give its id (i-...) or ARN.")
    number = told[3] if told else word
    region, _ = find_in_region(
        scene, target, told[1] if told else None, lambda aws: instance(aws, number)
    )
    if scene.identity.session_name == number:
        raise Refusal(
            "it is the machine that you are working from",
            where=number,
            cure="Let another responder do it, from an identity of their own.",
        )
    account = scene.identity.account
    arn = f"arn:{scene.aws.partition}:ec2:{region}:{account}:instance/{number}"
    return Subject("instance", number, arn, account, number, region)


def instance(aws: "AwsSession", number: str) -> dict[str, Any] | None:
    """What EC2 tells of an instance in the session's Region; None where it is gone."""
    try:
        told = aws.read("ec2", "DescribeInstances", InstanceIds=[number]).values
    except NotFound:
        return None
    found: list[dict[str, Any]] = [
        one for group in told["Reservations"] for one in group["Instances"]
    ]
    return next((one for one in found if one["State"]["Name"] not in _ENDED), None)


def present_instance(aws: "AwsSession", subject: Subject) -> dict[str, Any] | None:
    """The subject as EC2 tells it; None where it is gone."""
    return instance(aws.in_region(subject.region), subject.name)


def refuse_gone(subject: Subject, *, there: bool) -> None:
    """Raise Refusal where the instance is gone."""
    if not there:
        raise Refusal("the instance is gone", where=subject.id)


def around_instance(scene: Scene, subject: Subject) -> Around:
    """What stands around an instance: its name, addresses, role, group, and its use in the case."""
    around = Around(scene.aws.in_region(subject.region))
    told = present_instance(scene.aws, subject) or {}
    tags = {tag["Key"]: tag["Value"] for tag in told.get("Tags", [])}
    around.fact("instance", f"{tags.get('Name', 'without a name')}, {_state(told)}")
    around.fact("in", f"{told.get('VpcId', 'no VPC')}, {told.get('SubnetId', 'no subnet')}")
    addresses = [told.get("PrivateIpAddress"), told.get("PublicIpAddress")]
    around.fact("addresses", ", ".join(str(one) for one in addresses if one) or "none")
    profile = told.get("IamInstanceProfile", {}).get("Arn")
    around.fact("instance profile", profile or "none")
    group = tags.get("aws:autoscaling:groupName")
    if group:
        around.warnings.append(
            f"It belongs to the auto-scaling group {group}, which replaces and terminates what "
            "looks ill: let it leave first (leave-auto-scaling)."
        )
    around.facts += use_in_case(scene.case, Entity("resource", subject.arn))
    return around


def _state(told: dict[str, Any]) -> str:
    return str(told.get("State", {}).get("Name", "of unknown state"))


def surroundings_of(around: Around, subject: Subject, *more: str) -> Surroundings:
    """The surroundings with the certainty that EC2's own word gives; `more` are warnings."""
    certainty = (
        f"EC2 knows {subject.arn}. What runs on it, and who else has its credentials, is not seen "
        "from outside."
    )
    return Surroundings(tuple(around.facts), (*around.warnings, *more), certainty)
