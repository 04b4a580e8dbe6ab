"""Reading a bundle's zip strictly: every byte of the file must be one that belongs there.

Tools that read zips forgive much: bytes in front, between and behind the members, comments, extra
fields, a directory that says other things than the members' own headers. A bundle has none of
that, so whatever is there was put there by somebody. Nothing here raises for what is in the file.

Format: PKWARE APPNOTE 6.3.x, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14 and
4.3.15 (zip64), 4.3.16 (end of directory).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_FULL16 = 0xFFFF
_FULL32 = 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_UNIX = 3
_ATTRIBUTES = 0o600 << 16
_READ_SIZE = 1 << 18


class Unreadable(ValueError):
    """What should be there can't be read; the message says what."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the zip, as its directory has it."""

    name: str
    method: int
    crc: int
    packed_size: int
    size: int
    header: int
    """Where its own header begins."""
    start: int
    """Where its packed bytes begin."""

    @property
    def compressed(self) -> bool:
        """Whether its bytes in the zip are other than its content."""
        return self.method == _DEFLATED


@dataclass(slots=True)
class Layout:
    """The members of a zip, and everything that is not as an export lays it out."""

    members: list[Member] = field(default_factory=list[Member])
    odd: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """File (empty: the zip itself), and what is odd."""
    readable: bool = True
    """Whether the members lie one after the other, so that their content can be read."""


def read_layout(descriptor: int) -> Layout:
    """The layout of an open file. Raises Unreadable where there is no directory of a zip in it."""
    size = os.fstat(descriptor).st_size
    layout = Layout()
    end, behind = _find_end(descriptor, size)
    if behind:
        layout.odd.append(("", f"{behind} bytes stand behind the end of the zip"))
    directory_start, directory_size, count, directory_end = _read_end(descriptor, end, layout)
    if directory_start + directory_size != directory_end:
        raise Unreadable("bytes were put into the zip or taken out of it: its directory is not "
                         "where it says")  # fmt: skip
    entries = _pread(descriptor, directory_start, directory_size)
    _read_entries(descriptor, entries, count, layout)
    _check_order(layout, directory_start)
    return layout


def _find_end(descriptor: int, size: int) -> tuple[int, int]:
    """Where the end record begins, and how many bytes stand behind it."""
    tail_start = max(0, size - _END.size - _FULL16)
    tail = _pread(descriptor, tail_start, size - tail_start)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise Unreadable("the end of a zip is missing")
    return tail_start + at, len(tail) - at - _END.size


def _read_end(descriptor: int, end: int, layout: Layout) -> tuple[int, int, int, int]:
    """Start, size and entries of the directory, and where it must end."""
    _, disk, directory_disk, on_disk, count, size, start, comment = _END.unpack(
        _pread(descriptor, end, _END.size)
    )
    if comment:
        layout.odd.append(("", "the zip has a comment"))
    if disk or directory_disk or on_disk != count:
        layout.odd.append(("", "the end of the zip was altered (disks)"))
    if count != _FULL16 and _FULL32 not in (size, start):
        return start, size, count, end
    locator = _LOCATOR.unpack(_pread(descriptor, end - _LOCATOR.size, _LOCATOR.size))
    end64 = end - _LOCATOR.size - _END64.size
    if locator != (b"PK\x06\x07", 0, end64, 1):
        raise Unreadable("the zip64 locator is missing or was altered")
    mark, length, made, needed, disk, directory_disk, on_disk, count64, size64, start64 = (
        _END64.unpack(_pread(descriptor, end64, _END64.size))
    )
    if (mark, length, disk, directory_disk, on_disk) != (b"PK\x06\x06", 44, 0, 0, count64):
        raise Unreadable("the zip64 end record was altered")
    if (made, needed) != (45, 45) or not (
        count == min(count64, _FULL16)
        and size == min(size64, _FULL32)
        and start == min(start64, _FULL32)
    ):
        layout.odd.append(("", "the two end records of the zip disagree"))
    return start64, size64, count64, end64


def _read_entries(descriptor: int, entries: bytes, count: int, layout: Layout) -> None:
    position = 0
    names: set[str] = set()
    while position < len(entries):
        if len(entries) - position < _ENTRY.size or entries[position : position + 4] != b"PK\1\2":
            layout.odd.append(("", f"its directory is broken after {len(layout.members)} files"))
            layout.readable = False
            return
        position += _read_entry(descriptor, entries, position, layout)
        name = layout.members[-1].name
        if name in names:
            layout.odd.append((name, "is in the zip more than once"))
        names.add(name)
    if position != len(entries):
        layout.odd.append(("", "the last entry of its directory was altered"))
    if len(layout.members) != count:
        layout.odd.append(
            ("", f"its end says {count} files, its directory has {len(layout.members)}")
        )


def _read_entry(descriptor: int, entries: bytes, position: int, layout: Layout) -> int:
    """Read one entry of the directory with the header that it points to; gives its length."""
    fixed = _ENTRY.unpack_from(entries, position)
    made, needed, flags, method, time, date, crc, packed_size, size = fixed[1:10]
    name_length, extra_length, comment_length, disk, internal, attributes, header = fixed[10:]
    length = _ENTRY.size + name_length + extra_length + comment_length
    at = position + _ENTRY.size
    raw_name = entries[at : at + name_length]
    extra = entries[at + name_length : at + name_length + extra_length]
    name = raw_name.decode("utf-8", "backslashreplace")
    sizes, extra_fits = _large_sizes(extra, (size, packed_size, header))
    size, packed_size, header = sizes
    if comment_length:
        layout.odd.append((name, "has a comment in the zip's directory"))
    if not extra_fits:
        layout.odd.append((name, "has extra fields in the zip's directory"))
    if (
        (made, disk, internal, attributes, flags) != ((_UNIX << 8) | needed, 0, 0, _ATTRIBUTES, 0)
        or needed not in (20, 45)
        or method not in (_STORED, _DEFLATED)
        or (method == _STORED and size != packed_size)
    ):
        layout.odd.append((name, "its entry in the zip's directory was altered"))
    told = (needed, flags, method, time, date, crc)
    start = _check_header(descriptor, header, told, (size, packed_size), raw_name, layout)
    layout.members.append(Member(name, method, crc, packed_size, size, header, start))
    return length


def _check_header(
    descriptor: int,
    header: int,
    told: tuple[int, ...],
    sizes: tuple[int, int],
    raw_name: bytes,
    layout: Layout,
) -> int:
    """Hold a member's own header against the directory; gives where its bytes begin."""
    name = raw_name.decode("utf-8", "backslashreplace")
    try:
        fixed = _LOCAL.unpack(_pread(descriptor, header, _LOCAL.size))
        name_length, extra_length = fixed[9], fixed[10]
        rest = _pread(descriptor, header + _LOCAL.size, name_length + extra_length)
    except Unreadable:
        layout.odd.append((name, "its own header is missing"))
        layout.readable = False
        return 0
    extra = rest[name_length:]
    (size, packed_size), extra_fits = _large_sizes(extra, (fixed[8], fixed[7]))
    if (
        fixed[0] != b"PK\x03\x04"
        or fixed[1:7] != told
        or (size, packed_size) != sizes
        or rest[:name_length] != raw_name
    ):
        layout.odd.append((name, "its own header in the zip says otherwise than the directory"))
    if not extra_fits:
        layout.odd.append((name, "its own header has extra fields"))
    return header + _LOCAL.size + name_length + extra_length


def _large_sizes(extra: bytes, fields: tuple[int, ...]) -> tuple[tuple[int, ...], bool]:
    """Fields with their zip64 values where they are full; whether `extra` holds just those."""
    full = [at for at, value in enumerate(fields) if value == _FULL32]
    if not full:
        return fields, not extra
    body = struct.Struct(f"<2H{len(full)}Q")
    if len(extra) != body.size:
        return fields, False
    mark, length, *values = body.unpack(extra)
    large = list(fields)
    for at, value in zip(full, values, strict=True):
        large[at] = value
    return tuple(large), (mark, length) == (1, 8 * len(full))


def _check_order(layout: Layout, directory_start: int) -> None:
    """The members must fill the file from its first byte to the directory, without overlap."""
    if not layout.readable:
        return
    expected = 0
    for member in sorted(layout.members, key=lambda member: member.header):
        if member.header != expected:
            what = "overlaps another file" if member.header < expected else "has bytes before it"
            layout.odd.append((member.name, f"{what} in the zip"))
            layout.readable = layout.readable and member.header > expected
        expected = member.start + member.packed_size
    if expected != directory_start:
        layout.odd.append(("", "there are bytes before the zip's directory, or some are missing"))
        layout.readable = layout.readable and expected < directory_start


def packed_bytes(descriptor: int, member: Member) -> Iterator[bytes]:
    """A member's bytes as they lie in the zip."""
    position = member.start
    left = member.packed_size
    while left:
        part = _pread(descriptor, position, min(_READ_SIZE, left))
        position += len(part)
        left -= len(part)
        yield part


def content(descriptor: int, member: Member) -> Iterator[bytes]:
    """A member's content, in parts of bounded size. Raises Unreadable where it can't be had whole.

    Never gives more than the size that the directory says.
    """
    if not member.compressed:
        yield from packed_bytes(descriptor, member)
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    given = 0
    try:
        for packed in packed_bytes(descriptor, member):
            waiting = packed
            while waiting and not inflate.eof:
                part = inflate.decompress(waiting, _READ_SIZE)
                given += len(part)
                if given > member.size:
                    raise Unreadable("unpacks to more than the zip's directory says")
                yield part
                waiting = inflate.unconsumed_tail
            if inflate.eof and (waiting or inflate.unused_data):
                raise Unreadable("has bytes behind the end of its packed data")
        while part := inflate.decompress(b"", _READ_SIZE):  # what did not fit before
            given += len(part)
            if given > member.size:
                raise Unreadable("unpacks to more than the zip's directory says")
            yield part
    except zlib.error as error:
        raise Unreadable(f"can't be unpacked ({error})") from None
    if not inflate.eof or given != member.size:
        raise Unreadable("unpacks to less than the zip's directory says")


def _pread(descriptor: int, position: int, size: int) -> bytes:
    """Exactly `size` bytes; raises Unreadable where the file has less."""
    if position < 0 or size < 0:
        raise Unreadable("the zip points to bytes outside the file")
    data = os.pread(descriptor, size, position)
    if len(data) != size:
        raise Unreadable("the zip points to bytes outside the file")
    return data
