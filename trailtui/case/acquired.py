"""A document on its way into the case."""

from dataclasses import dataclass

from trailtui.case.coding import Coded
from trailtui.case.packing import Chunk

Problem = tuple[int | None, int | None, str]
"""Offset and length in the content (None: the file as a whole), and the reason."""


@dataclass(slots=True)
class Acquired:
    """One document with its events, as a worker hands it to the writer."""

    origin: str
    sha256: str
    kind: str
    packing: str
    size: int
    content_size: int
    chunks: list[Chunk]
    coded: Coded
    problems: list[Problem]
    told: str | None = None
    """JSON: what the source said of it; None: nothing."""
