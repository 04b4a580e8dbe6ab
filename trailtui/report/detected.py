"""What rules found in a case, as its report says it."""

from trailtui.case.detections import events_of, list_detections
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.model.redact import redact_text
from trailtui.report.view import DetectedLine

MOST_DETECTED = 200
MOST_EVENT_IDS = 10


def detected_lines(case: Case) -> tuple[tuple[DetectedLine, ...], int]:
    """The findings of rules, the gravest first, and how many more there are than are listed."""
    stored = list_detections(case)
    lines: list[DetectedLine] = []
    for one in stored[:MOST_DETECTED]:
        events = by_ids(case, events_of(case, one.number)[:MOST_EVENT_IDS])
        lines.append(
            DetectedLine(
                name=one.name,
                kind=one.kind,
                rule=redact_text(one.rule),
                title=redact_text(one.title),
                severity=one.severity,
                about=redact_text(one.about),
                attack=", ".join(one.attack),
                events=one.events,
                first_ms=one.first_ms,
                last_ms=one.last_ms,
                detail=redact_text(one.detail),
                event_ids=tuple(event.event_id for event in events),
            )
        )
    return tuple(lines), len(stored) - len(lines)
