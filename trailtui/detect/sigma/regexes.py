"""The engine of regular expressions that rules use: RE2, which never goes back over a text.

What RE2 refuses and looks ahead or behind is run by trailtui.detect.sigma.lookaround.
"""

import re
from typing import Any, cast

from sigma.policy import RegexEngine, SigmaPolicy  # pyright: ignore[reportMissingTypeStubs]

from trailtui.detect.sigma.lookaround import LookAround, Refused, looks_around

_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}


class QuietEngine(RegexEngine):
    """RE2 without its habit of printing what it refuses: a rule's text is not ours to print."""

    def __init__(self) -> None:
        import re2  # pyright: ignore[reportMissingTypeStubs]

        self._re2 = cast("Any", re2)
        self._options = self._re2.Options()
        self._options.log_errors = False

    def compile(self, pattern: str, flags: int = 0) -> Any:  # noqa: ANN401 - RE2 has no types
        """An expression; raises `error` where it can't be run."""
        inline = "".join(letter for flag, letter in _FLAGS.items() if flags & flag)
        try:
            return self._re2.compile(f"(?{inline})" + pattern if inline else pattern, self._options)
        except self._re2.error:
            if not looks_around(pattern):
                raise
        try:
            return LookAround(pattern, flags)
        except Refused as refused:
            raise self.error(str(refused)) from None

    @property
    def error(self) -> type[Exception]:
        """What a refused expression raises."""
        return cast("type[Exception]", self._re2.error)


POLICY = SigmaPolicy(regex_engine=QuietEngine())
"""For pySigma: the same engine where it checks a rule."""
