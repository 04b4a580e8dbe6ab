"""How values look on the screen: text made safe and cut to cells, times, marks, glyphs."""

import os
from datetime import UTC, datetime, timedelta

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from trailtui.model.text import safe
from trailtui.model.times import now_ms

ASCII = os.environ.get("TRAILTUI_ASCII", "") not in ("", "0")
"""Whether shapes are drawn with ASCII only, for terminals and fonts without the others."""

CUT = "~" if ASCII else "…"
SEPARATOR = " > " if ASCII else " › "  # noqa: RUF001
ERROR, WRITE, PINNED, CONFLICT, MARKED = (
    ("Ex", "W^", "P*", "C!", ">") if ASCII else ("E✖", "W▲", "P◆", "C≠", "▌")
)
"""Letter and shape of what stands out; the colour only repeats what they say."""
RULE = "-" if ASCII else "─"
FEW, SOME, MANY = (".", "o", "#") if ASCII else ("·", "▪", "█")


def fit(text: str, width: int) -> str:
    """`text`, made safe, in exactly `width` cells; cut with a mark where it is longer."""
    shown = safe(text)
    length = cell_len(shown)
    if length == width:
        return shown
    if length < width:
        return shown + " " * (width - length)
    return set_cell_size(shown, width - 1) + CUT if width > 0 else ""


def fit_tail(text: str, width: int) -> str:
    """As `fit`, but what is cut is the beginning: for ARNs and paths, whose end tells more."""
    shown = safe(text)
    length = cell_len(shown)
    if length <= width:
        return shown + " " * (width - length)
    if width <= 0:
        return ""
    cells = 0
    for start in range(len(shown) - 1, -1, -1):
        cells += cell_len(shown[start])
        if cells > width - 1:
            return set_cell_size(CUT + shown[start + 1 :], width)
    return shown


def plain(text: str, style: str = "", *, keep_newlines: bool = False) -> Text:
    """Text for a widget: made safe, and never read as markup."""
    return Text(safe(text, keep_newlines=keep_newlines), style=style, no_wrap=not keep_newlines)


def local_offset() -> timedelta:
    """The present offset of the local time zone; used for all times, so that they compare."""
    moment = datetime.fromtimestamp(now_ms() / 1000, UTC).astimezone()
    return moment.utcoffset() or timedelta()


def zone_label(*, local: bool) -> str:
    """`UTC`, or the local offset as `UTC+02:00`."""
    if not local:
        return "UTC"
    minutes = int(local_offset().total_seconds()) // 60
    sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
    return f"UTC{sign}{rest // 60:02d}:{rest % 60:02d}"


def show_time(at_ms: int | None, *, local: bool = False, millis: bool = False) -> str:
    """`2026-11-21 03:04:05`; the zone is the column's or label's business. Empty for no time."""
    if at_ms is None:
        return ""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    if local:
        moment += local_offset()
    text = moment.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{at_ms % 1000:03d}" if millis and at_ms % 1000 else text


def labelled_time(at_ms: int, *, local: bool = False) -> str:
    """A time with its zone."""
    return f"{show_time(at_ms, local=local)} {zone_label(local=local)}"
