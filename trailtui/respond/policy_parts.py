"""A policy of a user or role, attached or inline, as one thing that is there or not.

It is named by its ARN where it is attached, by its name where it is inline.
"""

from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import Change, State, Subject
from trailtui.respond.iam_principals import kind_word, name_of_part, naming, unique_id
from trailtui.respond.inline_policies import (
    PRINCIPAL,
    delete_inline,
    put_inline,
    read_inline,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def is_attached(policy: str) -> bool:
    """Whether a policy is named by its ARN, as attached ones are."""
    return policy.startswith("arn:")


def read_part(aws: "AwsSession", subject: Subject) -> State:
    """How the policy that the subject names stands."""
    policy = name_of_part(subject)
    if is_attached(policy):
        return read_attached(aws, subject, policy)
    return read_inline(aws, subject, policy)


def read_attached(aws: "AwsSession", subject: Subject, arn: str) -> State:
    """Whether a managed policy is attached to a user or role."""
    principal = unique_id(aws, subject)
    if principal is None:
        return {PRINCIPAL: None, "attached": False}
    operation = f"ListAttached{kind_word(subject)}Policies"
    found = aws.read_all("iam", operation, "AttachedPolicies", **naming(subject))
    return {PRINCIPAL: principal, "attached": any(one["PolicyArn"] == arn for one in found)}


def is_there(state: State) -> bool:
    """Whether the policy is attached, or the inline one exists."""
    return bool(state["attached"] if "attached" in state else state["exact"] is not None)


def attach(subject: Subject, arn: str) -> ApiCall:
    """The call that attaches a managed policy."""
    operation = f"Attach{kind_word(subject)}Policy"
    return ApiCall("iam", operation, {**naming(subject), "PolicyArn": arn})


def detach(subject: Subject, arn: str) -> ApiCall:
    """The call that detaches a managed policy."""
    operation = f"Detach{kind_word(subject)}Policy"
    return ApiCall("iam", operation, {**naming(subject), "PolicyArn": arn})


def take_away(subject: Subject, present: State) -> Change:
    """Without the policy."""
    policy = name_of_part(subject)
    if is_attached(policy):
        return Change((detach(subject, policy),), {**present, "attached": False})
    return Change((delete_inline(subject, policy),), {**present, "policy": None, "exact": None})


def restore_part(subject: Subject, prior: State, _left: State) -> Change:
    """Back to how the policy stood before."""
    policy = name_of_part(subject)
    if not is_there(prior):
        return Change(take_away(subject, prior).calls, prior)
    if is_attached(policy):
        return Change((attach(subject, policy),), prior)
    return Change((put_inline(subject, policy, prior["exact"]),), prior)
