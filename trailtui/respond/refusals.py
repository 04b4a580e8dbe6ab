"""What is never done, whoever confirms it. Asked as a plan is made, and again as it is applied."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from trailtui.aws.identity import AwsIdentity
from trailtui.case.journal import append
from trailtui.model.errors import InputError
from trailtui.respond.action import Refusal, Subject
from trailtui.respond.targets import bare

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case

BREAK_GLASS = "break-glass"
"""The case's setting: ARNs of users and roles that no action may touch."""

_PROTECTABLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(user|role)/[\x21-\x7e]+", re.ASCII)

_OWN_CURE = "Let another responder do it, from an identity of their own."


def break_glass_list(case: "Case") -> list[str]:
    """The ARNs that are protected in this case."""
    return [str(arn) for arn in cast("list[Any]", case.setting(BREAK_GLASS, []))]


def protect_arns(case: "Case", arns: Iterable[str], *, remove: bool = False) -> None:
    """Add ARNs of users and roles to the case's break-glass list, or take them off; logged.

    Raises InputError for what is no such ARN.
    """
    wanted = list(arns)
    for arn in wanted:
        if not _PROTECTABLE.fullmatch(arn):
            raise InputError(
                "this is no ARN of a user or role", where=arn, cure="arn:aws:iam::ACCOUNT:role/NAME"
            )
    with case.writing():
        listed = break_glass_list(case)
        kept = [arn for arn in listed if arn not in wanted]
        case.set_setting(BREAK_GLASS, kept if remove else kept + wanted)
        append(case, "break-glass", {"removed" if remove else "added": wanted})


def refuse_if_forbidden(
    case: "Case", aws: "AwsSession", identity: AwsIdentity, subject: Subject
) -> None:
    """Raise Refusal where the subject must not be touched by this identity in this case."""
    _refuse_other_account(case, identity, subject)
    _refuse_own(aws, identity, subject)
    _refuse_unmodifiable(subject)
    for arn in break_glass_list(case):
        if bare(arn) == bare(subject.arn):
            raise Refusal(
                "it is on the case's break-glass list",
                where=subject.arn,
                cure="Take it off the list first, if that is really meant.",
            )


def _refuse_other_account(case: "Case", identity: AwsIdentity, subject: Subject) -> None:
    if subject.account != identity.account:
        raise Refusal(
            f"it belongs to account {subject.account}, this session to {identity.account}",
            where=subject.id,
            cure=f"Give a --profile for {subject.account}.",
        )
    armed = cast("dict[str, str] | None", case.setting("armed"))
    if armed and armed["account"] != subject.account:
        raise Refusal(
            f"the case is armed for account {armed['account']}, not {subject.account}",
            where=subject.id,
            cure="Disarm the case and arm it for the other account.",
        )


def _refuse_own(aws: "AwsSession", identity: AwsIdentity, subject: Subject) -> None:
    if identity.is_root and subject.arn.endswith(":root"):
        raise Refusal("it is your own identity", where=subject.arn, cure=_OWN_CURE)
    if subject.kind == "access-key" and subject.id in aws.own_key_ids():
        raise Refusal("it is the key that you are working with", where=subject.id, cure=_OWN_CURE)
    own = own_arn(identity)
    if own is not None and bare(own) == bare(subject.arn):
        kind = "role" if identity.role_name is not None else "user"
        raise Refusal(f"it is the {kind} that you are working as", where=subject.id, cure=_OWN_CURE)


def own_arn(identity: AwsIdentity) -> str | None:
    """The ARN, without its path, of the user or role that a session works as; None for others."""
    front = f"arn:{identity.partition}:iam::{identity.account}"
    if identity.role_name is not None:
        return f"{front}:role/{identity.role_name}"
    return None if identity.user_name is None else f"{front}:user/{identity.user_name}"


def _refuse_unmodifiable(subject: Subject) -> None:
    if not subject.kind.startswith("role"):
        return  # a role's session or policy is changed through the role
    name, arn = subject.name.casefold(), subject.arn.casefold()
    if name.startswith("awsservicerole") or ":role/aws-service-role/" in arn:
        raise Refusal(
            "it is a service-linked role: only its service may change it",
            where=subject.arn,
            cure="Contain what uses the service instead, or deny with an SCP.",
        )
    if name.startswith("awsreservedsso_") or ":role/aws-reserved/" in arn:
        raise Refusal(
            "it is a role of IAM Identity Center, which alone may change it",
            where=subject.arn,
            cure="In Identity Center: end the user's sessions, disable the user or delete the "
            "assignment; or deny with an SCP on identitystore:userId.",
        )
