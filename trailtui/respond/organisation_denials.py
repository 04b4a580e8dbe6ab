"""Denying a principal of a member account from above, by a service control policy.

Nobody in the member account can take it away, its root user and administrators included. Service
control policies bind neither the management account nor service-linked roles.
Source: Organizations User Guide, "Service control policies (SCPs)" and its quotas.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.model.entity import Entity
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.inline_policies import denial
from trailtui.respond.looking import Around, parsed_document
from trailtui.respond.placeholders import answer_of

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

PREFIX = "TrailtuiDeny"
MOST_ATTACHED = 5
_KIND = "SERVICE_CONTROL_POLICY"
_PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(?:user|role)/[\x21-\x7e]+", re.ASCII)


def refuse_management_account(scene: Scene, account: str, why: str) -> None:
    """Raise Refusal where an account is the one that manages the organisation."""
    organisation = scene.aws.read("organizations", "DescribeOrganization").values["Organization"]
    if organisation["MasterAccountId"] == account:
        raise Refusal(
            f"{account} is the organisation's management account: {why}",
            where=account,
            cure="Contain it from inside the account.",
        )


def _find(scene: Scene, target: str) -> Subject:
    arn = target.strip()
    found = _PRINCIPAL.fullmatch(arn)
    if not found:
        raise Refusal(
            "this is no ARN of a user or role",
            where=target,
            cure="Give it whole, with its path: arn:aws:iam::ACCOUNT:role/PATH/NAME.",
        )
    if ":role/aws-service-role/" in arn:
        raise Refusal("service control policies do not bind service-linked roles", where=arn)
    refuse_management_account(scene, found[1], "service control policies do not bind it")
    return Subject("organisation-principal", arn, arn, scene.identity.account, found[1])


def policy_name(subject: Subject) -> str:
    """One for each principal."""
    return f"{PREFIX}-{hashlib.sha256(subject.arn.encode()).hexdigest()[:16]}"


def _document(subject: Subject) -> dict[str, Any]:
    return denial(PREFIX, {"ArnEquals": {"aws:PrincipalArn": subject.arn}})


def _read(aws: "AwsSession", subject: Subject) -> State:
    """Our policy: whether it is there and attached; its id, and how many the account has."""
    on_account = aws.read_all(
        "organizations", "ListPoliciesForTarget", "Policies", TargetId=subject.name, Filter=_KIND
    )
    known = aws.read_all("organizations", "ListPolicies", "Policies", Filter=_KIND)
    name, count = policy_name(subject), len(on_account)
    mine = next((one["Id"] for one in known if one["Name"] == name), None)
    if mine is None:
        return {"policy": None, "attached": False, "exact": {"id": None, "on_account": count}}
    told = aws.read("organizations", "DescribePolicy", PolicyId=mine).values["Policy"]
    return {
        "policy": parsed_document(told["Content"]),
        "attached": any(one["Id"] == mine for one in on_account),
        "exact": {"id": mine, "on_account": count},
    }


def _deny(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    policy = _document(subject)
    if present["policy"] not in (None, policy):
        raise Refusal(
            f"a policy named {policy_name(subject)} stands there that says something else",
            where=subject.id,
            cure="Look at it, and take it away first: somebody changed it.",
        )
    if present["attached"]:
        raise AlreadyDone("the principal is denied by this policy already", where=subject.id)
    if present["exact"]["on_account"] >= MOST_ATTACHED:
        raise Refusal(
            f"the account has {MOST_ATTACHED} service control policies, which is the most",
            where=subject.name,
            cure="Detach one that is not needed, or deny from inside the account (deny-role).",
        )
    after: State = {"policy": policy, "attached": True, "exact": present["exact"]}
    if present["policy"] is not None:
        return Change((_attach(subject, present["exact"]["id"]),), after)
    made = ApiCall(
        "organizations",
        "CreatePolicy",
        {
            "Name": policy_name(subject),
            "Type": _KIND,
            "Description": f"Incident response: denies {subject.arn}"[:512],
            "Content": json.dumps(policy),
        },
    )
    calls = (made, _attach(subject, answer_of(0, "Policy.PolicySummary.Id")))
    return Change(calls, after)


def _attach(subject: Subject, policy_id: str) -> ApiCall:
    named = {"PolicyId": policy_id, "TargetId": subject.name}
    return ApiCall("organizations", "AttachPolicy", named)


def _restore(subject: Subject, prior: State, left: State) -> Change:
    policy_id, calls = left["exact"]["id"], list[ApiCall]()
    if left["attached"] and not prior["attached"]:
        named = {"PolicyId": policy_id, "TargetId": subject.name}
        calls.append(ApiCall("organizations", "DetachPolicy", named))
    if left["policy"] is not None and prior["policy"] is None:
        calls.append(ApiCall("organizations", "DeletePolicy", {"PolicyId": policy_id}))
    return Change(tuple(calls), prior)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws)
    around.fact("principal", subject.arn)
    around.look(
        "DescribeAccount",
        lambda values: around.fact("account", f"{subject.name} ({values['Account'].get('Name')})"),
        service="organizations",
        AccountId=subject.name,
    )
    count = f"{present['exact']['on_account']} of {MOST_ATTACHED}"
    around.fact("control policies of the account", count)
    around.facts += use_in_case(scene.case, Entity("principal", subject.arn))
    return Surroundings(
        tuple(around.facts),
        tuple(around.warnings),
        "Whether the principal exists is not looked at: this session is in another account. The "
        "condition takes the ARN as it is typed, path and case included.",
    )


_READS = (
    "organizations:ListPolicies",
    "organizations:ListPoliciesForTarget",
    "organizations:DescribePolicy",
)

DENY_PRINCIPAL_BY_SCP = Action(
    name="deny-principal-by-scp",
    title="Deny a member account's principal by a control policy",
    subject_kind="organisation-principal",
    parameters=(),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "organizations:DescribeOrganization", *_READS),
        look=("organizations:DescribeAccount",),
        apply=("organizations:CreatePolicy", "organizations:AttachPolicy", *_READS),
        undo=("organizations:DetachPolicy", "organizations:DeletePolicy", *_READS),
    ),
    does="Makes a service control policy that denies everything to the user or role (by "
    "aws:PrincipalArn), and attaches it to its account. Nobody in that account can take it away.",
    does_not_stop=(
        "Roles that were assumed from the principal: their sessions act as the other role.",
        "What the account's resource policies give to principals of other accounts.",
        "Calls within the first seconds to minutes: the policy takes a moment to hold everywhere.",
    ),
    can_hurt=(
        "Whoever and whatever works as this principal stops at once, until it is undone.",
        "It takes one of the account's five places for control policies.",
    ),
    undo_says="Detaches the policy and deletes it, if it is unchanged by then.",
    undo_warns="The principal may do again what its account allows it, the attacker too.",
    find=_find,
    read=_read,
    change=_deny,
    restore=_restore,
    holds=same_state,
    look_around=_look_around,
    order=Order.DENY,
)

ACTIONS = (DENY_PRINCIPAL_BY_SCP,)
