"""How CloudTrail lays its files out in a bucket, read from names alone.

`[prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE` (CloudTrail User Guide, "Finding
your CloudTrail log files"); beside `CloudTrail` stand folders of other kinds, laid out the same.
The day is that of delivery. Whoever may write to a bucket chooses names in it, so what is read here
is text and never becomes a path.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from trailtui.model.errors import InputError

DIGESTS = "CloudTrail-Digest"
KINDS = (
    "CloudTrail",
    "CloudTrail-Insight",
    "CloudTrail-NetworkActivity",
    "CloudTrail-Aggregated",
    DIGESTS,
)
"""The folders of an account that hold what CloudTrail writes: management and data events first,
then Insight events, network activity events, summaries of data events, and signed digests."""

DAY_MS = 86_400_000

_BUCKET = re.compile(r"[a-z0-9A-Z][a-z0-9A-Z._-]{1,254}")
_TREE = re.compile(
    r"(?P<root>(?:.*?/)?AWSLogs/(?:o-[a-z0-9]{10,32}/)?)"
    r"(?:(?P<account>\d{12})/"
    rf"(?:(?P<kind>{'|'.join(KINDS)})/"
    r"(?:(?P<region>[a-z]{2,5}(?:-[a-z]+)+-\d)/"
    r"(?:(?P<year>\d{4})/(?:(?P<month>\d\d)/(?:(?P<day>\d\d)/)?)?)?)?)?)?"
    r"(?P<rest>.*)",
    re.DOTALL,
)
_ACCOUNT = re.compile(r"\d{12}")
_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")
_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a bucket: a prefix, or one object."""

    bucket: str
    key: str
    """Empty: the whole bucket."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True, order=True)
class Tree:
    """Where a trail's files of several accounts lie."""

    bucket: str
    root: str
    """Up to and with `AWSLogs/` or the organisation's `AWSLogs/o-id/`."""

    def folder(self, account: str, kind: str, region: str, day_ms: int) -> str:
        """The prefix of one day's files, by the day of delivery."""
        day = datetime.fromtimestamp(day_ms / 1000, UTC)
        return f"{self.root}{account}/{kind}/{region}/{day:%Y/%m/%d}/"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.root}"


@dataclass(frozen=True, slots=True)
class Spot:
    """How deep into a tree a key or prefix leads; what it does not name is None."""

    root: str | None = None
    """None: the name `AWSLogs` does not occur in it."""
    account: str | None = None
    kind: str | None = None
    region: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    """The year, month or day that it names; the end is exclusive."""
    rest: str = ""
    """What follows: the beginning of a name, or the name of a file."""

    @property
    def is_day(self) -> bool:
        """Whether it names a single day."""
        if self.since_ms is None or self.until_ms is None:
            return False
        return self.until_ms - self.since_ms == DAY_MS

    @property
    def may_hold_organisations(self) -> bool:
        """Whether the root may have organisations in it, rather than being one of them."""
        return self.root is not None and self.root.endswith("AWSLogs/")


def parse_address(text: str) -> Address:
    """The bucket and key of `s3://bucket/key`; raises InputError for anything else."""
    if not text.startswith("s3://"):
        raise InputError("this is no S3 address", where=text, cure="Write s3://bucket/prefix.")
    bucket, _, key = text.removeprefix("s3://").partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise InputError("this is no name of a bucket", where=bucket or text)
    return Address(bucket, key)


def find_spot(key: str) -> Spot:
    """Where in a trail's tree a key or prefix leads. A last folder may lack its slash."""
    found = _TREE.fullmatch(key)
    if found is None or (found["rest"] and not _has_file(found["rest"])):
        closed = _TREE.fullmatch(f"{key}/")
        found = closed if closed is not None and not closed["rest"] else found
    if found is None:
        return Spot(rest=key)
    span = _span(found["year"], found["month"], found["day"])
    if span is None and found["year"]:
        return Spot(found["root"], found["account"], found["kind"], found["region"], rest=key)
    return Spot(
        found["root"],
        found["account"],
        found["kind"],
        found["region"],
        *(span or (None, None)),
        rest=found["rest"],
    )


def _has_file(rest: str) -> bool:
    return "." in rest.rpartition("/")[2]


def _span(year: str | None, month: str | None, day: str | None) -> tuple[int, int] | None:
    """The stretch of time that a year, month and day name; None where there is no such day."""
    if year is None:
        return None
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        if day:
            after = first + timedelta(days=1)
        elif month:
            after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        else:
            after = first.replace(year=first.year + 1)
    except (ValueError, OverflowError):
        return None
    return _midnight_ms(first), _midnight_ms(after)


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def days(since_ms: int, until_ms: int) -> list[int]:
    """The days that a stretch of time touches, as their midnights, newest first."""
    first, last = since_ms // DAY_MS, (until_ms - 1) // DAY_MS
    return [day * DAY_MS for day in range(last, first - 1, -1)]


def is_account(name: str) -> bool:
    """Whether a folder's name is an account's number."""
    return _ACCOUNT.fullmatch(name) is not None


def is_organisation(name: str) -> bool:
    """Whether a folder's name is an organisation's id."""
    return _ORGANISATION.fullmatch(name) is not None


def is_region(name: str) -> bool:
    """Whether a folder's name has the shape of a Region's."""
    return _REGION.fullmatch(name) is not None
