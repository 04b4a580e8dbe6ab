"""What was done in a case, as the JSON documents of a bundle; the report shows less of it."""

import json
from typing import cast

from trailtui.case.detections import events_of, list_detections
from trailtui.case.events import by_ids
from trailtui.case.file import Case
from trailtui.case.findings import StoredFinding, list_findings
from trailtui.model.redact import redact
from trailtui.model.times import format_utc
from trailtui.report.plain import plain
from trailtui.report.plans import plan_lines, protected
from trailtui.report.rule_runs import enriched, rule_runs
from trailtui.report.summary import CaseSummary
from trailtui.report.summary_json import summary_as_json
from trailtui.report.view import Report
from trailtui.report.watches import watch_lines

MOST_IN_SUMMARY = 1000
MOST_EVENT_IDS = 10


def summary_document(summary: CaseSummary) -> dict[str, object]:
    """The values behind the page of the case; `in_all` says how long the lists are that are cut."""
    return summary_as_json(summary, MOST_IN_SUMMARY)


def containment_document(case: Case, report: Report) -> dict[str, object]:
    """Plans of several actions, watches, the times it took, and what no action may touch."""
    stored = {
        digest: content
        for digest, content in case.connection.execute("SELECT hash, content FROM containments")
    }
    plans: list[dict[str, object]] = []
    for line in plan_lines(case):
        content: object = _json(stored[line.hash])
        cleaned = redact(content)
        told = cast("dict[str, object]", plain(line))
        plans.append({**told, "plan": cleaned, "redacted": cleaned != content})
    return {
        "plans": plans,
        "watches": [plain(line) for line in watch_lines(case, None, None)],
        "times": [
            {**cast("dict[str, object]", plain(span)), "seconds": span.seconds}
            for span in report.intervals
        ],
        "break_glass": plain(protected(case)),
    }


def _json(text: str) -> object:
    """A stored plan; null where it no longer is JSON, which its line says."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def detections_document(case: Case) -> dict[str, object]:
    """The runs of rules, the rules that ran, and what they found, with their first events."""
    ran = cast("dict[str, object]", plain(rule_runs(case, None, None)))
    found: list[object] = []
    for one in list_detections(case):
        first = by_ids(case, events_of(case, one.number)[:MOST_EVENT_IDS])
        told = cast("dict[str, object]", plain(one))
        cleaned = cast("dict[str, object]", redact({"finding": one.name, **told}))
        found.append({**cleaned, "first_events": [event.event_id for event in first]})
    return {"runs": ran["runs"], "rules": ran["rules"], "findings": found}


def alerts_document(case: Case) -> list[object]:
    """The findings from outside, every version of each, as they were read."""
    return [_alert(stored) for stored in list_findings(case, all_versions=True)]


def _alert(stored: StoredFinding) -> object:
    told = cast("dict[str, object]", plain(stored.finding.as_json()))
    window = stored.finding.window
    told["window"] = [
        None if at_ms is None else format_utc(at_ms) for at_ms in (window.since_ms, window.until_ms)
    ]
    kept = {"number": stored.number, "version": stored.version, "evidence": stored.evidence}
    return redact({**kept, **told})


def enrichment_document(case: Case) -> object:
    """The files about addresses in use, by path and SHA-256, and how they came and went."""
    return plain(enriched(case))
