"""`{{ name }}` in a playbook's values: replaced once, literally, and never inside SQL.

There are no expressions. What is put in comes out of a record or from the responder and is not
looked at again, so a value that itself reads `{{ secret }}` stays those letters.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from trailtui.model.errors import InputError

Scalar: TypeAlias = str | int | float | bool | None
"""What a value of `with` may be."""

EACH = "each"
"""The name of the present value inside a step with `for_each`."""

_TEMPLATE = re.compile(r"\{\{\s*([a-z][a-z0-9_-]*)(?:\.([A-Za-z_][A-Za-z0-9_.]*))?\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")


class Missing(InputError):
    """A template names something that has no value yet."""


def names_in(value: Scalar) -> Iterator[tuple[str, str | None]]:
    """The (name, column) pairs that `value` refers to; the column is None for an input."""
    if isinstance(value, str):
        for found in _TEMPLATE.finditer(value):
            yield found[1], found[2]


def is_malformed(value: Scalar) -> bool:
    """Whether `value` holds double braces that are no template."""
    return isinstance(value, str) and bool(_BRACES.search(_TEMPLATE.sub("", value)))


def fill(value: Scalar, look_up: Callable[[str, str | None], Scalar]) -> Scalar:
    """`value` with each template replaced by what `look_up(name, column)` gives.

    A value that is one template and nothing else keeps the type of what it stands for; anywhere
    else it becomes text. Raises what `look_up` raises (Missing).
    """
    if not isinstance(value, str):
        return value
    whole = _TEMPLATE.fullmatch(value.strip())
    if whole:
        return look_up(whole[1], whole[2])
    return _TEMPLATE.sub(lambda found: _as_text(look_up(found[1], found[2])), value)


def _as_text(value: Scalar) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
