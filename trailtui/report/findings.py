"""What a check of a bundle complains about."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a bundle."""

    file: str
    """The file in the bundle, or the bundle's own name where it is the zip itself."""
    what: str
    """What is wrong, as the rest of a sentence that begins with the file."""


Say = Callable[[str, str], None]
"""Takes the file (empty: the zip itself) and what is wrong with it."""
