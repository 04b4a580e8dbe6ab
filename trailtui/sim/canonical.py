"""JSON-able values in one form, so that two states of the account can be compared as text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from trailtui.sim.dynamic import Dynamic


def document(text: Dynamic) -> Dynamic:
    """A policy document as a structure: IAM's answers don't keep its spaces for a restorer.

    Args:
        text: the document, as text, bytes or a structure; None where there is none.
    """
    if text is None or text == "":
        return None
    if isinstance(text, bytes):
        text = text.decode()
    try:
        return json.loads(text) if isinstance(text, str) else plain(text)
    except ValueError:
        return str(text)


def digest(secret: str | bytes | None) -> str | None:
    """What stands for a value that must not be shown: its SHA-256, in hex."""
    if secret is None:
        return None
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).hexdigest()


def plain(value: Dynamic) -> Dynamic:
    """A value in nothing but dicts with sorted names, lists, texts, numbers, truths and None.

    Raises:
        TypeError: something else is in it.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Dynamic]", value)
        return {str(name): plain(members[name]) for name in sorted(members, key=str)}
    if isinstance(value, set | frozenset):
        return sorted(plain(one) for one in cast("set[Dynamic]", value))
    if isinstance(value, list | tuple):
        return [plain(one) for one in cast("list[Dynamic]", value)]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical form")


def same_order(items: Dynamic) -> list[Dynamic]:
    """Things whose order means nothing, in one order."""
    return sorted((plain(one) for one in items), key=lambda one: json.dumps(one, sort_keys=True))
