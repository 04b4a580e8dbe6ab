"""The inputs of a playbook, read by their type: a wrong one is refused before it is used."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc, parse_moment
from trailtui.playbook.document import Input, Playbook
from trailtui.playbook.store import named_entities
from trailtui.playbook.template import Scalar

_PATTERNS = {
    # IAM's AccessKeyId: 16 to 128 word characters; published logs hide some behind asterisks.
    "access_key": (
        r"[A-Z][A-Z0-9*]{15,127}",
        "an access key id such as AKIA followed by 16 letters",
    ),
    "arn": (r"arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+", "an ARN, arn:aws:..."),
    "account": (r"\d{12}", "the twelve digits of an account"),
    "region": (r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", "a Region such as eu-central-1"),
    "integer": (r"-?\d{1,18}", "a whole number"),
}
LONGEST = 2000


def read_input(name: str, kind: str, value: Scalar) -> Scalar:
    """`value` as an input of type `kind`: times in full (UTC), numbers as numbers, others checked.

    Raises InputError naming the input and what is allowed.
    """
    text = str(value).strip()
    if not text or len(text) > LONGEST or "\n" in text:
        raise _wrong(name, text, f"one line of 1 to {LONGEST} characters")
    if kind == "time":
        try:
            return format_utc(parse_moment(text))
        except InputError as error:
            raise _wrong(name, text, "2026-01-31, 2026-01-31T03:04:05Z, now, -24h, -7d") from error
    if kind == "ip":
        try:
            return str(ipaddress.ip_address(text))
        except ValueError as error:
            raise _wrong(name, text, "an IPv4 or IPv6 address") from error
    if kind in _PATTERNS:
        pattern, allowed = _PATTERNS[kind]
        if not re.fullmatch(pattern, text):
            raise _wrong(name, text, allowed)
    return int(text) if kind == "integer" else text


def read_inputs(
    playbook: Playbook, given: Mapping[str, Scalar], known: Mapping[str, Sequence[str]]
) -> dict[str, Scalar]:
    """All inputs that have a value: what was given, else the one the case knows, else the default.

    `known`: by the input's name what the case has for it; of several none is taken. Raises
    InputError for an unknown name, a value that its type refuses, or a required input without
    a value.
    """
    names = [item.name for item in playbook.inputs]
    for name in given:
        if name not in names:
            raise InputError(
                f"the playbook {playbook.id} has no input {name!r}",
                cure=f"Its inputs: {', '.join(names) or 'none'}.",
            )
    values: dict[str, Scalar] = {}
    for item in playbook.inputs:
        candidates = known.get(item.name, ())
        value = given.get(item.name)
        if value is None and len(candidates) == 1:
            value = candidates[0]
        value = item.default if value is None else value
        if value is not None:
            values[item.name] = read_input(item.name, item.type, value)
        elif item.required:
            raise _lacking(playbook, item, candidates)
    return values


def known_inputs(case: Case, playbook: Playbook) -> dict[str, tuple[str, ...]]:
    """By input what the case knows for it: entities the alert named, and its time window.

    Of the window only the ends that somebody gave: where an alert stops, an intruder need not.
    """
    kinds = {"access_key": "credential", "ip": "ip", "account": "account", "region": "region"}
    window = cast("Mapping[str, Any]", case.setting("window") or {})
    guessed = window.get("from_findings", ())
    known: dict[str, tuple[str, ...]] = {}
    for item in playbook.inputs:
        if item.type in kinds:
            known[item.name] = named_entities(case, kinds[item.type], given_only=True)
        elif item.type == "time":
            end = f"{item.name}_ms"
            if end not in guessed and (at_ms := window.get(end)) is not None:
                known[item.name] = (format_utc(at_ms),)
    return known


def _lacking(playbook: Playbook, item: Input, candidates: Sequence[str]) -> InputError:
    title = f" ({item.title})" if item.title else ""
    several = f"; the case names {', '.join(candidates)}" if candidates else ""
    return InputError(
        f"the playbook {playbook.id} needs the input {item.name}{title}{several}",
        cure=f"Give it: --input {item.name}=VALUE.",
    )


def _wrong(name: str, text: str, allowed: str) -> InputError:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return InputError(f"the input {name} can't be {shown!r}", cure=f"Allowed: {allowed}.")
