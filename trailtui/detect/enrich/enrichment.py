"""What is known of an address beside the record: where it is, whose it is, on which lists it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from trailtui.case.file import Case
from trailtui.detect.enrich.errors import EnrichmentError
from trailtui.detect.enrich.geo import Lookup, Owner, Place, open_database, owner_of, place_of
from trailtui.detect.enrich.list_files import read_list
from trailtui.detect.enrich.listed import Listed, WatchList
from trailtui.detect.enrich.networks import Address, parse_address
from trailtui.detect.enrich.ranges import AwsRanges, read_aws_ranges
from trailtui.detect.enrich.sources import (
    ASN,
    AWS_RANGES,
    GEOIP,
    LIST,
    Source,
    content_of,
    sources_of,
)

AMAZON = frozenset({7224, 8987, 14618, 16509})
"""Amazon's autonomous systems that AWS's public addresses are announced from."""

ON_LIST = "ON LIST "
"""How a hit of a list begins among other words."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An address or host that is on a list."""

    source: Source
    listed: Listed

    def __str__(self) -> str:
        label = f" ({self.listed.label})" if self.listed.label else ""
        return f"{self.source.name}: {self.listed.value}{label}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one address or host; nothing of it comes from the record."""

    place: Place | None = None
    owner: Owner | None = None
    aws: str = ""
    """`EC2 us-east-1` where it is AWS's own."""
    hits: tuple[Hit, ...] = ()

    def words(self) -> str:
        """All of it in one line: `DE Berlin · AS64500 Example · ON LIST tor.txt: 192.0.2.1`."""
        listed = [f"{ON_LIST}{hit}" for hit in self.hits]
        return " · ".join(part for part in (self.whose(), *listed) if part)

    def whose(self) -> str:
        """Where it is and whose, without the lists."""
        parts: list[str] = []
        if self.place is not None:
            parts.append(f"{self.place.country} {self.place.city}".strip())
        if self.owner is not None:
            parts.append(str(self.owner))
        if self.aws:
            parts.append(f"AWS {self.aws}")
        return " · ".join(part for part in parts if part)


NOTHING = Facts()


@dataclass(slots=True)
class Enrichment:
    """Open databases and lists; a question about the same address is answered from memory."""

    places: Lookup | None = None
    owners: Lookup | None = None
    ranges: AwsRanges | None = None
    lists: list[tuple[Source, WatchList]] = field(default_factory=list[tuple[Source, WatchList]])
    used: list[Source] = field(default_factory=list[Source])
    problems: list[str] = field(default_factory=list[str])
    """What can't be used, a sentence each: a file that is missing, changed or damaged."""
    known: dict[str, Facts] = field(default_factory=dict[str, Facts])

    def __bool__(self) -> bool:
        return bool(self.used)

    def about(self, text: str | None) -> Facts:
        """What is known of an address or a host's name; NOTHING where nothing is."""
        if not text or not self.used:
            return NOTHING
        found = self.known.get(text)
        if found is None:
            if len(self.known) > 200_000:
                self.known.clear()
            found = self.known[text] = self._facts(text)
        return found

    def sha256_of(self, kind: str) -> str:
        """The hashes of what is used of a kind: part of what an answer rests on."""
        return " ".join(source.sha256 for source in self.used if source.kind == kind)

    def is_aws(self, text: str) -> bool | None:
        """Whether an address is AWS's: by its ranges, else by the ASN database; None: not known."""
        facts = self.about(text)
        if self.ranges is not None:
            return bool(facts.aws)
        return None if facts.owner is None else facts.owner.number in AMAZON

    def _facts(self, text: str) -> Facts:
        hits = tuple(
            Hit(source, found) for source, listed in self.lists if (found := listed.find(text))
        )
        address = parse_address(text)
        if address is None:
            return Facts(hits=hits) if hits else NOTHING
        place = place_of(self._record(GEOIP, address))
        owner = owner_of(self._record(ASN, address))
        aws = "" if self.ranges is None else self.ranges.of(address)
        return Facts(place, owner, aws, hits)

    def _record(self, kind: str, address: Address) -> Mapping[str, object]:
        """A database's record; a damaged one is told once and not asked again."""
        look_up = self.places if kind == GEOIP else self.owners
        if look_up is None:
            return {}
        try:
            return look_up(address)
        except EnrichmentError as error:
            self.problems.append(str(error))
            if kind == GEOIP:
                self.places = None
            else:
                self.owners = None
            return {}


def load_enrichment(sources: Sequence[Source], *, strict: bool = False) -> Enrichment:
    """Open what was given; with `strict` the first problem is raised, else all are told in it."""
    made = Enrichment()
    for source in sources:
        try:
            _load(made, source, content_of(source))
        except EnrichmentError as error:
            if strict:
                raise
            made.problems.append(str(error))
    return made


def _load(made: Enrichment, source: Source, content: bytes) -> None:
    where = source.path
    if source.kind == GEOIP:
        made.places = open_database(content, where=where, kind=GEOIP)
    elif source.kind == ASN:
        made.owners = open_database(content, where=where, kind=ASN)
    elif source.kind == AWS_RANGES:
        made.ranges = read_aws_ranges(content, where=where)
    elif source.kind == LIST:
        made.lists.append((source, read_list(content, where=where, column=source.column)))
    made.used.append(source)


_Key = tuple[tuple[Source, tuple[int, int, int] | None], ...]
_last: list[tuple[_Key, Enrichment]] = []
_lock = Lock()


def open_enrichment(case: Case) -> Enrichment:
    """What a case is enriched with; empty where nothing was given.

    The files of the case asked last stay in memory, and are read again when the case's settings or
    a file's size or time change. Never raises for a file: what can't be used is in `problems`.
    """
    sources = sources_of(case)
    if not sources:
        return Enrichment()
    key = tuple((source, _stamp(source.path)) for source in sources)
    with _lock:
        if _last and _last[0][0] == key:
            return _last[0][1]
        made = load_enrichment(sources)
        _last[:] = [(key, made)]
        return made


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        told = Path(path).stat()
    except (OSError, ValueError):
        return None
    return told.st_size, told.st_mtime_ns, told.st_ino
