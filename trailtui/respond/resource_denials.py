"""A denial of one principal in the policy of a resource: a bucket's, a secret's."""

import hashlib
import json
import re
from typing import Any, cast

from trailtui.model.entity import Entity
from trailtui.respond.action import AlreadyDone, Parameter, Refusal, Scene, Subject
from trailtui.respond.case_facts import use_in_case
from trailtui.respond.looking import Around
from trailtui.respond.refusals import break_glass_list, own_arn
from trailtui.respond.targets import bare

PRINCIPAL = Parameter(
    "principal", "whom to deny: a user's or role's ARN, or an account's number; or NAME/PRINCIPAL"
)

_PRINCIPAL = re.compile(
    r"arn:aws[\w-]*:(?:iam::\d{12}:(?:user/[\x21-\x7e]+|role/[\x21-\x7e]+|root)"
    r"|sts::\d{12}:federated-user/[\x21-\x7e]+)|\d{12}"
)
_BOTH = re.compile(r"(?P<resource>.+)/(?P<principal>arn:aws[\w-]*:(?:iam|sts):.+|\d{12})")
_WILD = re.compile(r"[*?$]")


def resource_and_principal(scene: Scene, target: str) -> tuple[str, str]:
    """The resource, and whom to deny: typed as RESOURCE/PRINCIPAL, or the latter as a parameter.

    Raises Refusal for a principal that is none, that is the responder's own, their account, or on
    the case's break-glass list.
    """
    word, principal = target.strip(), scene.parameters.get("principal", "").strip()
    if not principal and (both := _BOTH.fullmatch(word)):
        word, principal = both["resource"], both["principal"]
    if not _PRINCIPAL.fullmatch(principal) or _WILD.search(principal):
        raise Refusal(
            "it is not said whom to deny",
            where=target,
            cure="Give RESOURCE/ARN, or --parameter principal=ARN: of a user, or of a role (with "
            "its path, and not of its session), or an account's number.",
        )
    identity = scene.identity
    own = [
        own_arn(identity) or identity.arn,
        f"arn:{identity.partition}:iam::{identity.account}:root",
    ]
    if principal == identity.account or bare(principal) in map(
        bare, own[: 2 if identity.is_root else 1]
    ):
        raise Refusal(
            "it is what you are working as",
            where=principal,
            cure="Let another responder do it, from an identity of their own.",
        )
    if bare(principal) in map(bare, break_glass_list(scene.case)):
        raise Refusal("it is on the case's break-glass list", where=principal)
    return word, principal


def denied_on(resource: Subject, principal: str, kind: str) -> Subject:
    """The principal on the resource, as one subject; its ARN is the principal's."""
    partition = resource.arn.split(":")[1]
    arn = f"arn:{partition}:iam::{principal}:root" if principal.isdecimal() else principal
    return Subject(
        kind, f"{resource.name}/{principal}", arn, resource.account, resource.name, resource.region
    )


def principal_of(subject: Subject) -> str:
    """Whom the subject that `denied_on` made denies."""
    return subject.id.removeprefix(f"{subject.name}/")


def denial(principal: str, service: str, resources: list[str]) -> dict[str, Any]:
    """A statement that denies a principal everything that a service does with the resources.

    It names the principal in a condition: AWS refuses a Principal that no longer exists, and
    turns one that is deleted later into an id. A session's `aws:PrincipalArn` is its role's.
    """
    key = "aws:PrincipalAccount" if principal.isdecimal() else "aws:PrincipalArn"
    operator = "StringEquals" if principal.isdecimal() else "ArnEquals"
    return {
        "Sid": f"TrailtuiDeny{hashlib.sha256(principal.encode()).hexdigest()[:12]}",
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"{service}:*",
        "Resource": resources if len(resources) > 1 else resources[0],
        "Condition": {operator: {key: principal}},
    }


def with_statement(policy: object, statement: dict[str, Any], where: str) -> dict[str, Any]:
    """A parsed policy, or None, with the statement at its end.

    Raises AlreadyDone where it has it, Refusal where the policy can't be read.
    """
    if policy is None:
        return {"Version": "2012-10-17", "Statement": [statement]}
    if not isinstance(policy, dict):
        raise Refusal("the policy that is there can't be read", where=where)
    whole = cast("dict[str, Any]", policy)
    present: Any = whole.get("Statement", [])
    listed = cast("list[Any]", present if isinstance(present, list) else [present])
    if statement in listed:
        raise AlreadyDone("the same denial stands there already", where=where)
    return {**whole, "Statement": [*listed, statement]}


def within(policy: dict[str, Any], most: int, where: str) -> str:
    """The policy's text; raises Refusal where AWS would not take so much."""
    text = json.dumps(policy)
    if len(text.encode()) > most:
        raise Refusal(
            f"the policy would have {len(text)} characters, and AWS takes {most}",
            where=where,
            cure="Deny the principal itself (deny-user, deny-role), or shorten the policy by hand.",
        )
    return text


def tell_use(scene: Scene, subject: Subject, around: Around) -> None:
    """What the case knows of the principal; a warning where it knows nothing of an ARN."""
    principal = principal_of(subject)
    if principal.isdecimal():
        return
    facts = use_in_case(scene.case, Entity("principal", principal))
    around.facts.extend(facts)
    if facts[0].value.startswith("no event"):
        around.warnings.append(
            "No event of the case has this principal: check its ARN, its path too. AWS takes any."
        )
