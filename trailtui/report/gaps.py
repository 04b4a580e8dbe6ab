"""What was not looked at, so that nobody takes silence for innocence."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from trailtui.case.coverage import HourCount, hours
from trailtui.case.coverage_rows import GapLine, gap_lines
from trailtui.case.coverage_words import EVENT_SOURCES
from trailtui.case.covered import Coverage
from trailtui.case.covering import Known, Place
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.model.redact import redact_text
from trailtui.model.times import HOUR_MS, format_utc
from trailtui.report.procedure import truncated_steps
from trailtui.report.query_gaps import find_query_gaps
from trailtui.report.view import Counts, Gap, HoursLine, StepLine

MOST_ITEMS = 20

REGIONS_OF_EVERY_ACCOUNT = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
"""Regions that are enabled in every commercial account (AWS General Reference, Regions)."""

_SOURCES = {
    "files": "log files that were named",
    "s3": "a trail's bucket",
    "lookup": "CloudTrail event history (LookupEvents)",
    "athena": "Athena over the trail's bucket",
    "insights": "CloudWatch Logs Insights",
    "lake": "CloudTrail Lake",
}


def hours_lines(case: Case, window: tuple[int | None, int | None]) -> tuple[HoursLine, ...]:
    """What there is of each account and Region within the window (or what the events span)."""
    counted = list(hours(case))
    if not counted:
        return ()
    since, until = window
    begin = since if since is not None else min(hour.hour_ms for hour in counted)
    end = until if until is not None else max(hour.hour_ms for hour in counted) + HOUR_MS
    first, last = begin // HOUR_MS * HOUR_MS, -(-end // HOUR_MS) * HOUR_MS
    lines: list[HoursLine] = []
    for (account, region), group in groupby(counted, key=lambda hour: (hour.account, hour.region)):
        lines.append(_hours_line(account, region, list(group), first, last))
    return tuple(lines)


def _hours_line(
    account: str, region: str, counted: Sequence[HourCount], first: int, last: int
) -> HoursLine:
    inside = [hour.hour_ms for hour in counted if first <= hour.hour_ms < last]
    gap_start, gap_hours = 0, 0
    for start, length in _runs_between(inside, first, last):
        if length > gap_hours:
            gap_start, gap_hours = start, length
    return HoursLine(
        account=account,
        region=region,
        events=sum(hour.events for hour in counted),
        first_ms=counted[0].hour_ms,
        last_ms=counted[-1].hour_ms + HOUR_MS,
        hours=len(counted),
        empty_hours=max(0, (last - first) // HOUR_MS - len(inside)),
        longest_gap_ms=gap_start,
        longest_gap_hours=gap_hours,
    )


def _runs_between(inside: Sequence[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Runs of hours without events: start and length in hours."""
    expected = first
    for hour_ms in [*inside, last]:
        if hour_ms > expected:
            yield expected, (hour_ms - expected) // HOUR_MS
        expected = hour_ms + HOUR_MS


def find_gaps(
    case: Case,
    counts: Counts,
    lines: Sequence[HoursLine],
    steps: Sequence[StepLine],
    coverage: Coverage | None = None,
) -> tuple[Gap, ...]:
    """Everything that was not looked at, as far as the case can tell."""
    found = [
        *_sources(case),
        *_accounts(case),
        *_regions(lines, _looked_at(coverage)),
        *_hours(lines, _looked_at(coverage)),
        *_unreadable(case, counts),
        *_asked_and_refused(coverage),
        *_seen_by_nobody(coverage),
        *_not_logged(coverage),
        *_steps(steps),
        *_queries(case),
        Gap(
            "AWS's own signatures",
            "AWS signs digests of its log files; they were not checked here. That the evidence is "
            "what AWS wrote can be checked from the files in the bundle, where digests are.",
        ),
    ]
    return tuple(found)


def _sources(case: Case) -> Iterator[Gap]:
    asked = {
        str(entry.what.get("source"))
        for entry in entries(case, kinds=("collect",))
        if not entry.what.get("estimated")
    }
    rows = case.connection.execute("SELECT DISTINCT source FROM fetches")
    asked |= {row[0] for row in rows}
    answers = case.connection.execute("SELECT engine, count(*) FROM query_runs GROUP BY engine")
    answered = dict(answers.fetchall())
    never: list[str] = []
    for name, text in _SOURCES.items():
        if name not in asked and name in answered:
            never.append(f"{text}: {answered[name]} queries were answered, no records were taken")
        elif name not in asked:
            never.append(text)
    says = "Never asked for records. What only they hold is not among the events of this case."
    if never:
        yield Gap("Sources", says, tuple(never))


def _accounts(case: Case) -> Iterator[Gap]:
    rows = case.connection.execute(
        "SELECT DISTINCT account FROM actors WHERE account <> '' EXCEPT "
        "SELECT text FROM strings WHERE id IN (SELECT DISTINCT account FROM event_rows) ORDER BY 1"
    )
    accounts = [row[0] for row in rows]
    if accounts:
        yield _listed(
            "Accounts",
            "Principals of these accounts act in the records, and there is no record of the "
            "accounts' own trails: what else they did there was not seen.",
            accounts,
        )


def _looked_at(coverage: Coverage | None) -> set[Place]:
    """Accounts and Regions that a source answered for the whole window: their silence is known."""
    return {
        (place.account, place.region)
        for place in (coverage.places if coverage is not None else ())
        if all(run.state in (Known.FETCHED, Known.EMPTY) for run in place.runs)
    }


def _regions(lines: Sequence[HoursLine], looked: set[Place]) -> Iterator[Gap]:
    by_account: dict[str, set[str]] = {}
    for line in lines:
        by_account.setdefault(line.account, set()).add(line.region)
    for account, region in looked:
        by_account.setdefault(account, set()).add(region)
    without: list[str] = []
    for account, seen in by_account.items():
        lacking = [region for region in REGIONS_OF_EVERY_ACCOUNT if region not in seen]
        if lacking:
            without.append(f"account {account or '(not named)'}: {', '.join(lacking)}")
    if without:
        yield _listed(
            "Regions",
            "No record at all. That nothing happened there and that nothing was logged or "
            "collected looks the same from here; Regions that an account must first opt in to may "
            "be lacking besides these.",
            without,
        )


def _hours(lines: Sequence[HoursLine], looked: set[Place]) -> Iterator[Gap]:
    gaps = [
        f"account {line.account or '(not named)'}, {line.region or '(no Region)'}: "
        f"{line.empty_hours} hours, the longest run {line.longest_gap_hours} hours from "
        f"{format_utc(line.longest_gap_ms)}"
        for line in lines
        if line.empty_hours and (line.account, line.region) not in looked
    ]
    if gaps:
        yield _listed(
            "Hours",
            "Hours without any record, within the case's window or, where it has none, between its "
            "first and last event.",
            gaps,
        )


def _unreadable(case: Case, counts: Counts) -> Iterator[Gap]:
    if counts.problems:
        rows = case.connection.execute(
            "SELECT DISTINCT p.origin, p.reason FROM problems p "
            "LEFT JOIN evidence e ON e.id = p.evidence "
            "WHERE p.evidence IS NULL OR e.kind = 'none' ORDER BY p.id"
        )
        files = [f"{origin}: {reason}" for origin, reason in rows]
        says = (
            f"{counts.problems} things could not be read; the section on coverage has the first of "
            "them, problems.jsonl all. "
        )
        whole = f"Of {counts.unreadable_files} files nothing at all:" if files else "No whole file."
        yield _listed("Unreadable", says + whole, files)
    if counts.without_time:
        yield Gap(
            "Events without a time",
            f"{counts.without_time} events have no time that could be read: they are in the case, "
            "and in no answer that is limited to a time.",
        )


def _asked_and_refused(coverage: Coverage | None) -> Iterator[Gap]:
    refused = [
        _of_line(line)
        for line in (gap_lines(coverage) if coverage is not None else ())
        if line.source in EVENT_SOURCES and line.state is not Known.NOT_LOGGED
    ]
    if refused:
        yield _listed("Asked without an answer", "Asked for, and not got in full:", refused)


def _of_line(line: GapLine) -> str:
    only = f" (asked for {line.filter} only)" if line.filter else ""
    state = "not asked" if line.state is Known.UNKNOWN else line.state
    return redact_text(
        f"{line.source}{only}, account {line.account}, {line.region}, "
        f"{_when(line.since_ms)} to {_when(line.until_ms)}: {state}. {line.detail}".rstrip()
    )


def _when(at_ms: int | None) -> str:
    return "a time not known" if at_ms is None else format_utc(at_ms)


def _seen_by_nobody(coverage: Coverage | None) -> Iterator[Gap]:
    spots = [
        f"account {spot.account}, {spot.region}, {format_utc(spot.since_ms)} to "
        f"{format_utc(spot.until_ms)}: "
        f"{'not asked' if spot.state is Known.UNKNOWN else f'{spot.state}. {spot.detail}'}"
        for spot in (coverage.blind_spots if coverage is not None else ())
    ]
    if spots:
        yield _listed(
            "Seen by no source",
            "Stretches of an hour or more that no source answered whole:",
            map(redact_text, spots),
        )


def _not_logged(coverage: Coverage | None) -> Iterator[Gap]:
    spans = [
        f"account {span.account}, Regions {span.where}: {span.sentence}"
        + (f"; events {', '.join(span.events)}" if span.events else "")
        + ("; another trail logged it" if span.others_log else "")
        for span in (coverage.not_logged if coverage is not None else ())
    ]
    if spans:
        yield _listed(
            "Not logged",
            "What trails did not log can't be in their files. Event history (LookupEvents) does "
            "not depend on a trail.",
            map(redact_text, spans),
        )


def _steps(steps: Sequence[StepLine]) -> Iterator[Gap]:
    skipped = [f"{s.id} ({s.title}): {s.reason}" for s in steps if s.state == "skipped"]
    if skipped:
        yield _listed("Skipped steps", "Passed over, with the reason given:", skipped)
    left = [f"{step.id} ({step.title})" for step in steps if step.state in ("open", "ran")]
    if left:
        yield _listed(
            "Steps that were not completed",
            "Open when this report was made, or not applicable by the playbook's own conditions:",
            left,
        )


def _queries(case: Case) -> Iterator[Gap]:
    found = find_query_gaps(case)
    if said := [*truncated_steps(case), *found.cut]:
        yield _listed("Results that were cut", "More was found than was shown:", said)
    if found.failed:
        says = "Asked of the case or of a query engine at AWS, without an answer:"
        yield _listed("Queries that failed", says, found.failed)
    if found.lost:
        yield _listed(
            "Queries whose end is not known",
            "Started at AWS and written down, and neither an answer nor a failure after that: the "
            "program ended before, or waits still. They are paid for; AWS keeps answers for a "
            "while, by their id.",
            found.lost,
        )


def _listed(title: str, says: str, items: Iterable[str]) -> Gap:
    listed = list(items)
    return Gap(title, says, tuple(listed[:MOST_ITEMS]), max(0, len(listed) - MOST_ITEMS))
