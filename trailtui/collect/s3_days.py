"""Fetching one day of an account and Region from a bucket: list, leave out what is known, download.

The listing begins anew each time. An object is known by its address and ETag, so going on after a
kill costs a request for every thousand objects and no download. What can't be had of an object is
noted for it and the rest goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from trailtui.aws.errors import (
    AccessDenied,
    CallError,
    CredentialsExpired,
    CredentialsRefused,
    NoCredentials,
    NotReachable,
    Throttled,
)
from trailtui.case.fetches import Fetch, Unit
from trailtui.case.file import Case
from trailtui.collect.running import Got, Incomplete, Stop
from trailtui.collect.s3_ahead import outcomes
from trailtui.collect.s3_known import Known, Notes, is_known, known_objects
from trailtui.collect.s3_objects import Entry, Objects, in_words
from trailtui.collect.storing import Document
from trailtui.model.errors import TrailtuiError

ENDS = (CredentialsExpired, CredentialsRefused, NoCredentials, NotReachable)
"""After these nothing else of the run would come either."""
_GOT_OBJECTS = 8
_GOT_BYTES = 1 << 20
"""What goes to the writer in one piece."""
_DENIED_AT_ONCE = 20
"""So many refusals from the first object on: the others are not asked for."""

Prefixes = Callable[[Unit], list[str]]
"""What is listed for a unit."""


@dataclass(slots=True)
class _Day:
    """One unit while it is fetched."""

    bucket: Objects
    known: Callable[[list[Entry]], Mapping[str, Known]]
    failures: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    errors: list[TrailtuiError] = field(default_factory=list[TrailtuiError])
    had: int = 0
    """Objects that are in the case, or on their way into it."""
    requests: int = 0
    """Made since the last answer was handed over."""
    batch: list[Document] = field(default_factory=list[Document])
    held: int = 0

    @property
    def all_denied(self) -> bool:
        """Whether no object could be had, and each for want of a permission."""
        denied = all(isinstance(error, AccessDenied) for error in self.errors)
        return bool(self.errors) and not self.had and denied

    def take(self, entry: Entry, outcome: Document | TrailtuiError) -> None:
        """Note what came of an object."""
        self.requests += 1
        if isinstance(outcome, Document):
            self.had += 1
            self.batch.append(outcome)
            self.held += len(outcome.body)
        elif not isinstance(outcome, ENDS):
            self.errors.append(outcome)
            self.failures.append((self.bucket.origin(entry.key), in_words(outcome)))

    @property
    def is_full(self) -> bool:
        """Whether what is held should go to the writer."""
        return len(self.batch) >= _GOT_OBJECTS or self.held >= _GOT_BYTES

    def hand_over(self, after: str, known_records: int = 0) -> Got:
        """What came since the last time."""
        cursor = {"after": after}
        got = Got(tuple(self.batch), cursor, requests=self.requests, known_records=known_records)
        self.batch, self.held, self.requests = [], 0, 0
        return got

    def complain(self) -> None:
        """Say what is missing; see running for what becomes of it."""
        if not self.errors:
            return
        alike = not self.had and len({type(error) for error in self.errors}) == 1
        if alike and isinstance(self.errors[0], AccessDenied | Throttled):
            raise self.errors[0]
        origin, reason = self.failures[0]
        number = "1 object" if len(self.errors) == 1 else f"{len(self.errors):,} objects"
        raise Incomplete(f"{number} could not be had, first {origin}: {reason}")


class DayFetcher:
    """The fetcher of a bucket's days (see running.Fetcher), and what its threads share."""

    def __init__(
        self,
        case: Case,
        buckets: Mapping[str, Objects],
        prefixes: Prefixes,
        downloads: ThreadPoolExecutor,
    ) -> None:
        self._case = case
        self._buckets = buckets
        self._prefixes = prefixes
        self._downloads = downloads
        self.notes = Notes()
        self._over: CallError | None = None
        self._unlistable: dict[tuple[str, str, str], AccessDenied] = {}

    def __call__(self, fetch: Fetch, stop: Stop) -> Iterator[Got]:
        """List a unit's folders and download what the case does not have."""
        unit = fetch.unit
        place = (str(unit.question["bucket"]), unit.account, unit.region)
        before = self._over or self._unlistable.get(place)
        if before is not None:
            raise before
        with self._case.reopen(readonly=True) as case:
            bucket = self._buckets[place[0]]
            day = _Day(bucket, lambda page: known_objects(case, bucket, page))
            try:
                for prefix in self._prefixes(unit):
                    for page in self._pages(day, prefix, place, stop):
                        yield from self._page(day, page, prefix, stop)
            except ENDS as error:
                self._over = error
                raise
            finally:
                if not day.all_denied:
                    self.notes.add(day.failures)
        if not stop():
            day.complain()

    def _pages(
        self, day: _Day, prefix: str, place: tuple[str, str, str], stop: Stop
    ) -> Iterator[list[Entry]]:
        """The pages of a listing; a refusal is remembered for the days that follow."""
        pages = day.bucket.objects(prefix)
        while not stop():
            try:
                page = next(pages, None)
            except AccessDenied as error:
                self._unlistable[place] = error
                raise
            if page is None:
                return
            day.requests += 1
            yield page

    def _page(self, day: _Day, page: list[Entry], prefix: str, stop: Stop) -> Iterator[Got]:
        """What the case lacks of a page, some objects to each answer."""
        known = day.known(page)
        wanted = [entry for entry in page if not is_known(known, entry)]
        day.had += len(page) - len(wanted)
        records = sum(known[entry.key].records for entry in page if is_known(known, entry))
        yield day.hand_over(prefix, records)
        with closing(outcomes(self._downloads, day.bucket, wanted, stop)) as coming:
            for entry, outcome in coming:
                day.take(entry, outcome)
                refused = day.all_denied and len(day.errors) >= _DENIED_AT_ONCE
                over = isinstance(outcome, ENDS) or refused
                if over or day.is_full:
                    yield day.hand_over(entry.key)
                if over and isinstance(outcome, TrailtuiError):
                    raise outcome
        if day.requests:
            yield day.hand_over(wanted[-1].key)
