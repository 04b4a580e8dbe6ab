"""Plain values of a report as JSON, for the documents of a bundle."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import cast

from trailtui.model.times import format_utc

_TIME = "_ms"


def plain(value: object) -> object:
    """A value as JSON: classes as objects, and times (`made_ms`) as UTC under their bare name."""
    if is_dataclass(value) and not isinstance(value, type):
        return _named({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, dict):
        return _named(cast("Mapping[str, object]", value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("list[object]", value)]
    return value


def _named(values: Mapping[str, object]) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, value in values.items():
        if name.endswith(_TIME) and (value is None or isinstance(value, int)):
            bare = name.removesuffix(_TIME)
            made[bare] = None if value is None else format_utc(value)
        else:
            made[name] = plain(value)
    return made
