"""Where the responder stands: view, filter, row. Kept as history, and in the case for later."""

from collections.abc import Mapping
from dataclasses import dataclass, field

State = Mapping[str, object]
"""JSON that a screen can be brought back to: its filter, its row, whether detail is open."""


@dataclass(frozen=True, slots=True)
class Place:
    """A view and how it stood."""

    view: str
    state: State = field(default_factory=dict[str, object])


class History:
    """Places one can go back to and forward again."""

    LONGEST = 100

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def leave(self, place: Place) -> None:
        """Note how the present place stands at the moment it is left."""
        if self._at >= 0 and self._places[self._at].view == place.view:
            self._places[self._at] = place

    def enter(self, place: Place) -> None:
        """Go to a new place; what lay ahead is forgotten."""
        del self._places[self._at + 1 :]
        self._places.append(place)
        del self._places[: -self.LONGEST]
        self._at = len(self._places) - 1

    def back(self) -> Place | None:
        """The place before this one, which becomes the present one; None at the first."""
        if self._at <= 0:
            return None
        self._at -= 1
        return self._places[self._at]

    def forward(self) -> Place | None:
        """The place after this one, which becomes the present one; None at the last."""
        if self._at >= len(self._places) - 1:
            return None
        self._at += 1
        return self._places[self._at]
