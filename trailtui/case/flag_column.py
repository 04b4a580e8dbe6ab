"""The flags of a document's events: what each row says in bits."""

from collections.abc import Mapping, Sequence

from trailtui.model.record import TLS_BITS, TLS_MASK, TLS_SHIFT, Flags, RecordFields, Tls


class _Flags(dict[tuple[bool | None, bool | None, str | None], int]):
    """What readOnly, managementEvent and the TLS version say in bits."""

    def __missing__(self, key: tuple[bool | None, bool | None, str | None]) -> int:
        read_only, management, _ = key
        return self[read_only, management, None] & ~_ALL_TLS_BITS  # the record has to be asked


_OBJECTS_TOLD = int(Flags.OBJECTS_TOLD)  # taken away where it is not so
_ALL_TLS_BITS = TLS_MASK << TLS_SHIFT
_flags = _Flags(
    ((read_only, management, version), _OBJECTS_TOLD | read_bits | management_bits | bits)
    for read_only, read_bits in ((None, 0), (False, 1), (True, 3))
    for management, management_bits in ((None, 0), (False, 4), (True, 12))
    for version, bits in TLS_BITS.items()
)


def common_flags(
    read_only: Sequence[bool | None], management: Sequence[bool | None], tls: Sequence[Tls | None]
) -> list[int]:
    """What nearly every record says; that bucket and bytes are told, until it shows otherwise."""
    versions = [each.version or "" if each else None for each in tls]
    return list(map(_flags.__getitem__, zip(read_only, management, versions, strict=True)))


def add_rarer_flags(
    flags: list[int], ids: Sequence[str], from_console: Sequence[str | None]
) -> None:
    """What few records say: a call from the console, no event id."""
    if "true" in from_console:
        for place, says in enumerate(from_console):
            if says == "true":
                flags[place] |= Flags.FROM_CONSOLE
    if "" in ids:
        for place, event_id in enumerate(ids):
            if not event_id:
                flags[place] |= Flags.NO_EVENT_ID


def take_over_odd(
    odd: Mapping[int, RecordFields], flags: list[int], times_ms: list[int | None]
) -> None:
    """The flags and times of leniently read records; and a flag for each without a time."""
    for place, fields in odd.items():
        times_ms[place] = fields.time_ms
        flags[place] = fields.flags
    if None in times_ms:
        for place, time_ms in enumerate(times_ms):
            if time_ms is None:
                flags[place] |= Flags.NO_TIME
