"""Storing what a source brought: documents, their events, and how far the fetch came, as one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from trailtui.case.acquired import Acquired
from trailtui.case.fetches import State, update_fetch
from trailtui.case.file import Case
from trailtui.case.loading import Loader
from trailtui.collect.reading import acquire


@dataclass(frozen=True, slots=True)
class Document:
    """One thing as it was received."""

    origin: str
    """Where it came from, in words: `s3://bucket/key`, `lookup ACCOUNT REGION ... page 3`."""
    body: bytes
    """Exactly as received."""
    told: Mapping[str, object] | None = None
    """What the source said of it (ETag, metadata), as JSON."""
    derived: bool = False
    """Whether its records were made from an answer's columns rather than written by CloudTrail."""


@dataclass(frozen=True, slots=True)
class Brought:
    """Documents that are read and coded, and what is to be noted of their fetch with them."""

    fetch: int
    documents: Sequence[Acquired]
    cursor: Mapping[str, object]
    reached_ms: int | None = None
    requests: int = 1
    known_records: int = 0
    """Records of what was passed over because the case has it already."""
    asked_ms: int | None = None
    """When this was asked, where it is the first answer of a fetch that begins."""


@dataclass(slots=True)
class Stored:
    """What became of documents."""

    records: int = 0
    events: int = 0
    sightings: int = 0
    problems: int = 0
    known_documents: int = 0
    in_fetch: int = field(default=0)
    """Records that the fetch brought, those of known documents included."""


def read_document(document: Document) -> Acquired:
    """Unpack, parse and code a document; its defects are listed in it."""
    acquired = acquire(document.origin, document.body, sha256(document.body).hexdigest())
    return with_what_was_said(acquired, document)


def with_what_was_said(acquired: Acquired, document: Document) -> Acquired:
    """A document as it was read, with what its source said of it."""
    if document.derived and acquired.coded.ids:
        acquired.kind = "derived"
    if document.told is not None:
        acquired.told = json.dumps(document.told, sort_keys=True)
    return acquired


Reader = Callable[[Sequence[Document]], Sequence[Acquired]]
"""Makes of documents what is stored, in their order."""


def read_documents(documents: Sequence[Document]) -> list[Acquired]:
    """Unpack, parse and code documents in this thread."""
    return [read_document(document) for document in documents]


class Store:
    """The one writer of a case that takes documents from sources."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._loader = Loader(case)

    def store(self, brought: Sequence[Brought]) -> Stored:
        """Store all of it in one transaction, with the state of each fetch."""
        stored = Stored()
        with self._case.writing():
            self._loader.begin()
            for part in brought:
                stored.in_fetch = 0
                for document in part.documents:
                    self._load(document, part.fetch, stored)
                update_fetch(
                    self._case,
                    part.fetch,
                    State.RUNNING,
                    cursor=part.cursor,
                    reached_ms=part.reached_ms,
                    records=stored.in_fetch,
                    requests=part.requests,
                    asked_ms=part.asked_ms,
                )
        return stored

    def _load(self, document: Acquired, fetch: int, stored: Stored) -> None:
        loaded = self._loader.load(document, fetch)
        stored.records += loaded.records
        stored.events += loaded.events
        stored.sightings += loaded.sightings
        stored.problems += loaded.problems
        stored.known_documents += loaded.known
        stored.in_fetch += len(document.coded.ids)
