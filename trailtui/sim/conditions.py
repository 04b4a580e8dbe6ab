"""Condition blocks of policies, evaluated as IAM documents them.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Creating a
condition with multiple keys or values". An operator or key that is not known raises
CannotDecideError.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import cast

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.problems import CannotDecideError

Context = Mapping[str, str | Sequence[str] | None]
"""Condition keys in lower case and their values; None: known, and absent from this request.

A key that is not in the mapping at all is one that the simulator knows nothing of."""


@lru_cache(maxsize=4096)
def _glob(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    escaped = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.compile(escaped, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches_glob(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a value fits a pattern with * and ?."""
    return _glob(pattern, ignore_case=ignore_case).fullmatch(value) is not None


def _arn_like(value: str, pattern: str) -> bool:
    have, want = value.split(":", 5), pattern.split(":", 5)
    return len(have) == len(want) and all(
        matches_glob(w, h) for h, w in zip(have, want, strict=True)
    )


def _date(text: str) -> float:
    """Seconds since 1970 of an ISO date-time or of epoch seconds."""
    if re.fullmatch(r"\d{9,}(\.\d+)?", text):
        return float(text)
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _in_network(value: str, network: str) -> bool:
    return ip_address(value) in ip_network(network, strict=False)


Test = Callable[[str, str], bool]

_POSITIVE: dict[str, Test] = {
    "stringequals": lambda have, want: have == want,
    "stringequalsignorecase": lambda have, want: have.lower() == want.lower(),
    "stringlike": lambda have, want: matches_glob(want, have),
    "numericequals": lambda have, want: float(have) == float(want),
    "numericlessthan": lambda have, want: float(have) < float(want),
    "numericlessthanequals": lambda have, want: float(have) <= float(want),
    "numericgreaterthan": lambda have, want: float(have) > float(want),
    "numericgreaterthanequals": lambda have, want: float(have) >= float(want),
    "dateequals": lambda have, want: _date(have) == _date(want),
    "datelessthan": lambda have, want: _date(have) < _date(want),
    "datelessthanequals": lambda have, want: _date(have) <= _date(want),
    "dategreaterthan": lambda have, want: _date(have) > _date(want),
    "dategreaterthanequals": lambda have, want: _date(have) >= _date(want),
    "bool": lambda have, want: have.lower() == want.lower(),
    "binaryequals": lambda have, want: have == want,
    "ipaddress": _in_network,
    # ArnEquals and ArnLike behave identically, says the guide.
    "arnequals": _arn_like,
    "arnlike": _arn_like,
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def _words(value: Dynamic) -> list[str]:
    values: list[Dynamic] = [value]
    if isinstance(value, list):
        values = cast("list[Dynamic]", value)
    return [str(v).lower() if isinstance(v, bool) else str(v) for v in values]


def _present(key: str, context: Context) -> list[str] | None:
    """The values of a condition key in this request; None where the key is absent."""
    family = key.lower().partition("/")[0] + "/"
    if key.lower() not in context and family in context:
        return None  # a tag that is not there
    if key.lower() not in context:
        raise CannotDecideError(f"the simulator does not know the condition key {key}")
    value = context[key.lower()]
    if value is None:
        return None
    return [value] if isinstance(value, str) else list(value)


def _compare(name: str, have: str, wanted: list[str]) -> bool:
    """One value of the request against all values of the policy: OR, and NOR when negated."""
    negated = name in _NEGATED
    test = _POSITIVE[_NEGATED.get(name, name)]
    try:
        hit = any(test(have, want) for want in wanted)
    except ValueError:
        # AWS: a value that is no number, date or address makes the comparison false.
        hit = False
    return hit != negated


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    name = operator.lower()
    quantifier, _, rest = name.rpartition(":")
    if quantifier not in ("", "forallvalues", "foranyvalue"):
        raise CannotDecideError(f"the simulator does not know the condition operator {operator}")
    if_exists = rest.endswith("ifexists")
    rest = rest.removesuffix("ifexists")
    have = _present(key, context)
    if rest == "null":
        return any((have is None) == (word.lower() == "true") for word in wanted)
    if rest not in _POSITIVE and rest not in _NEGATED:
        raise CannotDecideError(f"the simulator does not know the condition operator {operator}")
    if have is None:
        absent_holds = rest in _NEGATED and quantifier != "foranyvalue"
        return if_exists or quantifier == "forallvalues" or absent_holds
    if quantifier == "forallvalues":
        return all(_compare(rest, value, wanted) for value in have)
    if quantifier == "foranyvalue":
        return any(_compare(rest, value, wanted) for value in have)
    if len(have) != 1:
        raise CannotDecideError(f"{key} has {len(have)} values but {operator} has no set operator")
    return _compare(rest, have[0], wanted)


def satisfied(block: Mapping[str, Mapping[str, Dynamic]], context: Context) -> bool:
    """Whether every operator and key of a Condition block holds.

    Raises:
        CannotDecideError: an operator, key or policy variable is not known.
    """
    return all(
        _holds(operator, key, [substitute(word, context) for word in _words(wanted)], context)
        for operator, keys in block.items()
        for key, wanted in keys.items()
    )


_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def substitute(text: str, context: Context) -> str:
    """Fill in policy variables such as ${aws:username}.

    A variable whose key is absent leaves text that matches nothing, as in AWS.
    """

    def value_of(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in ("*", "?", "$"):
            return name
        key, _, default = (part.strip() for part in name.partition(","))
        values = _present(key, context)
        if values is None:
            return default.strip("'") if default else "\0absent"
        return values[0]

    return _VARIABLE.sub(value_of, text) if "${" in text else text
