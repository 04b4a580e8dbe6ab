"""The page of the case in its report, and the risky calls with the events they rest on."""

from trailtui.model.redact import redact_text
from trailtui.model.times import format_utc
from trailtui.report.facts import References
from trailtui.report.summary import CaseSummary, RiskyCall
from trailtui.report.summary_lines import Layout, summary_lines
from trailtui.report.view import Page, PageLine, RiskyLine

MOST_RISKY = 50


def make_page(summary: CaseSummary, references: References) -> Page:
    """The lines that `trailtui summary` prints, and of each risky call its first and last event."""
    lines: list[PageLine] = []
    section = ""
    for line in summary_lines(summary, Layout(format_utc)):
        section = line.section or section
        lines.append(PageLine(section, line.field, line.value))
    risky = tuple(_risky(references, one) for one in summary.risky[:MOST_RISKY])
    return Page(tuple(lines), risky, len(summary.risky) - len(risky))


def _risky(references: References, one: RiskyCall) -> RiskyLine:
    return RiskyLine(
        source=redact_text(one.source),
        name=redact_text(one.name),
        succeeded=one.succeeded,
        failed=one.failed,
        changes=one.changes,
        principals=one.principals,
        attack=one.attack,
        says=one.says,
        first=references.by_id(one.first_row),
        last=references.by_id(one.last_row),
    )
