"""Unwrapping an alert: from whatever it was pasted out of to the single findings in it.

Recognised by shape, not by name: EventBridge events, SNS notifications, SQS and Lambda records,
answers of the APIs, lists, JSON lines; each inside the other. Sources of the shapes: EventBridge
User Guide "Event structure"; SNS Developer Guide "HTTP/HTTPS notification JSON format"; Lambda
Developer Guide "Using AWS Lambda with SNS / SQS"; the API references.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, cast

from trailtui.case.packing import unpack
from trailtui.detect.named import shown
from trailtui.model.errors import InputError

LONGEST_DOCUMENT = 64 << 20
"""Bytes of one document, unpacked."""
DEEPEST = 8
"""Envelopes inside each other; three are usual (SQS, SNS, EventBridge)."""

Json = dict[str, Any]
"""A JSON object whose members nobody has looked at yet."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the envelopes around a finding say."""

    account: str = ""
    region: str = ""
    time: object = None
    resources: tuple[str, ...] = ()
    alarms: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """The alarms of DescribeAlarms by name: an alarm's history does not tell its metric."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One JSON object that is a finding by its shape."""

    position: str
    shape: str
    """guardduty | asff | ocsf | alarm-event | alarm-notice | alarm | alarm-history"""
    value: Json
    around: Around = field(default_factory=Around)


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that is no finding, and why."""

    position: str
    reason: str

    def __str__(self) -> str:
        return f"{self.position}: {self.reason}" if self.position else self.reason


def open_document(data: bytes, around: Around | None = None) -> Iterator[Piece | Refused]:
    """The findings in a document, in order, and what in it is none.

    `around` is what is known from elsewhere, such as whose API answered. Raises InputError where
    the document is no JSON at all, too large, or nested too deeply.
    """
    unpacked = unpack(data) if len(data) <= LONGEST_DOCUMENT else None
    if unpacked is None or len(unpacked.content) > LONGEST_DOCUMENT:
        raise InputError(
            f"the alert is larger than {LONGEST_DOCUMENT >> 20} MiB", cure="Give part of it."
        )
    if unpacked.defect:
        raise InputError(f"the alert can't be unpacked: {unpacked.defect}")
    content = unpacked.content
    if not content.strip():
        raise InputError("the alert is empty", cure="Paste the finding's JSON.")
    try:
        whole = decode(content)
    except ValueError as error:
        yield from _lines(content, error, around or Around())
        return
    yield from _unwrap(whole, "", around or Around(), 0)


def decode(text: str | bytes) -> object:
    """JSON as a value. Raises ValueError for what is none, InputError where it is too deep."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise InputError(
            "the alert is nested too deeply", cure="Give the finding itself, without wrapping."
        ) from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _lines(content: bytes, whole: ValueError, around: Around) -> Iterator[Piece | Refused]:
    """JSON lines; where no line is JSON either, the first complaint counts."""
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    found: list[Piece | Refused] = []
    good = 0
    for number, line in lines if len(lines) > 1 else []:
        try:
            value = decode(line)
        except ValueError as error:
            found.append(Refused(f"line {number}", f"is no JSON: {error}"))
            continue
        if isinstance(value, dict | list):
            good += 1
            found += _unwrap(cast("object", value), f"line {number}", around, 0)
        else:
            found.append(Refused(f"line {number}", "is no JSON object"))
    if not good:
        raise InputError(
            f"the alert is no JSON: {whole}", cure="Give the finding as JSON, or as JSON lines."
        )
    yield from found


def _unwrap(value: object, position: str, around: Around, depth: int) -> Iterator[Piece | Refused]:
    """What is in one value."""
    if depth > DEEPEST:
        yield Refused(position, f"lies in more than {DEEPEST} envelopes")
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _unwrap(item, f"{position}[{index}]", around, depth + 1)
    elif isinstance(value, dict):
        yield from _object(cast("Json", value), position, around, depth)
    else:
        yield Refused(position, "is no JSON object")


def _object(value: Json, position: str, around: Around, depth: int) -> Iterator[Piece | Refused]:
    members = {key.lower(): member for key, member in reversed(value.items())}
    shape = _shape(members)
    if shape:
        yield Piece(position, shape, value, around)
        return
    if "detail-type" in members or ("detail" in members and "source" in members):
        yield from _event(members, position, around, depth)
        return
    for name in ("message", "body"):
        if isinstance(members.get(name), str) and _wraps(name, members):
            yield from _text(members[name], _under(position, value, name), around, depth)
            return
    if isinstance(members.get("sns"), dict):
        yield from _unwrap(members["sns"], _under(position, value, "sns"), around, depth + 1)
        return
    listed = [name for name in _LISTS if isinstance(members.get(name), list)]
    if not listed:
        yield Refused(position, _why_unknown(members))
    for name in listed:
        yield from _unwrap(members[name], _under(position, value, name), around, depth)


_LISTS = (
    "findings", "records", "messages", "metricalarms", "compositealarms", "alarmhistoryitems",
)  # fmt: skip


def _wraps(name: str, members: Json) -> bool:
    """Whether a text member is an envelope's content: SNS's Message, SQS's body."""
    if name == "message":
        return "topicarn" in members or members.get("type") == "Notification"
    return "messageid" in members or "receipthandle" in members or len(members) == 1


def _text(text: str, position: str, around: Around, depth: int) -> Iterator[Piece | Refused]:
    try:
        inner = decode(text)
    except ValueError:
        yield Refused(position, f"holds a text that is no JSON: {shown(text)}")
        return
    yield from _unwrap(inner, position, around, depth + 1)


def _event(members: Json, position: str, around: Around, depth: int) -> Iterator[Piece | Refused]:
    """An EventBridge event: a finding as detail, or findings in it."""
    detail = members.get("detail")
    where = f"{position}.detail" if position else "detail"
    listed = members.get("resources")
    resources = cast("list[object]", listed)[:20] if isinstance(listed, list) else []
    around = replace(
        around,
        account=_word(members.get("account")) or around.account,
        region=_word(members.get("region")) or around.region,
        time=members.get("time"),
        resources=tuple(item[:2000] for item in resources if isinstance(item, str)),
    )
    if isinstance(detail, str):
        yield from _text(detail, where, around, depth)
    elif isinstance(detail, dict):
        lowered = {str(key).lower() for key in cast("Json", detail)}
        if {"eventversion", "eventname"} <= lowered:
            yield Refused(where, _RECORD)
        else:
            yield from _unwrap(cast("object", detail), where, around, depth + 1)
    else:
        yield Refused(position, "is an EventBridge event without its detail")


def _shape(members: Json) -> str:
    """Which finding an object is by its members; empty for none."""
    has = members.keys()
    shape = ""
    if "productarn" in has and ("awsaccountid" in has or "schemaversion" in has):
        shape = "asff"
    elif "class_uid" in has or "finding_info" in has:
        shape = "ocsf"
    elif isinstance(members.get("type"), str) and (
        "resource" in has or ("service" in has and "severity" in has)
    ):
        shape = "guardduty"
    elif "alarmname" in has:
        if "historyitemtype" in has:
            shape = "alarm-history"
        elif "newstatevalue" in has:
            shape = "alarm-notice"
        elif isinstance(members.get("state"), dict):
            shape = "alarm-event"
        elif "statevalue" in has:
            shape = "alarm"
    return shape


_RECORD = "is a CloudTrail record and no finding: `trailtui collect CASE files` takes those"


def _why_unknown(members: Json) -> str:
    if "eventversion" in members and "eventname" in members:
        return _RECORD
    if members.get("type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return "is a confirmation of SNS and no notification"
    names = ", ".join(shown(name) for name in list(members)[:8])
    return f"has no shape of a finding that is known; its members: {names or 'none'}"


def _under(position: str, value: Json, name: str) -> str:
    """The path of a member in its own spelling."""
    spelled = next(key for key in value if key.lower() == name)
    return f"{position}.{spelled}" if position else spelled


def _word(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""
