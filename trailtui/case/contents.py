"""What a piece of evidence unpacks to: as far as it is needed, and before it is asked for.

The records of one question lie in many files. Of a file only the part up to its record is
unpacked, the rest when something behind it is asked for. Where it is known, or can be guessed,
which files come next, threads unpack them meanwhile: the library that unpacks does so without
holding Python's lock.
"""

import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, cast

from isal import isal_zlib

from trailtui.case.file import Case
from trailtui.case.packing import unpack, unpack_chunk
from trailtui.model.errors import InputError

CACHE_BYTES = 16 << 20
_FIRST_PART = 1 << 16
_GZIP_WINDOW = 31  # wbits for a gzip header, see zlib.decompressobj
_AHEAD = 6
"""Files that are unpacked before they are asked for; at half a megabyte each, 3 MB."""
_A_RUN = 3
"""After so many files in a row the next ones are guessed."""
_Damaged = cast("type[Exception]", isal_zlib.error)  # the library's stub hides its base
_unpackers = ThreadPoolExecutor(2, thread_name_prefix="unpacking")  # starts none until asked to
_CONTENT = """
SELECT v.packing, v.content_size, c.size, c.bytes
FROM evidence v LEFT JOIN evidence_chunks c ON c.evidence = v.id WHERE v.id = ? ORDER BY c.start
"""
_IS_PACKED = "SELECT 1 FROM evidence WHERE id = ? AND packing <> 'plain'"


class _Member(Protocol):
    """One gzip member being unpacked, as zlib's decompressobj."""

    unconsumed_tail: bytes

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_open_member = cast("Callable[[int], _Member]", getattr(isal_zlib, "decompressobj"))  # noqa: B009


class Content:
    """The content of one piece of evidence; used by one thread at a time."""

    def __init__(self, stored: bytes, size: int, *, gzip: bool) -> None:
        self.size = size
        """Bytes that it comes to when all of it is unpacked."""
        self.data = b""
        """As much as was needed so far, from its beginning."""
        self._stored = stored
        self._whole = False
        self._member = _open_member(_GZIP_WINDOW) if gzip else None

    def upto(self, end: int) -> bytes:
        """The content at least up to `end`, or all that there is."""
        if len(self.data) < end and not self._whole:
            self._unpack(end)
        return self.data

    def _unpack(self, end: int) -> None:
        member = self._member
        if member is None:
            self._unpack_whole()
            return
        packed = member.unconsumed_tail if self.data else self._stored
        wanted = self.size + 1 if self.data else max(end, _FIRST_PART)
        try:
            part = member.decompress(packed, wanted - len(self.data))
            self.data = self.data + part if self.data else part
        except _Damaged:
            self._unpack_whole()
            return
        if len(self.data) < end:  # several members in one file, or damage: the careful way
            self._unpack_whole()

    def _unpack_whole(self) -> None:
        self.data = unpack(self._stored).content
        self._whole = True


class Contents:
    """The contents that were asked for last, and those that will be next; of one connection."""

    def __init__(self, case: Case, *, in_order: bool = False) -> None:
        """`in_order`: each is asked for once, by a process among others that use all cores."""
        self._connection = case.connection
        self._contents: OrderedDict[int, Content] = OrderedDict()
        self._held = 0
        self._expected: dict[int, int] = {}
        self._order: list[int] = []
        self._coming: dict[int, tuple[Content, Future[bytes]]] = {}
        self._last, self._run = -1, 0
        self._ahead = _AHEAD if (os.cpu_count() or 1) > 1 and not in_order else 0
        self._most = 0 if in_order else CACHE_BYTES

    def expect(self, evidence: int, end: int) -> None:
        """Tell that a part up to `end` will be asked for; say so of all before asking for one."""
        if end > self._expected.get(evidence, 0):
            self._expected[evidence] = end

    def upto(self, evidence: int, end: int) -> bytes:
        """The content of evidence that is no plain text, at least up to `end`."""
        content = self._contents.get(evidence) or self._taken(evidence)
        return content.upto(end)

    def whole(self, evidence: int) -> bytes:
        """All the content of evidence that is no plain text."""
        content = self._contents.get(evidence) or self._taken(evidence)
        return content.upto(content.size)

    def _taken(self, evidence: int) -> Content:
        """One that was not at hand: it was unpacked meanwhile, or is now."""
        self._run = self._run + 1 if evidence == self._last + 1 else 0
        self._last = evidence
        self._send_ahead(evidence)
        coming = self._coming.pop(evidence, None)
        content = coming[0] if coming is not None else self._loaded(evidence)
        if coming is not None:
            coming[1].result()
        self._contents[evidence] = content
        self._held += content.size
        while self._held > self._most and len(self._contents) > 1:
            self._held -= self._contents.popitem(last=False)[1].size
        return content

    def _send_ahead(self, evidence: int) -> None:
        """Let the threads unpack what comes after this one."""
        if self._expected and len(self._order) != len(self._expected):
            self._order = sorted(self._expected)
        for each in self._after(evidence):
            if each not in self._coming and each not in self._contents:
                if not self._connection.execute(_IS_PACKED, [each]).fetchone():
                    continue  # plain text, or only guessed and there is none of that number
                content = self._loaded(each)
                end = self._expected.get(each, content.size)
                self._coming[each] = content, _unpackers.submit(content.upto, end)
        for passed in [each for each in self._coming if each < evidence]:
            del self._coming[passed]

    def _after(self, evidence: int) -> list[int]:
        at = bisect_right(self._order, evidence)
        if at and self._order[at - 1] == evidence:
            return self._order[at : at + self._ahead]
        if self._run < _A_RUN:
            return []
        return [*range(evidence + 1, evidence + 1 + self._ahead)]

    def _loaded(self, evidence: int) -> Content:
        rows = self._connection.execute(_CONTENT, [evidence]).fetchall()
        if not rows:
            raise InputError(f"there is no evidence {evidence} in this case")
        packing, size = rows[0][:2]
        parts = [unpack_chunk(packing, row[2], row[3]) for row in rows if row[3] is not None]
        return Content(b"".join(parts), size, gzip=packing == "gzip")
