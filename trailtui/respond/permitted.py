"""Which permissions a plan would lack, as AWS's own policy simulator answers for this identity."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trailtui.aws.errors import CallError
from trailtui.aws.identity import AwsIdentity
from trailtui.respond.plan import Plan
from trailtui.respond.refusals import own_arn

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_IAM_KINDS = ("access-key", "user", "role")
_MOST_ACTIONS = 100
"""How many actions are asked about in one call."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """What the simulator says."""

    missing: tuple[str, ...]
    says: str
    """What it covers and what not, or why nothing could be simulated."""


def simulate(aws: "AwsSession", identity: AwsIdentity, plans: Iterable[Plan]) -> Permitted:
    """Ask IAM whether the identity may do what the plans need; sends reading calls only.

    Never raises for a refusal: where the simulator can't be asked, that is said.
    """
    arn = own_arn(identity)
    if arn is None:
        return Permitted((), "Permissions were not simulated: this is no user or role of IAM.")
    wanted = _by_resource(plans)
    missing: list[str] = []
    try:
        if identity.role_name is not None:  # the session's name does not tell the role's path
            role = aws.read("iam", "GetRole", RoleName=identity.role_name).values["Role"]
            arn = str(role["Arn"])
        for resource, names in wanted.items():
            missing += _missing(aws, arn, resource, sorted(names))
    except CallError as refused:
        return Permitted((), f"Permissions were not simulated: {refused.what}.")
    says = (
        "Simulated by IAM for this identity's own policies and boundary; policies of the session, "
        "of resources and of the organisation may still refuse."
    )
    return Permitted(tuple(dict.fromkeys(missing)), says)


def _by_resource(plans: Iterable[Plan]) -> Mapping[str, set[str]]:
    wanted: dict[str, set[str]] = {}
    for plan in plans:
        of_iam = plan.subject.kind in _IAM_KINDS
        for name in plan.needs:
            own = of_iam and name.startswith("iam:")
            wanted.setdefault(plan.subject.arn if own else "*", set()).add(name)
    return wanted


def _missing(aws: "AwsSession", arn: str, resource: str, names: list[str]) -> list[str]:
    found: list[str] = []
    for at in range(0, len(names), _MOST_ACTIONS):
        results: list[dict[str, Any]] = aws.read_all(
            "iam",
            "SimulatePrincipalPolicy",
            "EvaluationResults",
            PolicySourceArn=arn,
            ActionNames=names[at : at + _MOST_ACTIONS],
            ResourceArns=[resource],
        )
        found += [_told(one, resource) for one in results if one["EvalDecision"] != "allowed"]
    return found


def _told(result: Mapping[str, Any], resource: str) -> str:
    name, denied = result["EvalActionName"], result["EvalDecision"] == "explicitDeny"
    if denied:
        return f"{name} on {resource} (denied explicitly)"
    where = "all resources (it may be allowed on the one that counts)" if resource == "*" else ""
    return f"{name} on {where or resource}"
