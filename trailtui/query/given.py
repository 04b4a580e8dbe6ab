"""Parameters as users and playbooks give them, read by their type."""

import re
from datetime import UTC, datetime, timedelta

from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, parse_moment

Value = str | int | float | bool
"""What a user or a playbook gives."""
Given = str | int | float | bool | datetime | None
"""What is bound: times are aware datetimes."""

TYPES = ("text", "time", "access_key", "arn", "ip", "account", "region", "integer", "boolean")
LONGEST = 4096

_PATTERNS = {
    # published records hide parts of a key id behind asterisks, and have invented addresses
    "access_key": (r"[\w*-]{4,128}", "an access key id such as AKIA followed by 16 letters"),
    "arn": (r"arn:[\w-]+:[\w-]*:[\w-]*:[\w-]*:.+", "an ARN, arn:aws:…"),
    "ip": (r"[\w.:%-]+|AWS Internal", "an address, or a service's name as records have it"),
    "account": (r"\d{12}", "the twelve digits of an account"),
    "region": (r"[a-z0-9-]{2,40}", "a Region such as eu-central-1"),
    "integer": (r"-?\d{1,18}", "a whole number"),
    "boolean": (r"(?i:true|false)", "true or false"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_parameter(name: str, kind: str, value: Value, present_ms: int) -> Given:
    """A value by its type; raises InputError that says what is allowed."""
    text = str(value)
    if len(text) > LONGEST:
        raise InputError(f"the value of {name!r} is longer than {LONGEST} characters")
    if kind == "text":
        return text
    text = text.strip()
    if kind == "time":
        try:
            at_ms = parse_moment(text, present_ms)
        except InputError as error:
            raise InputError(f"{name!r}: {error.what}", cure=error.cure) from None
        return _EPOCH + timedelta(milliseconds=at_ms)
    pattern, allowed = _PATTERNS[kind]
    if not re.fullmatch(pattern, text):
        raise InputError(f"{text!r} is no value for {name!r}", cure=f"It takes {allowed}.")
    if kind == "boolean":
        return text.lower() == "true"
    return int(text) if kind == "integer" else text


def as_json(value: Given) -> str | int | float | bool | None:
    """A value for the action log; times in full."""
    if isinstance(value, datetime):
        return format_utc((value - _EPOCH) // timedelta(milliseconds=1))
    return value
