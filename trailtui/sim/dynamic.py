"""The type of values that are only known at run time, and careful looks at them."""

from __future__ import annotations

from typing import Any, cast

Dynamic = Any
"""A value whose type a service's model, moto or botocore decides while the program runs."""

Parameters = dict[str, Dynamic]
"""Members of a request or response, by the names of the service's model."""


def listed(value: Dynamic) -> list[Dynamic]:
    """A value as a list: a list as it is, a mapping's values, nothing as none, one as one."""
    if value is None:
        return []
    if isinstance(value, dict):
        return list(cast("dict[Dynamic, Dynamic]", value).values())
    if isinstance(value, list | tuple | set):
        return list(cast("list[Dynamic]", value))
    return [value]


def fields(value: Dynamic) -> Parameters:
    """A value as a mapping; empty where it is none."""
    return cast("Parameters", value) if isinstance(value, dict) else {}
