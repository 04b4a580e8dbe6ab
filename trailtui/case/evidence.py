"""Evidence: the exact bytes of what was acquired, and the content that offsets count in."""

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from trailtui.case.contents import CACHE_BYTES, Contents
from trailtui.case.file import Case
from trailtui.case.packing import unpack_chunk
from trailtui.model.errors import CaseError, InputError


@dataclass(frozen=True, slots=True)
class Evidence:
    """One acquired file or answer."""

    id: int
    sha256: str
    origin: str
    kind: str
    packing: str
    size: int
    content_size: int
    records: int
    problems: int
    acquired_ms: int
    acquired_by: str


_COLUMNS = (
    "id, sha256, origin, kind, packing, size, content_size, records, problems, acquired_ms, "
    "acquired_by"
)


def all_evidence(case: Case) -> Iterator[Evidence]:
    """All evidence of a case, in the order it was acquired."""
    for row in case.connection.execute(f"SELECT {_COLUMNS} FROM evidence ORDER BY id"):  # noqa: S608
        yield Evidence(*row)


def evidence_of(case: Case, evidence: int) -> Evidence:
    """One piece of evidence by its number; raises InputError where there is none."""
    row = case.connection.execute(
        f"SELECT {_COLUMNS} FROM evidence WHERE id = ?",  # noqa: S608
        [evidence],
    ).fetchone()
    if row is None:
        raise InputError(f"there is no evidence {evidence} in this case")
    return Evidence(*row)


def origins_of(case: Case, evidence: int) -> list[str]:
    """Every path or URI that these bytes were seen at."""
    rows = case.connection.execute(
        "SELECT origin FROM evidence_origins WHERE evidence = ? ORDER BY seen_ms, origin",
        [evidence],
    )
    return [row[0] for row in rows]


def original_bytes(case: Case, evidence: int) -> Iterator[bytes]:
    """The acquired bytes, exactly as they came, chunk by chunk."""
    packing = evidence_of(case, evidence).packing
    rows = case.connection.execute(
        "SELECT size, bytes FROM evidence_chunks WHERE evidence = ? ORDER BY start", [evidence]
    )
    for size, stored in rows:
        yield unpack_chunk(packing, size, stored)


class RecordReader:
    """Reads records from the evidence, with a little cache of unpacked content.

    Belongs to the case's connection, so to one thread.
    """

    def __init__(self, case: Case, *, in_order: bool = False) -> None:
        """`in_order`: for one of several processes, which reads its files once each."""
        self.case = case
        self._packings: dict[int, str] = {}
        self._contents: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._held = 0
        self._packed = Contents(case, in_order=in_order)

    def expect(self, evidence: int, end: int) -> None:
        """Tell that a record that ends there will be read; tell of all before reading one."""
        self._packed.expect(evidence, end)

    def read(self, evidence: int, offset: int, length: int, *, in_string: bool) -> bytes:
        """The JSON of the record at a place; exact bytes unless it stands in a JSON string."""
        raw = self._range(evidence, offset, length)
        if len(raw) != length:
            raise CaseError(
                f"the record at {offset}+{length} of evidence {evidence} can't be read back",
                where=str(self.case.path),
                cure="The case file is damaged; restore a copy or collect again.",
            )
        if in_string:
            return str(json.loads(raw)).encode("utf-8", "surrogatepass")
        return raw

    def content(self, evidence: int, end: int) -> bytes | None:
        """The content that evidence unpacks to, at least up to `end`; None where it is plain text,
        which lies in parts."""
        if self._packing(evidence) == "plain":
            return None
        return self._packed.upto(evidence, end)

    def whole(self, evidence: int) -> bytes | None:
        """All the content that evidence unpacks to; None where it is plain text."""
        return None if self._packing(evidence) == "plain" else self._packed.whole(evidence)

    def _packing(self, evidence: int) -> str:
        packing = self._packings.get(evidence)
        if packing is None:
            packing = self._packings[evidence] = evidence_of(self.case, evidence).packing
        return packing

    def _range(self, evidence: int, offset: int, length: int) -> bytes:
        content = self.content(evidence, offset + length)
        if content is None:
            return self._framed(evidence, offset, length)
        return content[offset : offset + length]

    def _framed(self, evidence: int, offset: int, length: int) -> bytes:
        """From the frames that cover the range; most records lie in one."""
        rows = self.case.connection.execute(
            "SELECT start, size FROM evidence_chunks "
            "WHERE evidence = ? AND start < ? AND start + size > ? ORDER BY start",
            [evidence, offset + length, offset],
        ).fetchall()
        parts: list[bytes] = []
        for start, size in rows:
            frame = self._cached((evidence, start))
            if frame is None:
                stored = self.case.connection.execute(
                    "SELECT bytes FROM evidence_chunks WHERE evidence = ? AND start = ?",
                    [evidence, start],
                ).fetchone()[0]
                frame = self._remember((evidence, start), unpack_chunk("plain", size, stored))
            parts.append(frame[max(0, offset - start) : offset + length - start])
        return b"".join(parts)

    def _cached(self, key: tuple[int, int]) -> bytes | None:
        content = self._contents.get(key)
        if content is not None:
            self._contents.move_to_end(key)
        return content

    def _remember(self, key: tuple[int, int], content: bytes) -> bytes:
        self._contents[key] = content
        self._held += len(content)
        while self._held > CACHE_BYTES and len(self._contents) > 1:
            _, dropped = self._contents.popitem(last=False)
            self._held -= len(dropped)
        return content
