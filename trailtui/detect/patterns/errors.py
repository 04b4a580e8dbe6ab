"""What is wrong with a filter pattern, and where."""

from trailtui.model.errors import InputError


class PatternError(InputError):
    """A filter pattern that CloudWatch Logs would refuse, or that is not supported here."""

    def __init__(self, what: str, position: int, pattern: str, *, cure: str = "") -> None:
        shown = f"{pattern}\n{' ' * position}^" if "\n" not in pattern else pattern
        super().__init__(what, where=f"filter pattern, character {position + 1}", cure=cure)
        self.position = position
        """Counted from 0."""
        self.pattern = pattern
        self.shown = shown
        """The pattern with a caret under the place."""
