"""A principal denied on a secret. What it has read already it knows: rotation follows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
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
from trailtui.respond.case_changes import recorded
from trailtui.respond.looking import Around, parsed_document, trusted_principals
from trailtui.respond.placing import at_home, placed, read_if_there
from trailtui.respond.regional import REGION, find_in_region
from trailtui.respond.resource_denials import (
    PRINCIPAL,
    denial,
    denied_on,
    principal_of,
    resource_and_principal,
    tell_use,
    with_statement,
    within,
)

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

MOST_CHARACTERS = 20_480
"""Of a secret's policy; Secrets Manager User Guide, "Quotas"."""
_SERVICE = "secretsmanager"
SOURCE = f"{_SERVICE}.amazonaws.com"


def _find(scene: Scene, target: str) -> Subject:
    resource, principal = resource_and_principal(scene, target)
    typed = placed(scene, resource, _SERVICE, "secret:")
    wanted = resource if typed.kind else typed.name

    def look(aws: "AwsSession") -> dict[str, Any] | None:
        return read_if_there(aws, _SERVICE, "DescribeSecret", SecretId=wanted)

    region, told = find_in_region(scene, resource, typed.region, look)
    arn = str(told["ARN"])
    found = Subject("secret", told["Name"], arn, arn.split(":")[4], told["Name"], region)
    return denied_on(found, principal, "secret-principal")


def _read(aws: "AwsSession", subject: Subject) -> State:
    told = read_if_there(
        at_home(aws, subject), _SERVICE, "GetResourcePolicy", SecretId=subject.name
    )
    if told is None:
        return {"exists": False, "policy": None, "exact": None}
    text = told.get("ResourcePolicy")
    return {"exists": True, "policy": parsed_document(text) if text else None, "exact": text}


def _call(operation: str, subject: Subject, **parameters: object) -> ApiCall:
    return ApiCall(_SERVICE, operation, {"SecretId": subject.name, **parameters}, subject.region)


def _deny(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not present["exists"]:
        raise Refusal("the secret is gone", where=subject.id)
    statement = denial(principal_of(subject), _SERVICE, ["*"])
    policy = with_statement(present["policy"], statement, subject.id)
    text = within(policy, MOST_CHARACTERS, subject.id)
    after = {**present, "policy": policy, "exact": text}
    return Change((_call("PutResourcePolicy", subject, ResourcePolicy=text),), after)


def _restore(subject: Subject, prior: State, _left: State) -> Change:
    if prior["exact"] is None:
        return Change((_call("DeleteResourcePolicy", subject),), prior)
    return Change((_call("PutResourcePolicy", subject, ResourcePolicy=prior["exact"]),), prior)


def _holds(expected: State, present: State) -> bool:
    """As expected; nobody reads a secret that is gone."""
    return not present["exists"] or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    around = Around(scene.aws)
    told = [] if present["policy"] is None else trusted_principals(present["policy"])
    around.fact("its policy lets in now", ", ".join(told) or "nobody by itself")
    reads = [
        call
        for call in recorded(scene.case, subject.account, ("GetSecretValue",), SOURCE)
        if subject.name in str(call.request.get("secretId", ""))
    ]
    for call in reads[-3:]:
        around.fact("read", call.says())
    if reads:
        around.warnings.append(
            f"The case has {len(reads)} readings of it: change what it holds where it is used, "
            f"then aws secretsmanager rotate-secret --secret-id {subject.name}."
        )
    tell_use(scene, subject, around)
    certainty = (
        f"Secrets Manager knows {subject.name}. The denial counts for whoever has exactly that ARN."
    )
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


DENY_ON_SECRET = Action(
    name="deny-on-secret",
    title="Deny a principal on a secret",
    subject_kind="secret-principal",
    parameters=(PRINCIPAL, REGION),
    permissions=Permissions(
        plan=(
            "sts:GetCallerIdentity",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetResourcePolicy",
        ),
        look=(),
        apply=("secretsmanager:PutResourcePolicy", "secretsmanager:GetResourcePolicy"),
        undo=(
            "secretsmanager:PutResourcePolicy",
            "secretsmanager:DeleteResourcePolicy",
            "secretsmanager:GetResourcePolicy",
        ),
    ),
    does="Adds a statement to the secret's policy that denies a user, a role with its sessions, or "
    "an account everything on it. What else the policy says stays.",
    does_not_stop=(
        "What was read is known: rotate the secret where it is used (the database, the other "
        "service), which this program does not do. Until then it works for whoever has it.",
        "Other secrets, and copies of this one in other Regions (replicas have the policy of "
        "their primary).",
        "Whoever may change the policy can take the statement away.",
    ),
    can_hurt=("Whatever works as this principal can no longer read the secret, and may fail.",),
    undo_says="Puts the policy back as it was, to the byte; takes it away where there was none.",
    undo_warns="The principal can read the secret again, as far as other policies let it.",
    find=_find,
    read=_read,
    change=_deny,
    restore=_restore,
    holds=_holds,
    look_around=_look_around,
    order=Order.DATA,
    region_bound=True,
)

ACTIONS = (DENY_ON_SECRET,)
