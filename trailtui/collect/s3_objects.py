"""Objects of a bucket, wherever they are read from: S3 itself, a local mirror, presigned URLs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from trailtui.collect.storing import Document
from trailtui.model.errors import TrailtuiError


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing names it."""

    key: str
    etag: str | None
    """What tells two contents apart. None: nothing does, an object that the case has is known."""
    size: int


class Objects(Protocol):
    """What can be listed and read. Safe to share between threads."""

    @property
    def origins(self) -> str:
        """What the origins of all its objects begin with."""
        ...

    def origin(self, key: str) -> str:
        """What an object is called in the case."""
        ...

    def objects(self, prefix: str) -> Iterator[list[Entry]]:
        """The objects whose keys begin with a prefix, in key order, page by page."""
        ...

    def get(self, entry: Entry) -> Document:
        """An object's bytes and what is said of it. Raises a TrailtuiError."""
        ...


_REASONS = {
    "NoSuchKey": "vanished between listing and download",
    "InvalidObjectState": (
        "archived (Glacier or Deep Archive): restore it in S3 first, then collect again"
    ),
}


def in_words(error: TrailtuiError) -> str:
    """Why an object could not be had, without the place, which is told beside it."""
    reason = _REASONS.get(getattr(error, "code", ""))
    return reason or f"{error.what.rstrip('.')}. {error.cure}".strip()
