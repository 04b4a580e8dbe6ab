"""Regular expressions as they stand in a pattern."""

from trailtui.detect.patterns.errors import PatternError
from trailtui.detect.patterns.regexes import Regex, RegexError

MOST_REGEXES = 2
"""Of one pattern."""


def regex_at(source: str, at: int, pattern: str, number: int) -> Regex:
    """The regular expression that stands at `at`, the `number`-th of its pattern, from 1.

    Raises PatternError for one too many, and for what the language does not have.
    """
    if number > MOST_REGEXES:
        raise PatternError(f"a pattern has at most {MOST_REGEXES} regular expressions", at, pattern)
    try:
        return Regex(source)
    except RegexError as error:
        raise PatternError(str(error), at + error.position, pattern) from None
