"""The findings of a case, as its report says them."""

from trailtui.case.file import Case
from trailtui.case.findings import list_findings
from trailtui.model.redact import redact_text
from trailtui.report.view import AlertLine

MOST_ALERTS = 200


def alert_lines(case: Case) -> tuple[tuple[AlertLine, ...], int]:
    """The findings, each in its newest version, and how many more there are than are listed."""
    stored = list_findings(case)
    lines = tuple(
        AlertLine(
            number=one.number,
            product=redact_text(one.finding.product or one.finding.kind),
            type=redact_text(one.finding.type),
            title=redact_text(one.finding.title),
            severity=one.finding.severity_word,
            place=f"{one.finding.account} {one.finding.region}".strip(),
            first_ms=one.finding.first_ms,
            last_ms=one.finding.last_ms,
            count=one.finding.count,
            version=one.version,
            evidence=one.evidence,
            position=one.finding.position,
            missing=tuple(redact_text(sentence) for sentence in one.finding.missing),
        )
        for one in stored[:MOST_ALERTS]
    )
    return lines, len(stored) - len(lines)
