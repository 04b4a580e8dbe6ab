"""Values at paths of many records of one document at once.

A struct with only what is asked for is decoded, for the whole document where its records stand one
after the other, else for each; a value that was met before is not presented again. What is not
plain (other spellings, escapes, letters beyond ASCII, other types) takes the way of one value at a
time, which this gives the same as.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, attrgetter
from typing import Any, cast

import msgspec

from trailtui.model.record import Flags
from trailtui.query.records import Form, Path, Records, present, walk


@dataclass(frozen=True, slots=True)
class Places:
    """Where records stand in one piece of evidence, in their order."""

    evidence: int
    offsets: Sequence[int]
    lengths: Sequence[int]
    flags: Sequence[int]

    def at(self, number: int) -> tuple[int, int, int, int]:
        """One of them, as Records takes it."""
        return self.evidence, self.offsets[number], self.lengths[number], self.flags[number]

    @property
    def stand_in_string(self) -> bool:
        """Whether any of them stands within a JSON string."""
        return any(flags & _IN_STRING for flags in set(self.flags))


_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_IN_STRING = int(Flags.IN_STRING)
_MISSED, _MISSED_WITHIN = b"", b"\1"
"""Stand for a field of the record, or of what is in one, whose name is missing."""
_MISSING = msgspec.Raw(_MISSED)
_KEPT_VALUES = 50_000
_LONG = 200
"""Bytes; what is longer is seldom met twice."""
_NOTHING = b"\0"
"""Stands for a value that is not there, whatever is looked for further."""
_NO_VALUES: dict[bytes, str | None] = {_MISSED: None, _MISSED_WITHIN: None, _NOTHING: None}


class ManyValues:
    """The values at some paths, of the records of one case."""

    def __init__(self, records: Records, values: Sequence[tuple[Path, Form]]) -> None:
        self._records = records
        self._values = values
        paths = [path for path, _ in values]
        self._shape = _Shape(paths)
        self._shown = [_Shown(path, form, self._shape.depth(path)) for path, form in values]
        self.careful = 0
        """How many records took the careful way; tests tell by it that both were taken."""

    def of(
        self,
        places: Places,
        unpacked: Callable[[], bytes | None],
        kept: Sequence[bytes] | None = None,
    ) -> list[Sequence[str | None]]:
        """A column for each value.

        `unpacked` gives what the evidence unpacks to, or None where that lies in parts; `kept`
        are the bytes of the records, where they are at hand.
        """
        if not self._values:
            return []
        if self._shape.plain and kept is not None:
            return self._columns(places, kept, self._each(kept), b"".join(kept))
        content = unpacked() if self._shape.plain else None
        if content is None:
            every = [self._one_by_one(places, at) for at in range(len(places.offsets))]
            return list(zip(*every, strict=True))
        ends = map(add, places.offsets, places.lengths)
        pieces = list(map(content.__getitem__, map(slice, places.offsets, ends)))
        found = self._whole(places, content)
        return self._columns(places, pieces, found or self._each(pieces), content)

    def _columns(
        self, places: Places, pieces: Sequence[bytes], found: list[Any], content: bytes
    ) -> list[Sequence[str | None]]:
        """The columns, from what was decoded of each record; `content` holds all of them."""
        odd = [at for at, each in enumerate(found) if each is None] if None in found else []
        for at in odd:
            found[at] = self._shape.empty
        columns = [self._column(at, places, pieces, found) for at in range(len(self._values))]
        for at in {*odd, *_odd_ones(places, pieces, content)}:
            for column, value in zip(columns, self._one_by_one(places, at), strict=True):
                column[at] = value
        return [*columns]

    def _whole(self, places: Places, content: bytes) -> list[Any] | None:
        """All records decoded at once, where they stand one after the other."""
        start, end = places.offsets[0], places.offsets[-1] + places.lengths[-1]
        if end - start != sum(places.lengths) + len(places.lengths) - 1:
            return None
        if places.stand_in_string:
            return None
        if content[start - 1 : start] == b"[" and content[end : end + 1] == b"]":
            listed = memoryview(content)[start - 1 : end + 1]
        else:
            listed = b"[%b]" % content[start:end]
        try:
            found = self._shape.decode_list(listed)
        except _REFUSED:
            return None
        return found if len(found) == len(places.lengths) else None

    def _each(self, pieces: Sequence[bytes]) -> list[Any]:
        """Each record decoded by itself; None for those that take the careful way."""
        try:
            return list(map(self._shape.decode_one, pieces))
        except _REFUSED:
            return [self._decoded(piece) for piece in pieces]

    def _decoded(self, piece: bytes) -> object:
        try:
            return self._shape.decode_one(piece)
        except _REFUSED:
            return None

    def _column(
        self, number: int, places: Places, pieces: Sequence[bytes], found: list[Any]
    ) -> list[str | None]:
        """One value of all records that are plain."""
        path, form = self._values[number]
        raws = self._shape.taken(path, found)
        column = list(map(self._shown[number].__getitem__, raws))
        suspects = _spelled_otherwise(raws, _MISSED, pieces, str(path[0][1]))
        if len(path) > 1:
            suspects += _spelled_otherwise(raws, _MISSED_WITHIN, pieces, str(path[1][1]))
        for at in suspects:
            self.careful += 1
            column[at] = self._records.value(*places.at(at), path, form)
        return column

    def _one_by_one(self, places: Places, at: int) -> list[str | None]:
        self.careful += 1
        return [self._records.value(*places.at(at), path, form) for path, form in self._values]


def _spelled_otherwise(
    raws: Sequence[bytes], missed: bytes, pieces: Sequence[bytes], name: str
) -> list[int]:
    """Records that lack a name and may have it in other letters."""
    if missed not in raws:
        return []
    without = [at for at, raw in enumerate(raws) if raw == missed]
    quoted = f'"{name.lower()}"'.encode()
    if quoted not in b" ".join([pieces[at] for at in without]).lower():
        return []
    return [at for at in without if quoted in pieces[at].lower()]


def _odd_ones(places: Places, pieces: Sequence[bytes], content: bytes) -> list[int]:
    """Records in which names may stand otherwise than as they are: escapes, letters beyond ASCII;
    and those that stand in a string."""
    odd: list[int] = []
    if not content.isascii():
        odd += [at for at, piece in enumerate(pieces) if not piece.isascii()]
    if b"\\" in content:
        odd += [at for at, piece in enumerate(pieces) if b"\\" in piece and b"\\u" in piece]
    if places.stand_in_string:
        odd += [at for at, flags in enumerate(places.flags) if flags & _IN_STRING]
    return odd


class _Shape:
    """The struct of what is asked for, two steps deep, and how values are taken out of it."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.plain = all(path and path[0][0] == "field" for path in paths)
        """Whether every value stands in a field of the record."""
        inner: dict[str, list[str] | None] = {}
        for path in paths if self.plain else ():
            top = str(path[0][1])
            names = inner.setdefault(top, [])
            if len(path) == 1 or path[1][0] == "at":
                inner[top] = None
            elif names is not None:
                names.append(str(path[1][1]))
        self._inner = inner
        self._tops = {name: f"f{at}" for at, name in enumerate(inner)}
        self._inner_structs: dict[str, Any] = {
            self._tops[name]: _inner_struct(names) for name, names in inner.items() if names
        }
        members = [
            (top, *_member(name, self._inner_structs.get(top))) for name, top in self._tops.items()
        ]
        made = cast("type[Any]", msgspec.defstruct("Fields", members, gc=False))
        self.empty: Any = made()
        self.decode_one: Callable[[bytes], Any] = msgspec.json.Decoder(made).decode
        every = msgspec.json.Decoder(list[made])
        self.decode_list: Callable[[bytes | memoryview], list[Any]] = every.decode

    def depth(self, path: Path) -> int:
        """How many steps of a path the struct takes."""
        return 2 if self.plain and self._inner[str(path[0][1])] is not None else 1

    def taken(self, path: Path, found: list[Any]) -> list[bytes]:
        """The JSON at the first steps of a path, or what stands for none."""
        top = self._tops[str(path[0][1])]
        if self.depth(path) == 1:
            return list(map(bytes, map(attrgetter(top), found)))
        names = cast("list[str]", self._inner[str(path[0][1])])
        leaf = f"f{names.index(str(path[1][1]))}"
        is_exact = path[1][0] == "key"
        inner, none = self._inner_structs[top], _NOTHING if is_exact else _MISSED_WITHIN
        taken = attrgetter(leaf)
        return [
            bytes(taken(within)) or none
            if type(within) is inner
            else (_NOTHING if within is None else _MISSED)
            for within in map(attrgetter(top), found)
        ]


def _inner_struct(names: list[str]) -> Any:  # noqa: ANN401 - a class that was made here
    members = [
        (f"f{at}", msgspec.Raw, msgspec.field(name=each, default=_MISSING))
        for at, each in enumerate(names)
        if names.index(each) == at
    ]
    return msgspec.defstruct("Inner", members, gc=False)


def _member(name: str, inner: Any) -> tuple[Any, Any]:  # noqa: ANN401
    if inner is None:
        return msgspec.Raw, msgspec.field(name=name, default=_MISSING)
    return inner | None | msgspec.UnsetType, msgspec.field(name=name, default=msgspec.UNSET)


class _Shown(dict[bytes, str | None]):
    """What a value's JSON is shown as, by the bytes of it."""

    def __init__(self, path: Path, form: Form, depth: int) -> None:
        super().__init__(_NO_VALUES)
        self._path, self._form = path, form
        self._rest = path[depth:]

    def __missing__(self, raw: bytes) -> str | None:
        found = walk(raw, self._rest) if self._rest else raw
        shown = present(found, self._form, self._path)
        if len(raw) < _LONG:
            if len(self) >= _KEPT_VALUES:
                self.clear()
                self.update(_NO_VALUES)
            self[raw] = shown
        return shown
