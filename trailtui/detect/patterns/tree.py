"""A filter pattern as it was understood."""

from dataclasses import dataclass

from trailtui.detect.patterns.regexes import Regex

EACH = "*"
"""The step of a selector that means every member."""


@dataclass(frozen=True, slots=True)
class Each:
    """Every item of a list (`[*]`) or every member of an object (`.*`)."""

    of_list: bool


Step = str | int | Each
"""A member's name, a place in a list, or every one."""


@dataclass(frozen=True, slots=True)
class Selector:
    """`$.a.b[0]`: where the value stands."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A text to compare with; its parts are what stands between the `*`."""

    parts: tuple[str, ...]
    quoted: bool
    number: float | None = None
    """The number that an unquoted one is as well."""

    @property
    def whole(self) -> str:
        """The text as it was written."""
        return EACH.join(self.parts)


Wanted = Text | Regex


@dataclass(frozen=True, slots=True)
class Compared:
    """`$.a = x`, `$.a != x`, `$.a < 1`…"""

    selector: Selector
    operator: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Is:
    """`$.a IS NULL`, TRUE or FALSE."""

    selector: Selector
    value: bool | None


@dataclass(frozen=True, slots=True)
class NotExists:
    """`$.a NOT EXISTS`."""

    selector: Selector


@dataclass(frozen=True, slots=True)
class Both:
    """Parts joined by `&&`."""

    parts: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Parts joined by `||`."""

    parts: tuple["Pattern", ...]


Pattern = Compared | Is | NotExists | Both | Either


@dataclass(frozen=True, slots=True)
class Terms:
    """A pattern over the text of a log event, not over its JSON."""

    all_of: tuple[Wanted, ...] = ()
    any_of: tuple[Wanted, ...] = ()
    """Terms with a `?`; they count only where no other term stands."""
    none_of: tuple[Wanted, ...] = ()
