"""Arming a case: the one way from reading to changing, pinned to an account and an identity."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from trailtui.aws.identity import AwsIdentity
from trailtui.case.journal import append
from trailtui.model.times import now_ms
from trailtui.respond.action import Refusal

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case


@dataclass(frozen=True, slots=True)
class Arming:
    """For which account and identity a case is armed, and since when."""

    account: str
    arn: str
    at_ms: int


def arming(case: "Case") -> Arming | None:
    """How the case is armed; None while it is read-only."""
    value = cast("dict[str, str | int] | None", case.setting("armed"))
    if not value:
        return None
    return Arming(str(value["account"]), str(value["arn"]), int(value["at_ms"]))


def arm(case: "Case", aws: "AwsSession") -> Arming:
    """Arm the case for the session's account and identity; logged.

    Raises Refusal where it is armed for another one: that is to be disarmed first, knowingly.
    """
    identity = introduce(case, aws)
    with case.writing(durable=True):
        present = arming(case)
        if present is not None:
            _refuse_mismatch(present, identity)
            return present
        made = Arming(identity.account, identity.arn, now_ms())
        case.set_setting("armed", {"account": made.account, "arn": made.arn, "at_ms": made.at_ms})
        append(case, "armed", {"account": made.account, "arn": made.arn})
    return made


def disarm(case: "Case") -> None:
    """Make the case read-only again; logged where it was armed."""
    with case.writing():
        present = arming(case)
        if present is not None:
            case.set_setting("armed", None)
            append(case, "disarmed", {"account": present.account, "arn": present.arn})


def introduce(case: "Case", aws: "AwsSession") -> AwsIdentity:
    """Ask AWS who the session is, and let the action log name it from here on."""
    identity = aws.identity()
    name_identity(case, identity)
    return identity


def name_identity(case: "Case", identity: AwsIdentity) -> None:
    """Let the action log name an AWS identity from here on; logged where it is another one."""
    known = case.responder
    if (known.aws_arn, known.aws_account) != (identity.arn, identity.account):
        case.responder = replace(known, aws_arn=identity.arn, aws_account=identity.account)
        if not case.readonly:
            append(case, "aws-identity", {"arn": identity.arn, "account": identity.account})


def armed_session(case: "Case", aws: "AwsSession", identity: AwsIdentity) -> "AwsSession":
    """A session that may change things; Refusal unless the case is armed for this identity."""
    present = arming(case)
    if present is None:
        raise Refusal(
            "the case is read-only",
            where=case.name,
            cure=f"Arm it for account {identity.account} first: `trailtui contain CASE arm`, "
            "or --arm.",
        )
    _refuse_mismatch(present, identity)
    return aws.armed()


def _refuse_mismatch(present: Arming, identity: AwsIdentity) -> None:
    if present.account != identity.account or _who(present.arn) != _who(identity.arn):
        raise Refusal(
            f"the case is armed for {present.arn} in {present.account}, and this is "
            f"{identity.arn} in {identity.account}",
            cure="Use that identity, or disarm the case and arm it for this one.",
        )


def _who(arn: str) -> str:
    """An identity without the session name that botocore makes up anew for each process.

    Such a name is the time (`botocore-session-1700000000`); a name that somebody chose, as Identity
    Center does for its users, stays and has to match.
    """
    return re.sub(r"/botocore-session-\d+$", "/botocore-session", arn)
