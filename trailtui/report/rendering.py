"""Laying a report out. Whatever comes from a record is made harmless here, without exception:
the templates' output goes through `finalize`, so that a template can't forget it.

In Markdown, a text that is more than plain words becomes a code span, in which nothing is markup;
the two characters that could end a span or a table's cell are written as \\x60 and \\x7c.
In HTML, Jinja2 escapes; the page has no script, and its policy allows none.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from trailtui.model.text import safe
from trailtui.model.times import format_utc
from trailtui.report.view import Reference, Report

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
_PLAIN = re.compile(
    r"(?!\d+[.)](?: |$))[^\W_](?:[^\W_]|[ ,;?'%/()\u2013\u2014\u2026-]|[.:](?= |$))*"
)


def render_markdown(report: Report) -> str:
    """The report as Markdown with tables; no text of the case can make markup in it."""
    environment = _environment(autoescape=False, finalize=_finalize_markdown)
    from markupsafe import Markup

    environment.filters["block"] = lambda text: Markup(code_block(str(text)))  # noqa: S704
    text = environment.get_template("report.md.j2").render(report=report)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def render_html(report: Report) -> str:
    """The report as one HTML page without scripts or anything to load."""
    environment = _environment(autoescape=True, finalize=_finalize_html)
    from markupsafe import Markup

    environment.filters["lines"] = lambda text: _Lines(str(text))
    style = (_TEMPLATES / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("report.html.j2").render(
        report=report,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'",
    )


class _Lines(str):
    """A text that keeps its line ends."""


def _environment(*, autoescape: bool, finalize: Callable[[object], object]) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - Markdown is no HTML; finalize makes it harmless
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        utc=_utc,
        number=_number,
        duration=_duration,
        size=_size,
        named=_named,
        place=_place,
        dollars=_dollars,
    )
    return environment


def _finalize_html(value: object) -> object:
    from markupsafe import Markup

    if isinstance(value, Markup):
        return value
    return safe(str(value), keep_newlines=isinstance(value, _Lines))


def _finalize_markdown(value: object) -> "str | Markup":
    from markupsafe import Markup

    return value if isinstance(value, Markup) else inline(str(value))


def inline(text: str) -> str:
    """A text for a line or a cell of Markdown: as it is where it is plain, else a code span."""
    shown = safe(text)
    if _PLAIN.fullmatch(shown) or _TIME.fullmatch(shown):
        return shown
    return f"`{_unbreakable(shown)}`" if shown.strip() else "–"  # noqa: RUF001 - a dash


def code_block(text: str) -> str:
    """A text of several lines as a fenced block."""
    return f"```text\n{_unbreakable(safe(text, keep_newlines=True))}\n```"


def _unbreakable(shown: str) -> str:
    return shown.replace("`", "\\x60").replace("|", "\\x7c")


def _utc(at_ms: int | None) -> str:
    return "no time" if at_ms is None else format_utc(at_ms)


def _named(reference: Reference | None) -> str:
    return "" if reference is None else f"{_utc(reference.time_ms)} {reference.event_id}"


def _place(reference: Reference) -> str:
    return (
        f"evidence {reference.evidence}, {reference.length} bytes from {reference.offset}, "
        f"SHA-256 {reference.sha256}"
    )


def _number(value: int) -> str:
    return f"{value:,}"


def _size(value: int) -> str:
    if value < 10_000:
        return f"{value:,} bytes"
    return f"{value / 1000:,.0f} kB" if value < 10_000_000 else f"{value / 1e6:,.1f} MB"


def _dollars(value: float) -> str:
    return f"{value:,.6f} US dollars"


def _duration(seconds: float) -> str:
    if abs(seconds) < 60:
        return f"{seconds:.1f} s"
    sign = "-" if seconds < 0 else ""
    return f"{sign}{timedelta(seconds=abs(round(seconds)))}"
