"""The log groups that trails send their events to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailtui.aws.session import AwsSession
from trailtui.model.errors import InputError

_ARN = re.compile(r"arn:[\w-]+:logs:([\w-]+):(\d{12}):log-group:([.\-_/#A-Za-z0-9]{1,512})(?::\*)?")
_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group, and what is known of the trail that fills it."""

    arn: str
    """Without the `:*` at its end."""
    region: str
    account: str
    name: str
    trail: str = ""
    """The ARN of the trail; empty where the group was named by hand."""
    every_region: bool = True
    """Whether the trail records all Regions, as far as is known."""
    organization: bool = False
    """Whether the trail records other accounts, too."""


def group_of(text: str, account: str, session: AwsSession) -> LogGroup:
    """The log group that a name or ARN means; raises InputError where it is neither.

    A name is looked for in the account and Region of the session.
    """
    if found := _ARN.fullmatch(text):
        region, owner, name = found.groups()
        return LogGroup(_without_star(text), region, owner, name)
    if not _NAME.fullmatch(text):
        raise InputError(f"{text!r} is no log group", cure="Give its name or its ARN.")
    region = session.region
    arn = f"arn:{session.partition}:logs:{region}:{account}:log-group:{text}"
    return LogGroup(arn, region, account, text)


def groups_of_trails(session: AwsSession) -> list[LogGroup]:
    """The log groups of all trails that the session's Region shows, multi-Region ones included.

    One call (DescribeTrails with shadow trails). Raises a CallError.
    """
    answer = session.read("cloudtrail", "DescribeTrails", includeShadowTrails=True)
    trails: Sequence[Mapping[str, Any]] = answer.values.get("trailList", [])
    found: dict[str, LogGroup] = {}
    for trail in trails:
        matched = _ARN.fullmatch(str(trail.get("CloudWatchLogsLogGroupArn", "")))
        if matched:
            region, owner, name = matched.groups()
            arn = _without_star(matched[0])
            found[arn] = LogGroup(
                arn,
                region,
                owner,
                name,
                str(trail.get("TrailARN", "")),
                bool(trail.get("IsMultiRegionTrail")),
                bool(trail.get("IsOrganizationTrail")),
            )
    return list(found.values())


def the_group(groups: Sequence[LogGroup]) -> LogGroup:
    """The only one; raises InputError where there is none, or more than one to choose from."""
    if len(groups) == 1:
        return groups[0]
    if not groups:
        raise InputError(
            "no trail here sends its events to a log group",
            cure="Name one with --log-group, or use another source (lookup, s3, athena).",
        )
    raise InputError(
        f"there are {len(groups)} log groups: {', '.join(group.arn for group in groups)}",
        cure="Name one with --log-group.",
    )


def _without_star(arn: str) -> str:
    return arn.removesuffix(":*")
