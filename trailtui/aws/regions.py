"""Which Regions an account has enabled."""

from dataclasses import dataclass
from difflib import get_close_matches

from trailtui.aws.errors import AccessDenied, Refused
from trailtui.aws.session import AwsSession
from trailtui.model.errors import InputError

_ENABLED = ("ENABLED", "ENABLED_BY_DEFAULT")


@dataclass(frozen=True, slots=True)
class Regions:
    """The Regions of an account."""

    names: tuple[str, ...]
    note: str = ""
    """What is to be said where they could not be listed; `names` is then a makeshift."""

    def has(self, name: str) -> bool:
        """Whether the Region is enabled, or nobody could tell."""
        return bool(self.note) or name in self.names


def enabled_regions(session: AwsSession, account: str) -> Regions:
    """Ask EC2 (DescribeRegions), else Account Management (ListRegions).

    Where both are denied it is the session's own Region, and a note says so. Raises a CallError
    for anything but a denial.
    """
    try:
        found = session.read("ec2", "DescribeRegions", AllRegions=False).values["Regions"]
        return Regions(tuple(sorted(region["RegionName"] for region in found)))
    except AccessDenied:
        pass
    try:
        return Regions(_from_account_management(session))
    except (AccessDenied, Refused) as error:
        return Regions(
            (session.region,),
            f"which Regions {account} has enabled could not be found out (denied: "
            f"ec2:DescribeRegions; {error.code}: account:ListRegions): only {session.region} is "
            "looked at. Name others with --region.",
        )


def _from_account_management(session: AwsSession) -> tuple[str, ...]:
    found: list[str] = []
    more: dict[str, object] = {}
    while True:
        page = session.read(
            "account",
            "ListRegions",
            RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"],
            **more,
        ).values
        found += [region["RegionName"] for region in page.get("Regions", [])]
        if not page.get("NextToken"):
            return tuple(sorted(found))
        more = {"NextToken": page["NextToken"]}


def refuse_misspelt(name: str, session: AwsSession) -> None:
    """Raise InputError for a name that no Region has, as far as the AWS library knows them.

    Call it only for a name that no account has enabled: a new Region may be unknown here.
    """
    known = session.known_regions
    if name in known:
        return
    near = sorted(get_close_matches(name, sorted(known), n=2))
    raise InputError(
        f"there is no Region {name}",
        cure=f"Did you mean {' or '.join(near)}?" if near else "Regions are named as us-east-1.",
    )
