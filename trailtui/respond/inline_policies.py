"""An inline policy of a user or role: read, put, taken away, and put back to the byte."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.aws.errors import NotFound
from trailtui.respond.action import (
    AlreadyDone,
    Change,
    Permissions,
    State,
    Subject,
    same_state,
)
from trailtui.respond.iam_principals import kind_word, naming, unique_id
from trailtui.respond.looking import document_text, parsed_document

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

PRINCIPAL = "principal_id"
"""In a state: AWS's id of the user or role, None where it is gone."""


def read_inline(aws: "AwsSession", subject: Subject, policy_name: str) -> State:
    """The inline policy of that name: parsed for comparing, and as exact text for undo."""
    principal = unique_id(aws, subject)
    gone: State = {PRINCIPAL: principal, "policy": None, "exact": None}
    if principal is None:
        return gone
    operation = f"Get{kind_word(subject)}Policy"
    try:
        values = aws.read("iam", operation, **naming(subject), PolicyName=policy_name).values
    except NotFound:
        return gone
    text = document_text(values["PolicyDocument"])
    return {PRINCIPAL: principal, "policy": parsed_document(text), "exact": text}


def put_inline(subject: Subject, policy_name: str, document: str) -> ApiCall:
    """The call that puts an inline policy, over one of the same name."""
    return ApiCall(
        "iam",
        f"Put{kind_word(subject)}Policy",
        {**naming(subject), "PolicyName": policy_name, "PolicyDocument": document},
    )


def delete_inline(subject: Subject, policy_name: str) -> ApiCall:
    """The call that takes an inline policy away."""
    operation = f"Delete{kind_word(subject)}Policy"
    return ApiCall("iam", operation, {**naming(subject), "PolicyName": policy_name})


def restore_inline(subject: Subject, policy_name: str, prior: State) -> Change:
    """Back to a state that `read_inline` saw."""
    if prior["exact"] is not None:
        return Change((put_inline(subject, policy_name, prior["exact"]),), prior)
    return Change((delete_inline(subject, policy_name),), prior)


@dataclass(frozen=True)
class InlineDenial:
    """A deny that is put on a user or role under a name of its own."""

    name: Callable[[Subject], str]
    document: Callable[[Subject, State], dict[str, Any]]
    """From the subject and its present state, which has AWS's id of the user or role."""

    def read(self, aws: "AwsSession", subject: Subject) -> State:
        """The policy that stands under the denial's name."""
        return read_inline(aws, subject, self.name(subject))

    def change(self, subject: Subject, present: State, _: Mapping[str, str]) -> Change:
        """Put the denial; raises AlreadyDone where it stands, or where there is nobody."""
        if present[PRINCIPAL] is None:
            raise AlreadyDone(f"{subject.name} is gone: there is nobody to deny", where=subject.id)
        policy = self.document(subject, present)
        if present["policy"] == policy:
            raise AlreadyDone("the same denial stands there already", where=subject.id)
        text = json.dumps(policy)
        after: State = {PRINCIPAL: present[PRINCIPAL], "policy": policy, "exact": text}
        return Change((put_inline(subject, self.name(subject), text),), after)

    def restore(self, subject: Subject, prior: State, _left: State) -> Change:
        """Put back what stood under that name, or take the denial away."""
        return restore_inline(subject, self.name(subject), prior)

    @staticmethod
    def holds(expected: State, present: State) -> bool:
        """As expected; a denial also holds where the user or role is gone."""
        gone = present[PRINCIPAL] is None and denies_only(expected["policy"])
        return gone or same_state(expected, present)


DENIAL_UNDO = (
    "Takes the denial away, or puts back what stood under its name, if it is unchanged by then."
)


def denial_permissions(word: str, look: tuple[str, ...]) -> Permissions:
    """What an `InlineDenial` on a User or a Role (`word`) takes; `look` is for its surroundings."""
    reads = (f"iam:Get{word}", f"iam:Get{word}Policy")
    put = f"iam:Put{word}Policy"
    return Permissions(
        plan=("sts:GetCallerIdentity", *reads),
        look=look,
        apply=(put, *reads),
        undo=(put, f"iam:Delete{word}Policy", *reads),
    )


def denies_only(policy: object) -> bool:
    """Whether a parsed policy is a denial as these actions write it."""
    try:
        return [one["Effect"] for one in policy["Statement"]] == ["Deny"]  # type: ignore[index]
    except (KeyError, TypeError):
        return False


def denial(sid: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A policy that denies everything, to whom the condition holds."""
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*"}
    if condition:
        statement["Condition"] = dict(condition)
    return {"Version": "2012-10-17", "Statement": [statement]}
