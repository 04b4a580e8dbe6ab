r"""Regular expressions that may take longer than anybody waits, told before a text is looked at.

Python's engine goes back over a text. Where a repeat stands within a repeat and the same
characters can be shared out between the rounds in many ways, as in `(a+)+$`, each further
character of a text that does not match doubles the time, and nothing can interrupt it. Who writes
the text is the attacker, so such an expression is refused. `([a-z]+\.)*` is fine: a round ends
where the dot stands and nowhere else.
"""

import re
import string
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

Characters = frozenset[str]

_SAMPLE: Final = frozenset(chr(code) for code in range(128)) | {"é"}
"""Stands for all characters: ASCII, and one for those beyond it."""
_CATEGORIES: Final = {
    "DIGIT": frozenset(string.digits),
    "SPACE": frozenset(" \t\n\r\f\v"),
    "WORD": frozenset(string.ascii_letters + string.digits + "_"),
}
_MANY: Final = 10
"""Rounds from which a repeat counts as one without end."""
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT")


def may_take_forever(pattern: str, flags: int = 0) -> bool:
    """Whether a repeat within a repeat of a sound expression can share characters in many ways."""
    parser: Any = import_module("re._parser")
    tree = parser.parse(pattern, flags)
    return _any_endless(list(tree), int(tree.state.flags))


def _any_endless(items: Sequence[Any], flags: int) -> bool:
    for operation, argument in _parts(items):
        if operation in _REPEATS and int(argument[1]) >= _MANY:
            body = list(argument[2])
            if _shares(body, _first(body, flags), flags):
                return True
        if any(_any_endless(inner, flags) for inner in _inner(operation, argument)):
            return True
    return False


def _shares(items: Sequence[Any], after: Characters, flags: int) -> bool:
    """Whether something of variable length in one round can go on with what follows it.

    `after` is what can come after the items: what the next round begins with.
    """
    following = after
    for operation, argument in reversed(_parts(items)):
        first = _first([(operation, argument)], flags)
        if operation in _REPEATS:
            body = list(argument[2])
            varies = argument[0] != argument[1]
            again = following | first if int(argument[1]) > 1 else following
            if (varies and first & following) or _shares(body, again, flags):
                return True
        elif operation == "BRANCH":
            ways = [list(way) for way in argument[1]]
            if _overlap(ways, flags) or any(_shares(way, following, flags) for way in ways):
                return True
        elif operation == "SUBPATTERN":
            if _shares(list(argument[3]), following, flags):
                return True
        elif operation in ("ASSERT", "ASSERT_NOT", "AT"):
            continue
        following = first | following if _may_be_empty([(operation, argument)]) else first
    return False


def _overlap(ways: Sequence[Sequence[Any]], flags: int) -> bool:
    """Whether one of several ways can be taken where another, shorter or equal, can too."""
    rows = [[_first([part], flags) for part in _parts(way)] for way in ways]
    for at, one in enumerate(rows):
        for other in rows[at + 1 :]:
            pairs = list(zip(one, other, strict=False))
            if not pairs or all(left & right for left, right in pairs):
                return True
    return False


def _parts(items: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(str(operation), argument) for operation, argument in items]


def _inner(operation: str, argument: Any) -> list[list[Any]]:  # noqa: ANN401 - of Python's parser
    if operation in _REPEATS:
        return [list(argument[2])]
    if operation == "BRANCH":
        return [list(way) for way in argument[1]]
    if operation == "SUBPATTERN":
        return [list(argument[3])]
    if operation in ("ASSERT", "ASSERT_NOT"):
        return [list(argument[1])]
    if operation == "POSSESSIVE_REPEAT":
        return [list(argument[2])]
    return [list(argument)] if operation == "ATOMIC_GROUP" else []


def _first(items: Sequence[Any], flags: int) -> Characters:
    """The characters that items can begin with."""
    found: Characters = frozenset()
    for operation, argument in _parts(items):
        if operation in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return found | _taken(operation, argument, flags)
        if operation == "GROUPREF":
            return _SAMPLE
        inner = [] if operation in ("ASSERT", "ASSERT_NOT") else _inner(operation, argument)
        for each in inner:
            found |= _first(each, flags)
        if inner and not _may_be_empty([(operation, argument)]):
            return found
    return found


def _taken(operation: str, argument: Any, flags: int) -> Characters:  # noqa: ANN401
    """The characters that one place of an expression takes, of the sample."""
    if operation == "ANY":
        return _SAMPLE if flags & re.DOTALL else _SAMPLE - {"\n"}
    members = argument if operation == "IN" else [("LITERAL", argument)]
    kinds = [(str(kind), value) for kind, value in members]
    negated = operation == "NOT_LITERAL" or kinds[0][0] == "NEGATE"
    found: Characters = frozenset[str]().union(*(_member(kind, value) for kind, value in kinds))
    if flags & re.IGNORECASE:
        found |= {each.swapcase() for each in found}
    return _SAMPLE - found if negated else found


def _member(kind: str, value: Any) -> Characters:  # noqa: ANN401
    if kind in ("LITERAL", "RANGE"):
        low, high = value if kind == "RANGE" else (value, value)
        beyond = {"é"} if high > 127 else set[str]()
        return frozenset(chr(code) for code in range(low, min(high, 127) + 1)) | beyond
    if kind == "CATEGORY":
        name = str(value).removeprefix("CATEGORY_")
        members = _CATEGORIES[name.removeprefix("NOT_")]
        return _SAMPLE - members if name.startswith("NOT_") else members
    return frozenset()


def _may_be_empty(items: Sequence[Any]) -> bool:
    """Whether items can match nothing at all."""
    for operation, argument in _parts(items):
        if operation in (*_REPEATS, "POSSESSIVE_REPEAT") and argument[0] == 0:
            continue
        if operation in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF"):
            continue
        inner = _inner(operation, argument)
        if not inner or not any(_may_be_empty(each) for each in inner):
            return False
    return True
