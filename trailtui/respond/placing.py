"""Subjects that lie in a Region: how they are typed, and how they are read there."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trailtui.aws.errors import NotFound, Refused
from trailtui.respond.action import Refusal, Scene, Subject
from trailtui.respond.iam_principals import refuse_other_account

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d{1,2}")
_ARN = re.compile(
    r"arn:aws[\w-]*:(?P<service>[\w-]+):(?P<region>[\w-]*):(?P<account>\d{12}|):(?P<rest>[\x21-\x7e]+)"
)
_NAME = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True, slots=True)
class Placed:
    """What was typed: a name, and the Region where that was said."""

    name: str
    kind: str
    """The beginning of its ARN's last part (`trail/`); empty where only a name was typed."""
    region: str | None


def placed(scene: Scene, target: str, service: str, *prefixes: str) -> Placed:
    """The name and Region of a name or of an ARN of `service` that begins with a prefix.

    The Region is the ARN's, else the parameter's. Raises Refusal for the ARN of something else or
    of another account, and for a Region that can't be one.
    """
    word = target.strip()
    found = _ARN.fullmatch(word)
    if not _NAME.fullmatch(word) or (word.startswith("arn:") and not found):
        raise Refusal("this is no name and no ARN", where=target)
    given = scene.parameters.get("region")
    if given and not is_region(given):
        raise Refusal(
            "this is no Region", where=given, cure="Such as: --parameter region=us-east-1."
        )
    if not found:
        return Placed(word, "", given)
    rest = found["rest"]
    prefix = next((one for one in prefixes if rest.startswith(one)), None)
    if found["service"] != service or prefix is None:
        wanted = " or ".join(f"...:{service}:...:{one}NAME" for one in prefixes)
        raise Refusal("it is the ARN of something else", where=target, cure=f"Give {wanted}.")
    refuse_other_account(scene, found["account"] or None, target)
    return Placed(rest.removeprefix(prefix), prefix, found["region"] or given)


def is_region(text: str) -> bool:
    """Whether a text has the form of a Region's name."""
    return _REGION.fullmatch(text) is not None


def at_home(aws: "AwsSession", subject: Subject) -> "AwsSession":
    """The session, calling the Region that the subject lies in."""
    return aws.in_region(subject.region) if subject.region else aws


def read_if_there(
    aws: "AwsSession", service: str, operation: str, **parameters: object
) -> dict[str, Any] | None:
    """What a reading call answers; None where what it is about does not exist.

    Raises what `read` raises otherwise.
    """
    try:
        return aws.read(service, operation, **parameters).values
    except NotFound:
        return None


def read_unless(
    aws: "AwsSession", absent: Collection[str], service: str, operation: str, **parameters: object
) -> dict[str, Any] | None:
    """What a reading call answers; None where AWS refuses it with one of the codes `absent`.

    For operations that answer with an error where nothing is set. Raises what `read` raises.
    """
    try:
        return aws.read(service, operation, **parameters).values
    except Refused as refused:
        if refused.code in absent:
            return None
        raise
