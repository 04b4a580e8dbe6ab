"""One CloudTrail record's fields, read once.

Source of the fields: CloudTrail record contents reference (event version 1.11). Well-formed
records take the typed path; whatever that refuses (other types, other spelling of the keys,
Insight and aggregated records) is read leniently, so that an odd record still becomes an event.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from hashlib import sha256
from typing import cast
from zlib import crc32

import msgspec

from trailtui.model.times import parse_event_time


class Flags(IntFlag):
    """What an event row says in bits; the numbers are stored, so they never change."""

    READ_ONLY_KNOWN = 1
    READ_ONLY = 2
    MANAGEMENT_KNOWN = 4
    MANAGEMENT = 8
    FROM_CONSOLE = 16
    IN_STRING = 32
    """The record stands as a JSON string inside its file (lookup-events output)."""
    NO_TIME = 64
    """eventTime is missing or is no time; the row's id says 1970."""
    NO_EVENT_ID = 128
    """Identified by the hash of its bytes."""
    CONFLICT = 256
    """Another record has the same event id and account, and other content."""
    ODD = 512
    """Fields of unusual type or spelling: read leniently."""
    DISPLACED = 1024
    """Its row's id is not the one its time and event id ask for: another event stood there."""
    OBJECTS_TOLD = 1 << 14
    """What case.object_calls has of its bucket and bytes is all that the record says of them; else
    only the record tells."""


TLS_SHIFT, TLS_MASK = 11, 7
"""Above those bits: the call's TLS version, as its place in TLS_VERSIONS counted from 1; 0 where
only the record tells."""
TLS_VERSIONS = (None, "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
TLS_BITS = {version: at << TLS_SHIFT for at, version in enumerate(TLS_VERSIONS, 1)}


class NotARecord(ValueError):
    """The JSON value is no CloudTrail record; the message says why."""


class Resource(msgspec.Struct, gc=False):
    arn: str | None = msgspec.field(default=None, name="ARN")


class Tls(msgspec.Struct, gc=False):
    version: str | None = msgspec.field(default=None, name="tlsVersion")


Other = str | int | float | bool | list[msgspec.Raw] | dict[str, msgspec.Raw]
"""What stands where something else is documented."""


class Request(msgspec.Struct, gc=False):
    """What a row needs of requestParameters."""

    bucket: Other | None = msgspec.field(default=None, name="bucketName")


class Additional(msgspec.Struct, gc=False):
    """What a row needs of additionalEventData."""

    bytes_in: Other | None = msgspec.field(default=None, name="bytesTransferredIn")
    bytes_out: Other | None = msgspec.field(default=None, name="bytesTransferredOut")


NoObject = str | int | float | bool | list[msgspec.Raw]
"""What stands where an object is documented."""


class Typed(
    msgspec.Struct,
    gc=False,
    rename={
        "time": "eventTime", "name": "eventName", "source": "eventSource", "event_id": "eventID",
        "region": "awsRegion", "ip": "sourceIPAddress", "agent": "userAgent",
        "error": "errorCode", "type": "eventType", "category": "eventCategory",
        "account": "recipientAccountId", "read_only": "readOnly",
        "management": "managementEvent", "from_console": "sessionCredentialFromConsole",
        "tls": "tlsDetails", "request": "requestParameters", "additional": "additionalEventData",
        "identity": "userIdentity",
    },
):  # fmt: skip
    """The fields that an event row needs, as AWS documents their types."""

    time: str
    name: str
    source: str
    event_id: str
    region: str | None = None
    ip: str | None = None
    agent: str | None = None
    error: str | None = None
    type: str | None = None
    category: str | None = None
    account: str | None = None
    """recipientAccountId only; who falls back on the caller's account is the reader of this."""
    read_only: bool | None = None
    management: bool | None = None
    from_console: str | None = None
    resources: list[Resource] | None = None
    tls: Tls | None = None
    request: Request | NoObject | msgspec.UnsetType | None = msgspec.UNSET
    additional: Additional | NoObject | None = None
    identity: msgspec.Raw = msgspec.Raw(b"")


@dataclass(slots=True)
class RecordFields:
    """What an event row needs of a record; None where the record does not say."""

    time_ms: int | None
    event_id: str | None
    name: str | None
    source: str | None
    region: str | None
    ip: str | None
    agent: str | None
    error: str | None
    type: str | None
    category: str | None
    account: str | None
    """recipientAccountId only; who falls back on the caller's account is the caller of this."""
    flags: int
    identity: bytes
    """The userIdentity as it stands, for resolve_identity; empty where there is none."""
    resources: tuple[str, ...]


_decode_records = msgspec.json.Decoder(list[Typed]).decode
_BEFORE_RECORDS = len(b'{"Records":')


def decode_trail(content: bytes) -> list[Typed]:
    """All records of a whole log file; raises one of REFUSED for anything out of the ordinary.

    The list is decoded without what stands around it, so that a second list under the same key,
    of which a parser would keep only one, is an error here.
    """
    return _decode_records(memoryview(content)[_BEFORE_RECORDS:-1])


decode_typed = msgspec.json.Decoder(Typed).decode
"""The typed path; raises one of REFUSED where only the lenient one will do."""

REFUSED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_TELLING = frozenset(
    {
        "eventid", "eventname", "eventtime", "eventsource", "eventversion", "eventtype",
        "useridentity", "insightdetails",
    }
)  # fmt: skip
"""A JSON object with none of these is no CloudTrail record."""


def read_record(raw: bytes) -> RecordFields:
    """The fields of one record from its exact bytes.

    Raises NotARecord where the bytes are no JSON object or hold nothing of CloudTrail.
    """
    try:
        typed = decode_typed(raw)
    except REFUSED:
        return read_leniently(raw)
    time_ms = parse_event_time(typed.time)
    flags = typed_flags(typed)
    return RecordFields(
        time_ms,
        typed.event_id or None,
        typed.name,
        typed.source,
        typed.region,
        typed.ip,
        typed.agent,
        typed.error,
        typed.type,
        typed.category,
        typed.account,
        flags if time_ms is not None else flags | 64,
        bytes(typed.identity),
        tuple(r.arn for r in typed.resources if r.arn) if typed.resources else (),
    )


def typed_flags(typed: Typed) -> int:
    """What a record says in bits (see Flags), all but the time."""
    flags = tls_bits(typed.tls)
    if typed.read_only is not None:
        flags |= 3 if typed.read_only else 1
    if typed.management is not None:
        flags |= 12 if typed.management else 4
    if typed.from_console == "true":
        flags |= 16
    return flags if typed.event_id else flags | 128


def tls_bits(tls: Tls | None) -> int:
    """The TLS version as it stands in an event's flags; 0 for what may be spelled otherwise."""
    return TLS_BITS.get(tls.version or "" if tls else None, 0)


def decode_record(raw: bytes) -> dict[str, object]:
    """A record as a dictionary; raises NotARecord where it is none."""
    try:
        value = json.loads(raw)
    except RecursionError:
        raise NotARecord("nested too deeply") from None
    except ValueError as error:
        raise NotARecord(f"no JSON: {error}") from None
    if not isinstance(value, dict):
        raise NotARecord(f"a JSON {type(value).__name__}, not an object")
    return cast("dict[str, object]", value)


def read_leniently(raw: bytes) -> RecordFields:
    """The fields of a record whose types or keys are not as documented."""
    record = decode_record(raw)
    fields = {key.lower(): value for key, value in record.items()}
    if not _TELLING & fields.keys():
        raise NotARecord("an object without any CloudTrail field")
    insight = fields.get("insightdetails")
    if isinstance(insight, Mapping):  # Insight records name the call inside their details
        details = cast("Mapping[str, object]", insight)
        fields.setdefault("eventname", details.get("eventName"))
        fields.setdefault("eventsource", details.get("eventSource"))
    window = fields.get("timewindow")
    if isinstance(window, Mapping):  # a summary of five minutes stands at their beginning
        fields.setdefault("eventtime", cast("Mapping[str, object]", window).get("windowStart"))
    time_ms = parse_event_time(_text(fields, "eventtime") or "")
    event_id = _text(fields, "eventid") or None
    flags = Flags.ODD
    flags |= _bits(fields.get("readonly"), Flags.READ_ONLY_KNOWN, Flags.READ_ONLY)
    flags |= _bits(fields.get("managementevent"), Flags.MANAGEMENT_KNOWN, Flags.MANAGEMENT)
    if str(fields.get("sessioncredentialfromconsole", "")).lower() == "true":
        flags |= Flags.FROM_CONSOLE
    if time_ms is None:
        flags |= Flags.NO_TIME
    if event_id is None:
        flags |= Flags.NO_EVENT_ID
    identity = fields.get("useridentity")
    return RecordFields(
        time_ms,
        event_id,
        _text(fields, "eventname"),
        _text(fields, "eventsource"),
        _text(fields, "awsregion"),
        _text(fields, "sourceipaddress"),
        _text(fields, "useragent"),
        _text(fields, "errorcode"),
        _text(fields, "eventtype"),
        _text(fields, "eventcategory"),
        _text(fields, "recipientaccountid") or _text(fields, "accountid"),
        int(flags),
        json.dumps(identity).encode() if identity is not None else b"",
        _arns(fields.get("resources")),
    )


def _bits(value: object, known: Flags, true: Flags) -> Flags:
    word = str(value).lower()
    if word not in ("true", "false"):
        return Flags(0)
    return known | true if word == "true" else known


def _text(fields: Mapping[str, object], key: str) -> str | None:
    """A field as text that SQLite can hold; objects and lists as their JSON."""
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        value = json.dumps(value)
    return value.encode("utf-8", "backslashreplace").decode()


def _arns(resources: object) -> tuple[str, ...]:
    if not isinstance(resources, list):
        return ()
    found: list[str] = []
    for item in cast("list[object]", resources):
        if isinstance(item, Mapping):
            entry = cast("Mapping[str, object]", item)
            arn = entry.get("ARN") or entry.get("arn")
            if isinstance(arn, str):
                found.append(arn.encode("utf-8", "backslashreplace").decode())
    return tuple(dict.fromkeys(found))


_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


def pack_event_id(event_id: str | None, raw: bytes) -> bytes | str:
    """An event id as it is stored: 16 bytes of a UUID, else the text, else SHA-256 of the bytes."""
    if event_id is None:
        return sha256(raw).digest()
    return bytes.fromhex(event_id.replace("-", "")) if _UUID(event_id) else event_id


def unpack_event_id(stored: bytes | str) -> str:
    """The event id as text; `sha256:…` where the record had none."""
    if isinstance(stored, str):
        return stored
    digits = stored.hex()
    if len(stored) != 16:
        return f"sha256:{digits}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


ID_BITS = 0x7FFF_FFFF
"""The part of a row's id that comes from the event id."""


def id_bits(stored_id: bytes | str) -> int:
    """The 31 bits that an event id gives to its row's id."""
    if isinstance(stored_id, bytes):
        return int.from_bytes(stored_id[:4]) & ID_BITS
    return crc32(stored_id.encode()) & ID_BITS


def row_id(time_ms: int | None, stored_id: bytes | str) -> int:
    """Where an event wants to stand: its second, then 31 bits of its id. In time order."""
    return (time_ms or 0) // 1000 << 31 | id_bits(stored_id)


def row_time_ms(row: int, millis: int, flags: int) -> int | None:
    """The event's time from its row; None where the record had none."""
    return None if flags & Flags.NO_TIME else (row >> 31) * 1000 + millis
