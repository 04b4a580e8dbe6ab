"""What a collect is about: places (account and Region) and a stretch of time, in slices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trailtui.case.covering import DELIVERY_DELAY_MS
from trailtui.case.fetches import Fetch
from trailtui.model.errors import InputError
from trailtui.model.times import HOUR_MS, now_ms

GLOBAL_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where each partition's global services (IAM, Organizations, CloudFront) are recorded."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An account in a Region."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when to look; raises InputError for a time that ends before it begins."""

    places: tuple[Place, ...]
    since_ms: int
    until_ms: int
    """Exclusive."""

    def __post_init__(self) -> None:
        if self.since_ms >= self.until_ms:
            raise InputError(
                "the time to look at ends before it begins", cure="Check --from and --to (UTC)."
            )


def slices(since_ms: int, until_ms: int, width_ms: int = HOUR_MS) -> Iterator[tuple[int, int]]:
    """A stretch of time in pieces, newest first, cut at the multiples of the width.

    Cut so, another stretch that overlaps is made of the same pieces, and what was asked already
    is known.
    """
    end = until_ms
    while end > since_ms:
        start = max(since_ms, (end - 1) // width_ms * width_ms)
        yield start, end
        end = start


def may_still_grow(fetch: Fetch) -> bool:
    """Whether events of that time could still arrive after it was asked."""
    return fetch.knows_until_ms < fetch.unit.until_ms + DELIVERY_DELAY_MS


def to_do(fetches: Sequence[Fetch], *, again: bool = False) -> list[Fetch]:
    """The fetches that have to be asked: not whole yet, or asked too early. `again`: all.

    One that was asked too early, or is asked again, begins from the start.
    """
    wanted: list[Fetch] = []
    for fetch in fetches:
        if not fetch.state.whole:
            wanted.append(fetch)
        elif again or (may_still_grow(fetch) and now_ms() > fetch.changed_ms):
            wanted.append(from_the_start(fetch))
    return wanted


def from_the_start(fetch: Fetch) -> Fetch:
    """The fetch without the memory of how far it came."""
    return Fetch(
        fetch.id, fetch.unit, fetch.state, {}, None, fetch.records, fetch.requests, "",
        fetch.changed_ms,
    )  # fmt: skip
