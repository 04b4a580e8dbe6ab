"""What readers of filters share: errors that show the pattern, and a filter's fingerprint."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from trailtui.detect.patterns.compiling import Options, compile_pattern
from trailtui.detect.patterns.errors import PatternError
from trailtui.detect.scan.conditions import Condition
from trailtui.model.errors import InputError


def compile_readable(pattern: str, options: Options) -> Condition:
    """The condition of a pattern; the error shows the pattern with a caret under the place."""
    try:
        return compile_pattern(pattern, options)
    except PatternError as error:
        what = f"{error.what} (character {error.position + 1} of the pattern)"
        raise InputError(what, cure=f"{error.cure}\n{error.shown}") from None


def filter_sha256(entry: Mapping[str, object] | Sequence[object], options: Options) -> str:
    """Of all that a filter's answer depends on."""
    said = [entry, options.missing_is_unequal, options.numeric_strings]
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
