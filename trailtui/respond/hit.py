"""Who and what else a containment plan hits: other users of the same principals, machines, admins.

Single actions look around their own subject; this looks at all of them together.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trailtui.aws.errors import CallError, NotFound
from trailtui.case.entities import summarize_entities
from trailtui.case.events import EventFilter
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.respond.action import Fact, Order
from trailtui.respond.plan import Plan
from trailtui.respond.registry import find_action
from trailtui.respond.targets import bare

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

ADMINISTRATORS = "arn:{partition}:iam::aws:policy/AdministratorAccess"
SHOWN = 5
MOST_REGIONS = 20


class Hit:
    """Collects what is hit; a look that AWS refuses becomes a warning."""

    def __init__(self, case: Case, aws: "AwsSession", plans: Sequence[Plan]) -> None:
        self._case = case
        self._aws = aws
        self._plans = plans
        self.facts: list[Fact] = []
        self.warnings: list[str] = []

    def look(self, ours: Collection[str]) -> None:
        """Look at everything. `ours` are the credentials that the plan means to end."""
        principals = self._principals()
        for arn in principals:
            self._others(arn, ours)
        self._machines([arn for arn in principals if ":role/" in arn])
        self._administrators({bare(arn) for arn in self._shut_out()}, {bare(one) for one in ours})

    def _principals(self) -> list[str]:
        kinds = ("access-key", "user", "role")
        found = [plan.subject.arn for plan in self._plans if plan.subject.kind in kinds]
        return list(dict.fromkeys(found))

    def _shut_out(self) -> Iterable[str]:
        """Users and roles that are denied or lose their credentials."""
        for plan in self._plans:
            order = find_action(plan.action).order
            if plan.subject.kind in ("access-key", "user", "role") and order in (
                Order.DENY,
                Order.KEYS,
                Order.REMOVE,
            ):
                yield plan.subject.arn

    def _others(self, arn: str, ours: Collection[str]) -> None:
        """Credentials of the same principal that the plan is not about."""
        chosen = EventFilter(entities=(Entity("principal", arn),))
        listed = summarize_entities(self._case, "credential", chosen, limit=100)
        others = [one for one in listed if one.entity.value not in ours]
        if not others:
            return
        shown = ", ".join(f"{one.entity.value} ({one.events})" for one in others[:SHOWN])
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        name = arn.rpartition("/")[2]
        self.facts.append(Fact(f"others who worked as {name} in the case", shown + more))
        self.warnings.append(f"{name} was also used with {len(others)} credentials besides these.")

    def _machines(self, roles: Sequence[str]) -> None:
        """Instances and functions that work with the roles, where the case saw anything happen."""
        if not roles:
            return
        try:
            profiles = {arn: self._profiles(arn) for arn in roles}
            for region in self._regions():
                self._in_region(region, roles, profiles)
        except CallError as refused:
            self.warnings.append(f"Instances and functions were not looked at: {refused.what}.")

    def _regions(self) -> list[str]:
        seen = [one.entity.value for one in summarize_entities(self._case, "region", limit=100)]
        regions = list(dict.fromkeys([self._aws.region, *seen]))
        if len(regions) > MOST_REGIONS:
            self.warnings.append(f"Machines were looked for in {MOST_REGIONS} Regions only.")
        return regions[:MOST_REGIONS]

    def _profiles(self, role: str) -> list[str]:
        try:
            name = role.rpartition("/")[2]
            listed = self._aws.read_all(
                "iam", "ListInstanceProfilesForRole", "InstanceProfiles", RoleName=name
            )
        except NotFound:
            return []
        return [profile["Arn"] for profile in listed]

    def _in_region(
        self, region: str, roles: Sequence[str], profiles: Mapping[str, Sequence[str]]
    ) -> None:
        aws = self._aws.in_region(region)
        wanted = [arn for arns in profiles.values() for arn in arns]
        if wanted:
            asked: list[dict[str, Any]] = [
                {"Name": "iam-instance-profile.arn", "Values": wanted},
                {"Name": "instance-state-name", "Values": ["pending", "running", "stopping"]},
            ]
            groups = aws.read_all("ec2", "DescribeInstances", "Reservations", Filters=asked)
            ids = [one["InstanceId"] for group in groups for one in group["Instances"]]
            self._say("instances", region, ids)
        functions = aws.read_all("lambda", "ListFunctions", "Functions")
        self._say("functions", region, [f["FunctionName"] for f in functions if f["Role"] in roles])

    def _say(self, what: str, region: str, names: Sequence[str]) -> None:
        if not names:
            return
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        self.facts.append(Fact(f"{what} in {region}", ", ".join(names[:SHOWN]) + more))
        self.warnings.append(f"{len(names)} {what} in {region} work with these roles: they fail.")

    def _administrators(self, shut_out: Collection[str], made: Collection[str]) -> None:
        """Warn where the plan leaves nobody who holds AdministratorAccess.

        Whom the intruder made (`made`, bare) was never one of the account's administrators.
        """
        if not shut_out:
            return
        policy = ADMINISTRATORS.format(partition=self._aws.partition)
        try:
            holders = [arn for arn in self._holders(policy) if bare(arn) not in made]
        except CallError as refused:
            self.warnings.append(f"The account's administrators were not looked at: {refused.what}")
            return
        left = [arn for arn in holders if bare(arn) not in shut_out]
        hit = [arn for arn in holders if bare(arn) in shut_out]
        if hit:
            named = ", ".join(arn.rpartition("/")[2] for arn in hit)
            self.facts.append(Fact("administrators among them", named))
        if hit and not left:
            self.warnings.append(
                "Nobody else holds AdministratorAccess: the last administrator is shut out. "
                "(Own policies that allow everything are not looked for.)"
            )

    def _holders(self, policy: str) -> list[str]:
        front = f"arn:{self._aws.partition}:iam::{self._aws.identity().account}"
        asked = {"PolicyArn": policy}

        def listed(member: str) -> list[dict[str, Any]]:
            return self._aws.read_all("iam", "ListEntitiesForPolicy", member, **asked)

        users = [user["UserName"] for user in listed("PolicyUsers")]
        for group in listed("PolicyGroups"):
            named = {"GroupName": group["GroupName"]}
            users += [
                one["UserName"] for one in self._aws.read_all("iam", "GetGroup", "Users", **named)
            ]
        roles = [role["RoleName"] for role in listed("PolicyRoles")]
        return [f"{front}:user/{name}" for name in dict.fromkeys(users)] + [
            f"{front}:role/{name}" for name in roles
        ]
