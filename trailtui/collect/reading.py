"""The part of collecting that runs in worker processes: files or bytes in, documents out."""

import os
import sqlite3
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from trailtui.case.acquired import Acquired, Problem
from trailtui.case.coding import Vocabulary, code_records, code_trail
from trailtui.case.packing import CONTENT_LIMIT, pack, unpack
from trailtui.model.envelope import Found, find_records

Read = Acquired | tuple[str, str] | tuple[str, None, str]
"""A document; or path and hash of a file that the case has; or path, None and why it failed."""


class FileReader:
    """Reads files, leaving out those whose bytes the case has already.

    With a vocabulary, all documents are coded in that one.
    """

    def __init__(self, case_path: str, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary
        uri = f"{Path(case_path).absolute().as_uri()}?mode=ro"
        self._case = sqlite3.connect(uri, uri=True, timeout=20)

    def read(self, path: str) -> Read:
        """Read one file whole. Never raises for what is wrong with the file."""
        try:
            data, changed = bytes_of(path)
        except FileNotFoundError:
            return path, None, "vanished before it was read"
        except OSError as error:
            return path, None, f"can't be read: {error.strerror}"
        if data is None:
            reason = f"larger than {CONTENT_LIMIT >> 20} MiB; split it at line or file boundaries"
            return path, None, reason
        digest = sha256(data).hexdigest()
        if self._has(digest):
            return path, digest
        problems = [(None, None, "changed while it was read; read it again")] if changed else []
        return acquire(path, data, digest, problems, self.vocabulary)

    def read_all(self, paths: Iterable[str]) -> list[Read]:
        """Read several files: one round trip for a handful of small ones."""
        return [self.read(path) for path in paths]

    def read_bytes(self, given: Iterable[tuple[str, bytes]]) -> list[Acquired]:
        """Documents from origins and bytes that were downloaded; gzip comes without its chunk.

        The other side has those bytes already, and they would be the larger part of the answer.
        """
        return [
            _without_chunk(
                acquire(origin, data, sha256(data).hexdigest(), vocabulary=self.vocabulary)
            )
            for origin, data in given
        ]

    def _has(self, digest: str) -> bool:
        row = self._case.execute("SELECT 1 FROM evidence WHERE sha256 = ?", [digest]).fetchone()
        return row is not None


def acquire(
    origin: str,
    data: bytes,
    digest: str,
    problems: Iterable[Problem] = (),
    vocabulary: Vocabulary | None = None,
) -> Acquired:
    """A document from its bytes: unpacked, its records found and coded, its defects listed.

    `digest` is the SHA-256 of `data` in hexadecimal; `vocabulary` is what it is to be coded in.
    """
    unpacked = unpack(data)
    complaints = list(problems)
    if unpacked.defect:
        complaints.append((None, None, unpacked.defect))
    coded = code_trail(unpacked.content, vocabulary)
    found = Found("records")
    if coded is None:
        found = (
            Found() if unpacked.defect and not unpacked.content else find_records(unpacked.content)
        )
        coded = code_records(found.pieces, vocabulary)
    complaints += [(defect.offset, defect.length, defect.reason) for defect in found.defects]
    complaints += coded.refused
    return Acquired(
        origin=origin,
        sha256=digest,
        kind=found.kind if coded.ids or found.kind == "digest" or not complaints else "none",
        packing=unpacked.packing,
        size=len(data),
        content_size=len(unpacked.content),
        chunks=list(pack(data)),
        coded=coded,
        problems=complaints,
    )


def _without_chunk(acquired: Acquired) -> Acquired:
    if acquired.packing == "gzip":
        acquired.chunks = []
    return acquired


def bytes_of(path: str) -> tuple[bytes | None, bool]:
    """A file's bytes (None where there are too many), and whether it changed meanwhile."""
    with open(path, "rb") as file:  # noqa: PTH123 - a pathlib object per file costs time
        before = os.fstat(file.fileno())
        if before.st_size > CONTENT_LIMIT:
            return None, False
        data = file.read(CONTENT_LIMIT + 1)
        after = os.fstat(file.fileno())
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    return (None if len(data) > CONTENT_LIMIT else data), changed or len(data) != before.st_size
