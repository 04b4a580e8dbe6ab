"""The one function that makes a string from a record safe to show.

Records are written by attackers: a user agent may hold terminal escapes, bidirectional overrides
that reverse what is read, zero-width characters that make two names look alike. Each such
character is replaced by something visible; nothing is dropped, so two different strings stay
different on the screen.
"""

import re

_CONTROL_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}

_HIDDEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen and other blanks
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi
    "\u2400-\u2421"  # the pictures themselves, or a fake one could not be told from a real one
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"  # fillers, variation selectors, annotations
    "\ud800-\udfff"  # lone surrogates
    "\U000e0000-\U000e0fff"  # tags and variation selectors
    "]"
)
_HIDDEN_KEEPING_NEWLINES = re.compile(_HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def safe(text: str, *, keep_newlines: bool = False) -> str:
    """`text` with every control, bidi and zero-width character made visible.

    C0 controls and DEL become their control pictures (ESC is shown as \u241b), everything else its
    escape (\\u202e). With `keep_newlines`, line feeds stay, for text laid out in lines. The result
    holds no escape sequence; markup characters are left as they are, so a caller that shows it
    through a markup-aware library must pass it as plain text.
    """
    pattern = _HIDDEN_KEEPING_NEWLINES if keep_newlines else _HIDDEN
    if text.isascii() and text.isprintable():
        return text
    return pattern.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if picture := _CONTROL_PICTURES.get(code):
        return picture
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else (f"\\U{code:08x}")
    )
