"""Sigma's language a second time, plain and slow, over dictionaries: no pySigma, no columns.

Written from the Sigma specification; the tests compare what it says with what the program says.
"""

import base64
import fnmatch
import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

Record = dict[str, Any]
PLACEHOLDERS = {"break_glass": ["bg-night", "root2", "a*"]}
"""What stands for names in rules that say `|expand`."""


def values(record: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(record, list):
        for item in record:
            yield from values(item, path)
        if not record and not path:
            yield record
    elif not path:
        yield record
    elif isinstance(record, dict):
        for length in range(1, len(path) + 1):
            name = ".".join(path[:length])
            if name in record:
                yield from values(record[name], path[length:])
                return


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def glob(pattern: str) -> str:
    """A Sigma text as a regular expression."""
    out = ""
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\" and pattern[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            out += re.escape(pattern[at])
        elif character == "*":
            out += "(.|\n)*"
        elif character == "?":
            out += "(.|\n)"
        else:
            out += re.escape(character)
        at += 1
    return out + r"\Z"


def plain(pattern: str) -> bytes:
    return pattern.encode()


def texts_of(value: str, modifiers: list[str]) -> list[str]:
    """The texts that the encoding modifiers make of one."""
    made = [value]
    for modifier in modifiers:
        if modifier == "wide":
            made = [one.encode("utf-16le").decode() for one in made]
        elif modifier == "utf16be":
            made = [one.encode("utf-16be").decode() for one in made]
        elif modifier == "base64":
            made = [base64.b64encode(plain(one)).decode() for one in made]
        elif modifier == "base64offset":
            made = [moved for one in made for moved in offsets(plain(one))]
        elif modifier == "windash":
            made = [changed for one in made for changed in dashes(one)]
    return made


def offsets(content: bytes) -> list[str]:
    begin, cut = (0, 2, 3), (None, -3, -2)
    return [
        base64.b64encode(b" " * n + content)[begin[n] : cut[(len(content) + n) % 3]].decode()
        for n in range(3)
    ]


def dashes(value: str) -> list[str]:
    parts = re.split(r"(\B[-/]\b)", value)
    choices = [
        ["-", "/", "\u2013", "\u2014", "\u2015"] if n % 2 else [part]
        for n, part in enumerate(parts)
    ]
    return ["".join(chosen) for chosen in itertools.product(*choices)]


def single(value: Any, modifiers: list[str]) -> Callable[[Any], bool]:
    """The test of one value of a record."""
    if "re" in modifiers:
        flags = sum(
            {"i": re.I, "m": re.M, "s": re.S}[name] for name in modifiers if name in ("i", "m", "s")
        )
        return lambda found: found is not None and bool(re.search(value, text(found), flags))
    if modifiers and modifiers[-1] in PARTS:
        part = PARTS[modifiers[-1]]
        return lambda found: isinstance(found, str) and part(moment(found)) == value
    if "cidr" in modifiers:
        return lambda found: found is not None and in_network(text(found), value)
    for name, compare in (
        ("lt", lambda a: a < value), ("lte", lambda a: a <= value),
        ("gt", lambda a: a > value), ("gte", lambda a: a >= value),
    ):  # fmt: skip
        if name in modifiers:
            return lambda found, compare=compare: (
                number(found) is not None and compare(number(found))
            )
    if isinstance(value, bool | int | float):
        if isinstance(value, bool):
            return lambda found: text(found).lower() == text(value)
        return lambda found: (
            found == value
            if isinstance(found, int | float) and not isinstance(found, bool)
            else found is not None and text(found) == text(value)
        )
    patterns = []
    for one in texts_of(value, modifiers):
        before = "*" if "contains" in modifiers or "endswith" in modifiers else ""
        after = "*" if "contains" in modifiers or "startswith" in modifiers else ""
        patterns.append(glob(before + one + after))
    flags = 0 if "cased" in modifiers else re.IGNORECASE
    return lambda found: (
        found is not None and any(re.match(pattern, text(found), flags) for pattern in patterns)
    )


PARTS: dict[str, Callable[[datetime], int]] = {
    "minute": lambda at: at.minute,
    "hour": lambda at: at.hour,
    "day": lambda at: at.day,
    "week": lambda at: at.isocalendar()[1],
    "month": lambda at: at.month,
    "year": lambda at: at.year,
}


def moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def in_network(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network)
    except ValueError:
        return False


def number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if found - found == 0 else None


def item(key: str, wanted: Any, record: Record) -> bool:
    field, *modifiers = key.split("|")
    if "expand" in modifiers:
        wanted = [
            re.sub(r"([\\*?])", r"\\\1", one)  # taken as they stand
            for name in listed(wanted)
            for one in PLACEHOLDERS[name.strip("%")]
        ]
    if "neq" in modifiers:  # met where the field is missing, too
        rest = [field, *(name for name in modifiers if name != "neq")]
        return not item("|".join(rest), wanted, record)
    there = list(values(record, field.split(".")))
    if "exists" in modifiers:
        return bool(there) == wanted
    answers = []
    for one in listed(wanted) or [None]:
        if one is None:
            answers.append(all(found is None for found in there))
        elif "fieldref" in modifiers:
            others = list(values(record, one.split(".")))
            answers.append(
                any(
                    refers(text(a).lower(), text(b).lower(), modifiers)
                    for a in there for b in others if a is not None and b is not None
                )
            )  # fmt: skip
        else:
            test = single(one, modifiers)
            answers.append(any(test(found) for found in there))
    return all(answers) if "all" in modifiers else any(answers)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def refers(one: str, other: str, modifiers: list[str]) -> bool:
    if "contains" in modifiers:
        return other in one
    if "startswith" in modifiers:
        return one.startswith(other)
    if "endswith" in modifiers:
        return one.endswith(other)
    return one == other


def words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from words(member)
    elif isinstance(value, list):
        for member in value:
            yield from words(member)
    elif value is not None:
        yield text(value)


def search(identifier: Any, record: Record) -> bool:
    """One named part of `detection`."""
    if isinstance(identifier, dict):
        return all(item(key, wanted, record) for key, wanted in identifier.items())
    if isinstance(identifier, list):
        return any(search(one, record) for one in identifier)
    pattern = glob(f"*{text(identifier)}*")
    return any(re.match(pattern, word, re.IGNORECASE) for word in words(record))


def detected(detection: dict[str, Any], record: Record) -> bool:
    """The condition, as Python's own `and`, `or`, `not` over the names."""
    names = {name: search(part, record) for name, part in detection.items() if name != "condition"}

    conditions = listed(detection["condition"])
    return any(holds(condition, names) for condition in conditions)


def holds(condition: str, names: dict[str, bool]) -> bool:
    def quantified(found: re.Match[str]) -> str:
        pattern = "*" if found[2] == "them" else found[2]
        chosen = [held for name, held in names.items() if fnmatch.fnmatchcase(name, pattern)]
        return str(all(chosen) if found[1] == "all" else any(chosen))

    said = re.sub(r"\b(all|1|any) of (them|[\w*]+)", quantified, condition)
    return bool(eval(said, {"__builtins__": {}}, names))
