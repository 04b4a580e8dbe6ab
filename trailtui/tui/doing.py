"""Something that a screen began and waits for, told on every screen until it has ended."""

from dataclasses import dataclass

WRITING = "writing"
"""The word for what another program holds up."""


@dataclass(frozen=True, slots=True)
class Doing:
    """A line of its own among what goes on."""

    says: str
    """What goes on, and for how long or how far."""
    keys: str
    """Where it is looked at, and what stops it."""
