"""AWS's own quarantine of users whose keys leaked: a mark, and not containment."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

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
from trailtui.respond.iam_principals import find_user
from trailtui.respond.iam_surroundings import LOOKS_AROUND_USER, around_user, surroundings
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.policy_parts import attach, detach, read_attached

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

POLICY = "AWSCompromisedKeyQuarantineV3"


def _arn(subject: Subject) -> str:
    return f"arn:{subject.arn.split(':')[1]}:iam::aws:policy/{POLICY}"


def _read(aws: "AwsSession", subject: Subject) -> State:
    return read_attached(aws, subject, _arn(subject))


def _quarantine(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present[PRINCIPAL] is None:
        raise AlreadyDone("the user is gone: there is nobody to quarantine", where=subject.id)
    if present["attached"]:
        raise AlreadyDone("the policy is attached already; AWS may have done it", where=subject.id)
    return Change((attach(subject, _arn(subject)),), {**present, "attached": True})


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    return Change((detach(subject, _arn(subject)),), prior)


def _holds(expected: State, present: State) -> bool:
    gone = present[PRINCIPAL] is None and expected["attached"]
    return gone or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = around_user(scene, subject)
    around.warnings.append(
        "This is a mark, no containment: roles can still be assumed, secrets and parameters read, "
        "trails stopped. Deny the user everything (deny-user) where that is meant."
    )
    certainty = f"IAM knows {subject.arn}; what the policy denies is AWS's to change."
    return surroundings(scene, subject, around, certainty)


QUARANTINE_USER = Action(
    name="quarantine-user",
    title="Attach AWS's quarantine policy to a user",
    subject_kind="user",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:GetUser", "iam:ListAttachedUserPolicies"),
        look=LOOKS_AROUND_USER,
        apply=("iam:AttachUserPolicy", "iam:GetUser", "iam:ListAttachedUserPolicies"),
        undo=("iam:DetachUserPolicy", "iam:GetUser", "iam:ListAttachedUserPolicies"),
    ),
    does=f"Attaches {POLICY}, which AWS itself attaches to users whose keys it finds published. It "
    "denies what is abused most: making users, keys and roles, starting machines, reading buckets.",
    does_not_stop=(
        "sts:AssumeRole: the user's way into roles stays open.",
        "secretsmanager:GetSecretValue, Systems Manager, most of iam:Get* and iam:List*, "
        "cloudtrail:StopLogging (version 3 of the policy, March 2026).",
        "Sessions of roles that the user assumed before.",
        "The user may be able to detach it, where its policies allow that.",
    ),
    can_hurt=(
        "What the user does lawfully and the policy names stops: S3 reads and instance starts "
        "among it.",
        "A user has at most ten attached policies, unless AWS granted more: else it is refused.",
    ),
    undo_says="Detaches the policy, if it is still attached.",
    undo_warns="The user may do again all that the policy denied.",
    find=find_user,
    read=_read,
    change=_quarantine,
    restore=_restore,
    holds=_holds,
    look_around=_look_around,
    order=Order.DENY,
)

ACTIONS = (QUARANTINE_USER,)
