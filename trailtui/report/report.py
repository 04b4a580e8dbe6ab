"""The report of a case: gathered once into a view model, then laid out as Markdown or HTML."""

import json

from trailtui.case.coverage import problems
from trailtui.case.covered import read_coverage
from trailtui.case.evidence import all_evidence
from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.case.journal import verify as verify_log
from trailtui.case.leads import find_leads
from trailtui.case.marks import notes
from trailtui.case.responder import current_responder
from trailtui.model.redact import redact, redact_text
from trailtui.model.times import format_utc, now_ms
from trailtui.report.alerts import alert_lines
from trailtui.report.answers import find_answers
from trailtui.report.containment import action_lines, intervals, watch_intervals, who_is
from trailtui.report.coverage import coverage_lines, lead_lines
from trailtui.report.detected import detected_lines
from trailtui.report.facts import (
    References,
    count_case,
    judged_lines,
    pinned_events,
    tally_groups,
)
from trailtui.report.gaps import find_gaps, hours_lines
from trailtui.report.lineage import lineage_views
from trailtui.report.page import make_page
from trailtui.report.plans import plan_lines, protected
from trailtui.report.procedure import playbook_lines, step_lines
from trailtui.report.rendering import render_html, render_markdown
from trailtui.report.rule_runs import enriched, rule_runs
from trailtui.report.summary import CaseSummary, summarize_case
from trailtui.report.view import EvidenceLine, LogLine, ProblemLine, Report
from trailtui.report.watches import watch_lines

__all__ = ["build_report", "render_html", "render_markdown"]

MOST_EVIDENCE = 1000
MOST_PROBLEMS = 200
MOST_LOG_LINES = 1000
_LONGEST_WHAT = 600


def build_report(case: Case, summary: CaseSummary | None = None) -> Report:
    """Gather what the report says, from the case alone; nothing is changed or logged.

    `summary`: the page of the case, where it was made already.
    """
    references = References(case)
    counts = count_case(case, references)
    window = _window(case)
    steps = step_lines(case)
    pinned = pinned_events(case, references)
    actions = action_lines(case)
    covered = hours_lines(case, window)
    coverage = read_coverage(case)
    leads, more_leads = lead_lines(find_leads(case))
    chain = verify_log(case)
    created = case.setting("created_ms")
    created_ms = created if isinstance(created, int) else None
    alerts, alerts_more = alert_lines(case)
    detected, detected_more = detected_lines(case)
    made_ms = now_ms()
    times = [event.reference.time_ms for event in pinned if event.reference.time_ms is not None]
    return Report(
        case=case.name,
        made_ms=made_ms,
        made_by=current_responder().name,
        created_ms=created_ms,
        window=window,
        responders=_responders(case),
        armed=_armed(case),
        playbooks=playbook_lines(case),
        counts=counts,
        groups=tally_groups(case, references),
        decisions=tuple(step for step in steps if step.decision),
        pinned=pinned,
        entities=judged_lines(case, references),
        alerts=alerts,
        alerts_more=alerts_more,
        detected=detected,
        detected_more=detected_more,
        lineages=lineage_views(case, made_ms),
        steps=steps,
        actions=actions,
        intervals=(
            *intervals(actions, created_ms, min(times, default=None)),
            *watch_intervals(case, created_ms),
        ),
        notes=tuple(
            (note.at_ms, note.author, redact_text(note.text))
            for note in notes(case)
            if note.event is None and not note.step
        ),
        log=tuple(_log_line(entry) for entry in entries(case, limit=MOST_LOG_LINES)),
        log_entries=chain.entries,
        log_head=chain.head,
        log_fault=chain.reason,
        page=make_page(summary or summarize_case(case), references),
        answers=find_answers(case),
        plans=plan_lines(case),
        watches=watch_lines(case),
        protected=protected(case),
        rule_runs=rule_runs(case),
        enriched=enriched(case),
        evidence=_evidence(case),
        hours=covered,
        coverage=coverage_lines(coverage),
        leads=leads,
        more_leads=more_leads,
        problems=_problems(case),
        gaps=find_gaps(case, counts, covered, steps, coverage),
    )


def _window(case: Case) -> tuple[int | None, int | None]:
    value = case.setting("window")
    if not isinstance(value, dict):
        return None, None
    ends = [value.get(key) for key in ("since_ms", "until_ms")]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    since, until = (end if isinstance(end, int) else None for end in ends)  # pyright: ignore[reportUnknownVariableType]
    return since, until


def _armed(case: Case) -> str:
    value = case.setting("armed")
    if not isinstance(value, dict):
        return ""
    account, arn, at_ms = (value.get(key) for key in ("account", "arn", "at_ms"))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    since = f" since {format_utc(at_ms)}" if isinstance(at_ms, int) else ""
    return f"account {account} as {arn}{since}"


def _responders(case: Case) -> tuple[str, ...]:
    """Everybody that the log names, in the order of their first entry."""
    rows = case.connection.execute("SELECT who FROM action_log GROUP BY who ORDER BY min(seq)")
    return tuple(dict.fromkeys(who_is(json.loads(row[0])) for row in rows))


def _log_line(entry: LogEntry) -> LogLine:
    what = json.dumps(redact(dict(entry.what)), ensure_ascii=False)
    if len(what) > _LONGEST_WHAT:
        what = f"{what[:_LONGEST_WHAT]}… ({len(what)} characters, whole in action-log.jsonl)"
    return LogLine(entry.seq, entry.at_ms, entry.kind, who_is(entry.who), what, entry.hash)


def _evidence(case: Case) -> tuple[EvidenceLine, ...]:
    lines: list[EvidenceLine] = []
    for item in all_evidence(case):
        if len(lines) == MOST_EVIDENCE:
            break
        lines.append(
            EvidenceLine(
                item.id, item.origin, item.kind, item.size, item.sha256, item.records,
                item.problems, item.acquired_ms, item.acquired_by,
            )
        )  # fmt: skip
    return tuple(lines)


def _problems(case: Case) -> tuple[ProblemLine, ...]:
    lines: list[ProblemLine] = []
    for problem in problems(case, limit=MOST_PROBLEMS):
        place = "the file as a whole"
        if problem.offset is not None:
            place = f"{problem.length} bytes from {problem.offset}"
        lines.append(ProblemLine(problem.origin, place, problem.reason))
    return tuple(lines)
