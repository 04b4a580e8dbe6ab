"""How acquired bytes lie in the case, and how they become content again.

A gzip file stays the gzip it was, in one chunk: nothing is recompressed, and AWS's digests can be
checked years later. Anything else goes into zstd frames that can be read one by one. Content is
what the bytes say: unpacked gzip (by its magic, not its name), UTF-16 as UTF-8, else as it is.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import zstandard
from isal import isal_zlib

GZIP_MAGIC = b"\x1f\x8b"
CONTENT_LIMIT = 256 << 20
"""Largest content of one file, in bytes; a trail's own files stay below 50 MB."""
_GZIP_WINDOW = 31  # wbits for a gzip header, see zlib.decompressobj
_Damaged = cast("type[Exception]", isal_zlib.error)  # the library's stub hides its base


class _Member(Protocol):
    """One gzip member being unpacked, as zlib's decompressobj."""

    eof: bool
    unused_data: bytes
    unconsumed_tail: bytes

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


def _open_member() -> _Member:
    return cast("_Member", isal_zlib.decompressobj(wbits=_GZIP_WINDOW))  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The content of a file, and why it is not all of it where it is not."""

    content: bytes
    packing: str
    """gzip | utf-16 | plain"""
    defect: str | None = None


def unpack(data: bytes) -> Unpacked:
    """The content that a file's bytes stand for; never raises, never grows past the limit."""
    if data[:2] == GZIP_MAGIC:
        return _gunzip(data)
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            try:
                return Unpacked(data.decode(codec).encode(), "utf-16")
            except UnicodeError as error:
                return Unpacked(data, "plain", f"looks like UTF-16 and is not: {error}")
    if data.startswith(codecs.BOM_UTF8):  # same length, so that offsets stay true
        return Unpacked(b"   " + data[3:], "plain")
    return Unpacked(data, "plain")


def _gunzip(data: bytes) -> Unpacked:
    """All members of a gzip file, as far as they can be had."""
    parts: list[bytes] = []
    size = 0
    rest = data
    while rest[:2] == GZIP_MAGIC:
        member = _open_member()
        try:
            part = member.decompress(rest, CONTENT_LIMIT + 1 - size)
        except _Damaged as error:
            salvaged = _salvage(rest, CONTENT_LIMIT - size)
            return _joined(
                [*parts, salvaged], f"damaged gzip ({error}): what was read of it may be altered"
            )
        parts.append(part)
        size += len(part)
        if size > CONTENT_LIMIT:
            return Unpacked(
                b"",
                "gzip",
                f"unpacks to more than {CONTENT_LIMIT >> 20} MiB, a gzip bomb or several days in "
                "one file; nothing of it was read",
            )
        if not member.eof:
            return _joined(parts, "truncated gzip: the end is missing")
        rest = member.unused_data
    if rest.strip(b"\0"):
        return _joined(parts, f"{len(rest)} bytes after the end of the gzip data")
    return _joined(parts, None)


def _joined(parts: list[bytes], defect: str | None) -> Unpacked:
    return Unpacked(parts[0] if len(parts) == 1 else b"".join(parts), "gzip", defect)


def _salvage(data: bytes, limit: int) -> bytes:
    """What comes out of a damaged member before the damage shows, taken in small steps."""
    member = _open_member()
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(data), 4096):
            waiting = data[start : start + 4096]
            while waiting and size < limit and not member.eof:
                part = member.decompress(waiting, 16384)
                parts.append(part)
                size += len(part)
                waiting = member.unconsumed_tail
    except _Damaged:
        return b"".join(parts)
    return b"".join(parts)


FRAME_SIZE = 256 << 10
"""Bytes in one zstd frame: small enough that reading one record costs little."""

Chunk = tuple[int, int, bytes]
"""Start and size in the acquired bytes, and the bytes as stored."""


def pack(data: bytes) -> Iterator[Chunk]:
    """The chunks that keep `data` in a case."""
    if data[:2] == GZIP_MAGIC:
        yield 0, len(data), data
        return
    compressor = zstandard.ZstdCompressor(level=3)
    for start in range(0, len(data), FRAME_SIZE):
        frame = data[start : start + FRAME_SIZE]
        yield start, len(frame), compressor.compress(frame)


def unpack_chunk(packing: str, size: int, stored: bytes) -> bytes:
    """The acquired bytes of one chunk, `size` of them."""
    if packing == "gzip":
        return stored
    return zstandard.ZstdDecompressor().decompress(stored, max_output_size=size)
