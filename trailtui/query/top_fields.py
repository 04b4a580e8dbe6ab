"""The fields of a record that a query asks for, and no others: the quick way into a record.

A struct with just those fields is decoded; everything else in the record is passed over without
making objects of it. It is exact for names as they are documented; for a record that does not have
the name so, it says where another spelling may stand, and the careful way decides.
"""

from functools import lru_cache

import msgspec

_MISSING = msgspec.Raw(b"")
_REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class TopFields:
    """Decodes the top-level fields of records that were asked for so far."""

    def __init__(self) -> None:
        self._attributes: dict[str, str] = {}
        self._decode = msgspec.json.Decoder(msgspec.Struct).decode

    def attribute(self, name: str) -> str:
        """What a decoded struct calls the field; the field is decoded from now on."""
        found = self._attributes.get(name)
        if found is None:
            found = self._attributes[name] = f"f{len(self._attributes)}"
            members = [
                (attribute, msgspec.Raw, msgspec.field(name=each, default=_MISSING))
                for each, attribute in self._attributes.items()
            ]
            made = msgspec.defstruct("Fields", members, gc=False)
            self._decode = msgspec.json.Decoder(made).decode
        return found

    def decoded(self, raw: bytes) -> msgspec.Struct | None:
        """The fields of a record; None where it takes the careful way."""
        try:
            return self._decode(raw)
        except _REFUSED:
            return None


def may_be_spelled_otherwise(raw: bytes, name: str) -> bool:
    """Whether a record without the field may have it in other letters, or with escapes."""
    return (b"\\" in raw and b"\\u" in raw) or _quoted(name) in raw.lower()


@lru_cache
def _quoted(name: str) -> bytes:
    return f'"{name.lower()}"'.encode()
