"""Reading records out of the evidence files of a bundle by their place."""

import json
from collections.abc import Callable

from trailtui.case.packing import unpack


class OutOfOrder(ValueError):
    """A file is asked for again after another one: reading on could take forever."""


class PlaceReader:
    """Reads places that come sorted by file, so that each file is unpacked once."""

    def __init__(self, read_file: Callable[[str], bytes]) -> None:
        self._read_file = read_file
        self._name = ""
        self._content = b""
        self._seen: set[str] = set()

    def read(self, name: str, offset: int, length: int, *, in_string: bool) -> bytes | None:
        """The record at a place; None where the file has no such range or no string there.

        Raises OutOfOrder for a file that was left before.
        """
        if name != self._name:
            if name in self._seen:
                raise OutOfOrder(name)
            self._seen.add(name)
            self._content = b""
            self._content = unpack(self._read_file(name)).content
            self._name = name
        raw = self._content[offset : offset + length]
        if offset < 0 or len(raw) != length:
            return None
        if not in_string:
            return raw
        try:
            return str(json.loads(raw)).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            return None
