"""What the case looked at, as the report tells it: sentences, strips, leads."""

from trailtui.case.coverage_words import summary_sentences
from trailtui.case.covered import Coverage
from trailtui.case.leads import Lead
from trailtui.case.strip import Levels, legend, strip_of
from trailtui.model.redact import redact_text
from trailtui.report.view import CoverageLines, LeadLine, StripLine

STRIP_WIDTH = 72
MOST_STRIPS = 400
MOST_LEADS = 200


def coverage_lines(coverage: Coverage | None) -> CoverageLines | None:
    """Which sources were asked, how much they answered, and a strip for each account and Region.

    None in a case that holds no event with a time and never asked a source.
    """
    if coverage is None:
        return None
    strips = [
        StripLine(
            place.account,
            place.region,
            place.events,
            strip_of(place.runs, place.hours, STRIP_WIDTH, Levels()),
        )
        for place in coverage.places[:MOST_STRIPS]
    ]
    return CoverageLines(
        coverage.since_ms,
        coverage.until_ms,
        tuple(redact_text(sentence) for sentence in summary_sentences(coverage)),
        tuple(strips),
        max(0, len(coverage.places) - MOST_STRIPS),
        legend(Levels()),
    )


def lead_lines(leads: list[Lead]) -> tuple[tuple[LeadLine, ...], int]:
    """Leads of tampering with the logs, and how many more there are."""
    lines = [
        LeadLine(
            lead.kind,
            lead.account,
            lead.region,
            lead.at_ms,
            lead.event.event_id if lead.event else "",
            (lead.event.name or "") if lead.event else "",
            lead.why,
            lead.sure,
        )
        for lead in leads[:MOST_LEADS]
    ]
    return tuple(lines), max(0, len(leads) - MOST_LEADS)
