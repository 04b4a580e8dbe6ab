"""The engine of regular expressions that rules use: RE2, which never goes back over a text."""

import re
from typing import Any, cast

from sigma.policy import RegexEngine, SigmaPolicy  # pyright: ignore[reportMissingTypeStubs]

_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}


class QuietEngine(RegexEngine):
    """RE2 without its habit of printing what it refuses: a rule's text is not ours to print."""

    def __init__(self) -> None:
        import re2  # pyright: ignore[reportMissingTypeStubs]

        self._re2 = cast("Any", re2)
        self._options = self._re2.Options()
        self._options.log_errors = False

    def compile(self, pattern: str, flags: int = 0) -> Any:  # noqa: ANN401 - RE2 has no types
        """An expression; raises `error` where RE2 can't run it."""
        inline = "".join(letter for flag, letter in _FLAGS.items() if flags & flag)
        return self._re2.compile(f"(?{inline})" + pattern if inline else pattern, self._options)

    @property
    def error(self) -> type[Exception]:
        """What a refused expression raises."""
        return cast("type[Exception]", self._re2.error)


POLICY = SigmaPolicy(regex_engine=QuietEngine())
"""For pySigma: the same engine where it checks a rule."""
