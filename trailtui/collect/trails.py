"""The trails of an account: where they deliver, whether they log, and what they select.

What AWS answers is kept as evidence of kind `answer`, so that the case can say later what was not
logged at all. Its origins begin with `trails ACCOUNT REGION` and end with the operation, and for
what is asked of one trail with its ARN; beside them stands when AWS said so.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from trailtui.aws.calls import Answer
from trailtui.aws.errors import CallError, NotFound
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.collect.answers import keep_answers
from trailtui.collect.s3_layout import Address
from trailtui.collect.storing import Document
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms

_THREADS = 8


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail as DescribeTrails names it."""

    arn: str
    name: str
    home_region: str
    bucket: str
    prefix: str
    """Without slashes at its ends; empty: none."""
    multi_region: bool
    organization: bool
    logging: bool | None = None
    """None: it could not be asked."""

    @property
    def address(self) -> Address:
        """Where its files lie."""
        return Address(self.bucket, f"{self.prefix}/AWSLogs/" if self.prefix else "AWSLogs/")


@dataclass(slots=True)
class Trails:
    """What was found out, and what AWS refused to say."""

    trails: list[Trail] = field(default_factory=list[Trail])
    answers: list[Document] = field(default_factory=list[Document])
    refused: list[tuple[str, CallError]] = field(default_factory=list[tuple[str, CallError]])
    """What was asked, as in the origins of the answers, and why there is no answer."""

    def named(self, name_or_arn: str) -> list[Trail]:
        """The trails of a name or ARN; raises InputError where there is none."""
        found = [one for one in self.trails if name_or_arn in (one.name, one.arn)]
        if not found:
            there = ", ".join(sorted(one.arn for one in self.trails)) or "none was found"
            raise InputError(f"there is no trail {name_or_arn}", cure=f"There are: {there}.")
        return found


def find_trails(session: AwsSession, account: str, regions: Iterable[str]) -> Trails:
    """Ask for the trails in each Region, once each by ARN, and how each of them stands.

    DescribeTrails shows multi-Region trails everywhere and the others in their own Region, so
    that all Regions have to be asked (CloudTrail API Reference). Raises the first CallError where
    no Region answered; one that did not is in `refused`.
    """
    found = Trails()
    asked = list(dict.fromkeys(regions))
    with ThreadPoolExecutor(_THREADS) as threads:
        described = threads.map(partial(_describe, session, account), asked)
        trails: dict[str, Trail] = {}
        for outcome in described:
            for one in _noted(found, outcome):
                trails.setdefault(one.arn, one)
        if asked and len(found.refused) == len(asked):
            raise found.refused[0][1]
        details = threads.map(partial(_details, session, account), trails.values())
        for trail, outcomes in details:
            for outcome in outcomes:
                _noted(found, outcome)
            found.trails.append(trail)
    return found


_Outcome = tuple[str, Document | CallError, Sequence[Trail]]


def _noted(found: Trails, outcome: _Outcome) -> Sequence[Trail]:
    origin, answer, trails = outcome
    if isinstance(answer, CallError):
        found.refused.append((origin, answer))
    else:
        found.answers.append(answer)
    return trails


def _describe(session: AwsSession, account: str, region: str) -> _Outcome:
    origin = f"trails {account} {region} DescribeTrails"
    try:
        answer = session.in_region(region).read("cloudtrail", "DescribeTrails")
    except CallError as error:
        return origin, error, ()
    listed: list[dict[str, Any]] = answer.values.get("trailList", [])
    return origin, _kept(origin, answer, "DescribeTrails", None), [_trail(one) for one in listed]


def _trail(said: dict[str, Any]) -> Trail:
    return Trail(
        arn=str(said.get("TrailARN", "")),
        name=str(said.get("Name", "")),
        home_region=str(said.get("HomeRegion", "")),
        bucket=str(said.get("S3BucketName", "")),
        prefix=str(said.get("S3KeyPrefix") or "").strip("/"),
        multi_region=bool(said.get("IsMultiRegionTrail")),
        organization=bool(said.get("IsOrganizationTrail")),
    )


def _details(session: AwsSession, account: str, trail: Trail) -> tuple[Trail, list[_Outcome]]:
    """Whether a trail logs and what it selects, asked in its home Region."""
    home = session.in_region(trail.home_region)
    outcomes: list[_Outcome] = []
    logging = trail.logging
    for operation, parameter in (("GetTrailStatus", "Name"), ("GetEventSelectors", "TrailName")):
        origin = f"trails {account} {trail.home_region} {operation} {trail.arn}"
        try:
            answer = home.read("cloudtrail", operation, **{parameter: trail.arn})
        except CallError as error:
            outcomes.append((origin, error, ()))
            continue
        outcomes.append((origin, _kept(origin, answer, operation, trail.arn), ()))
        if operation == "GetTrailStatus":
            logging = bool(answer.values.get("IsLogging"))
    return replace(trail, logging=logging), outcomes


def _kept(origin: str, answer: Answer, operation: str, trail: str | None) -> Document:
    told: dict[str, object] = {"operation": operation, "at_ms": answer.at_ms or now_ms()}
    if trail is not None:
        told["trail"] = trail
    return Document(origin, answer.body, told)


def keep_trails(case: Case, found: Trails) -> int:
    """Keep what AWS answered as evidence, and what it refused as problems.

    Gives how many answers are new.
    """
    return keep_answers(case, found.answers, found.refused)


def addresses_of(trails: Sequence[Trail]) -> list[Address]:
    """Where trails deliver, each place once. Raises NotFound where there is no trail."""
    if not trails:
        raise NotFound(
            "there is no trail here that delivers into a bucket",
            cure="Name the bucket: s3://BUCKET/PREFIX; or ask LookupEvents: collect CASE lookup.",
        )
    return list(dict.fromkeys(trail.address for trail in trails))
