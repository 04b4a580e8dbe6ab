"""What the files of a bundle say, held against each other: log, evidence, events, manifest.

Only files whose hash could be taken are looked into; values are read as typed structures, so that
a value of another kind than the format has is a finding like any other.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from trailtui.case.journal import FIRST_PREVIOUS, entry_hash
from trailtui.report import layout
from trailtui.report.findings import Say
from trailtui.report.places import OutOfOrder, PlaceReader
from trailtui.report.records import agrees
from trailtui.report.unpacking import Member, Unreadable

_LONGEST_LINE = 64 << 20
_MOST_PINNED = 256 << 20
"""Bytes of pinned.jsonl that are looked into: it is sorted in memory."""
_MOST_ALIKE = 10
"""Findings of one kind in one file; the rest is counted."""


class ManifestFile(msgspec.Struct, frozen=True):
    """A file as the manifest has it."""

    path: str
    size: int
    sha256: str
    packed_sha256: str | None = None


class _Log(msgspec.Struct, frozen=True):
    entries: int
    head: str
    sound: bool


class _Counts(msgspec.Struct, frozen=True):
    evidence: int
    events: int
    sightings: int


class _ManifestDocument(msgspec.Struct, frozen=True):
    format: str
    version: int
    signed: bool
    log: _Log
    counts: _Counts
    files: list[ManifestFile]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says; empty where it can't be read."""

    files: Mapping[str, ManifestFile] = field(default_factory=dict[str, ManifestFile])
    signed: bool = False
    log: _Log | None = None
    counts: _Counts | None = None
    version: int = 1
    """Of the format; where the manifest can't be read, the one that asks for least."""


@dataclass(frozen=True, slots=True)
class LogState:
    """What is known of the action log."""

    entries: int = 0
    head: str = ""
    fault: str = "was not read"
    """What is wrong with it; empty where it is sound."""


@dataclass(slots=True)
class Contents:
    """The files of a bundle, for looking into them."""

    members: Mapping[str, Member]
    readable: Mapping[str, str]
    """SHA-256 by name of the files that can be read."""
    read: Callable[[str], Iterator[bytes]]
    say: Say

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """The numbered lines of a file; a line that is far too long ends the reading."""
        number = 0
        waiting = b""
        for part in self.read(name):
            *whole, waiting = (waiting + part).split(b"\n")
            for line in whole:
                number += 1
                yield number, line
            if len(waiting) > _LONGEST_LINE:
                self.say(name, f"has a line {number + 1} that is too long to be read")
                return
        if waiting:
            self.say(name, "has no end of its last line")

    def whole(self, name: str) -> bytes:
        """A file's content; empty where it is not there or can't be read."""
        return b"".join(self.read(name)) if name in self.readable else b""


class Limited:
    """Says the same complaint of a file a few times, and then how often it was."""

    def __init__(self, say: Say, file: str) -> None:
        self._say = say
        self._file = file
        self.count = 0

    def __call__(self, what: str) -> None:
        self.count += 1
        if self.count <= _MOST_ALIKE:
            self._say(self._file, what)

    def end(self) -> None:
        """Say how many were not said."""
        if self.count > _MOST_ALIKE:
            self._say(self._file, f"and {self.count - _MOST_ALIKE} more like these")


def read_manifest(data: bytes, say: Say) -> Manifest:
    """The manifest; what is wrong with it is said."""
    if not data:
        return Manifest()
    try:
        read = msgspec.json.decode(data, type=_ManifestDocument)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        say(layout.MANIFEST, f"can't be read: {error}")
        return Manifest()
    if read.format != layout.FORMAT or read.version not in layout.KNOWN_VERSIONS:
        say(layout.MANIFEST, f"is of format {read.format!r}, version {read.version}; "
            f"this program knows {layout.FORMAT}, versions up to {layout.VERSION}")  # fmt: skip
    files = {file.path: file for file in read.files}
    if len(files) != len(read.files):
        say(layout.MANIFEST, "names a file more than once")
    return Manifest(files, read.signed, read.log, read.counts, read.version)


class LogLine(msgspec.Struct, frozen=True):
    """An entry of the action log."""

    seq: int
    at_ms: int
    kind: str
    who: dict[str, object]
    what: dict[str, object]
    previous: str
    hash: str


def check_log(
    contents: Contents, manifest: Manifest, take: Callable[[LogLine], None] = lambda _: None
) -> LogState:
    """Follow the log's chain from the first entry to the head that the manifest names.

    `take` is given each entry whose place in the chain is right.
    """
    name = layout.ACTION_LOG
    if name not in contents.readable:
        return LogState()
    state = _follow_chain(contents, take)
    if state.fault:
        contents.say(name, state.fault)
    elif manifest.log and (manifest.log.entries, manifest.log.head) != (state.entries, state.head):
        fault = (
            f"ends with entry {state.entries}, {state.head[:12]}; the manifest says "
            f"{manifest.log.entries}, {manifest.log.head[:12]}"
        )
        contents.say(name, fault)
        return LogState(state.entries, state.head, fault)
    return state


def _follow_chain(contents: Contents, take: Callable[[LogLine], None]) -> LogState:
    previous = FIRST_PREVIOUS
    number = 0
    for number, line in contents.lines(layout.ACTION_LOG):
        try:
            entry = msgspec.json.decode(line, type=LogLine)
            # the hash is over what Python's own reading of JSON gives
            plain = json.loads(line)
            digest = entry_hash(
                entry.seq, entry.at_ms, entry.kind, plain["who"], plain["what"], previous
            )
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return LogState(number - 1, previous, f"has a line {number} that is no entry: {error}")
        if entry.seq != number or entry.previous != previous:
            fault = f"has a broken chain: entry {entry.seq} does not follow from entry {number - 1}"
            return LogState(number - 1, previous, fault)
        if entry.hash != digest:
            return LogState(number - 1, previous, f"has an altered entry {number}")
        previous = entry.hash
        take(entry)
    return LogState(number, previous, "")


class _Evidence(msgspec.Struct, frozen=True):
    file: str
    sha256: str
    size: int


def check_evidence(contents: Contents, manifest: Manifest) -> None:
    """Each line of evidence.jsonl must have its file, and each evidence file its line."""
    name = layout.EVIDENCE_LIST
    if name not in contents.readable:
        return
    listed: set[str] = set()
    complain = Limited(contents.say, name)
    number = 0
    for number, line in contents.lines(name):
        try:
            entry = msgspec.json.decode(line, type=_Evidence)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            complain(f"has a line {number} that can't be read: {error}")
            continue
        listed.add(entry.file)
        if entry.file not in contents.members:
            contents.say(entry.file, f"is missing; line {number} of {name} names it")
        elif entry.file in contents.readable and (
            entry.sha256 != contents.readable[entry.file]
            or entry.size != contents.members[entry.file].size
        ):
            contents.say(entry.file, f"is not the evidence that line {number} of {name} describes")
    for file in contents.members:
        if file.startswith(layout.ORIGINAL_ANSWERS_FOLDER):
            continue  # answers.json lists these
        if file.startswith(layout.EVIDENCE_FOLDER) and file not in listed:
            contents.say(file, f"is in no line of {name}")
    _compare_count(complain, number, manifest.counts.evidence if manifest.counts else None)
    complain.end()


class _Place(msgspec.Struct, frozen=True):
    file: str
    offset: int
    length: int
    in_string: bool


class _Event(msgspec.Struct, frozen=True):
    eventID: str
    place: _Place
    record: msgspec.Raw
    withheld: str | None = None
    findings: list[str] = []


@dataclass(slots=True)
class Seen:
    """What other files say of events, and what events.jsonl has of it."""

    wanted: set[str] = field(default_factory=set[str])
    """Event ids that were named and not yet met."""
    findings: Counter[str] = field(default_factory=Counter[str])
    """Events by the finding of a rule that they belong to."""

    def take(self, event: _Event) -> None:
        """An event was met."""
        self.wanted.discard(event.eventID)
        self.findings.update(event.findings)


class _Sighting(msgspec.Struct, frozen=True):
    eventID: str
    place: _Place


def check_events(contents: Contents, manifest: Manifest, seen: Seen) -> int:
    """Hold every event against the record in the evidence; how many agree."""
    name = layout.EVENTS
    if name not in contents.readable:
        return 0
    complain = Limited(contents.say, name)
    places = PlaceReader(contents.whole)
    number = 0
    for number, line in contents.lines(name):
        try:
            event = _check_event(contents, places, number, line, complain)
            if event is not None:
                seen.take(event)
        except OutOfOrder as error:
            complain(f"is not in the order of the evidence: line {number} goes back to {error}")
            break
    _compare_count(complain, number, manifest.counts.events if manifest.counts else None)
    complain.end()
    return max(0, number - complain.count)


def check_pinned(contents: Contents) -> None:
    """The same for the pinned events, which come in time order and are few."""
    name = layout.PINNED
    if name not in contents.readable:
        return
    if contents.members[name].size > _MOST_PINNED:
        contents.say(name, "is too large to be looked into")
        return
    complain = Limited(contents.say, name)
    places = PlaceReader(contents.whole)
    numbered = [(_file_of(line), number, line) for number, line in contents.lines(name)]
    for _, number, line in sorted(numbered):
        _check_event(contents, places, number, line, complain)
    complain.end()


class _WithPlace(msgspec.Struct, frozen=True):
    place: _Place


def _file_of(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_WithPlace).place.file
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _check_event(
    contents: Contents, places: PlaceReader, number: int, line: bytes, complain: Limited
) -> _Event | None:
    """The event of a line; None where the line can't be read."""
    try:
        event = msgspec.json.decode(line, type=_Event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        complain(f"has a line {number} that can't be read: {error}")
        return None
    if event.place.file not in contents.readable:
        complain(f"names a file in line {number} that can't be read: {event.place.file}")
        return event
    raw = _at(places, event.place)
    if raw is None:
        complain(f"names a place in line {number} that {event.place.file} does not have")
    elif event.withheld is None and not agrees(bytes(event.record), raw):
        complain(f"says otherwise in line {number} than its record in {event.place.file}")
    return event


def check_sightings(contents: Contents, manifest: Manifest) -> None:
    """Each further place of an event must hold a record with its event id."""
    name = layout.SIGHTINGS
    if name not in contents.readable:
        return
    complain = Limited(contents.say, name)
    places = PlaceReader(contents.whole)
    number = 0
    for number, line in contents.lines(name):
        try:
            sighting = msgspec.json.decode(line, type=_Sighting)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            complain(f"has a line {number} that can't be read: {error}")
            continue
        if sighting.place.file not in contents.readable:
            complain(f"names a file in line {number} that can't be read: {sighting.place.file}")
            continue
        try:
            raw = _at(places, sighting.place)
        except OutOfOrder as error:
            complain(f"is not in the order of the evidence: line {number} goes back to {error}")
            break
        if raw is None or not _is_event(raw, sighting.eventID):
            complain(f"names a place in line {number} where the event is not")
    _compare_count(complain, number, manifest.counts.sightings if manifest.counts else None)
    complain.end()


def _at(places: PlaceReader, place: _Place) -> bytes | None:
    try:
        return places.read(place.file, place.offset, place.length, in_string=place.in_string)
    except Unreadable:
        return None


def _is_event(raw: bytes, event_id: str) -> bool:
    """Whether a record has this event id, or says nothing of one and is known by its hash."""
    from trailtui.model.record import NotARecord, pack_event_id, read_record, unpack_event_id

    try:
        fields = read_record(raw)
    except NotARecord:
        return False
    return unpack_event_id(pack_event_id(fields.event_id, raw)) == event_id


def _compare_count(complain: Limited, lines: int, told: int | None) -> None:
    if told is not None and told != lines:
        complain(f"has {lines} lines; the manifest says {told}")
