"""What was not looked at, so that nobody takes silence for innocence."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from trailtui.case.coverage import HourCount, hours
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.model.times import HOUR_MS, format_utc
from trailtui.report.procedure import truncated_steps
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
    case: Case, counts: Counts, lines: Sequence[HoursLine], steps: Sequence[StepLine]
) -> tuple[Gap, ...]:
    """Everything that was not looked at, as far as the case can tell."""
    found = [
        *_sources(case),
        *_accounts(case),
        *_regions(lines),
        *_hours(lines),
        *_unreadable(case, counts),
        *_asked_and_refused(case),
        *_steps(steps),
        *_truncated(case),
        Gap(
            "AWS's own signatures",
            "AWS signs digests of its log files; they were not checked here. That the evidence is "
            "what AWS wrote can be checked from the files in the bundle, where digests are.",
        ),
    ]
    return tuple(found)


def _sources(case: Case) -> Iterator[Gap]:
    asked = {str(entry.what.get("source")) for entry in entries(case, kinds=("collect",))}
    rows = case.connection.execute("SELECT DISTINCT source FROM fetches")
    asked |= {row[0] for row in rows}
    never = [text for name, text in _SOURCES.items() if name not in asked]
    says = "Never asked. What only they hold is not in this case."
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


def _regions(lines: Sequence[HoursLine]) -> Iterator[Gap]:
    by_account: dict[str, set[str]] = {}
    for line in lines:
        by_account.setdefault(line.account, set()).add(line.region)
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


def _hours(lines: Sequence[HoursLine]) -> Iterator[Gap]:
    gaps = [
        f"account {line.account or '(not named)'}, {line.region or '(no Region)'}: "
        f"{line.empty_hours} hours, the longest run {line.longest_gap_hours} hours from "
        f"{format_utc(line.longest_gap_ms)}"
        for line in lines
        if line.empty_hours
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


def _asked_and_refused(case: Case) -> Iterator[Gap]:
    rows = case.connection.execute(
        "SELECT account, region, source, state, since_ms, until_ms, detail FROM fetches "
        "WHERE state NOT IN ('fetched', 'empty') ORDER BY 1, 2, 3, 5"
    )
    refused = [
        f"{source}, account {account}, {region}, {format_utc(since)} to {format_utc(until)}: "
        f"{state}. {detail}"
        for account, region, source, state, since, until, detail in rows
    ]
    if refused:
        yield _listed("Asked without an answer", "Asked for, and not got in full:", refused)


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


def _truncated(case: Case) -> Iterator[Gap]:
    said = truncated_steps(case)
    failed: list[str] = []
    for entry in entries(case, kinds=("query",)):
        name = f"log entry {entry.seq}: query {entry.what.get('name') or entry.what.get('sql')}"
        if entry.what.get("truncated"):
            said.append(f"{name} shows the first {entry.what.get('rows')} rows")
        if entry.what.get("failed"):
            failed.append(f"{name}: {entry.what['failed']}")
    if said:
        yield _listed("Results that were cut", "More was found than was shown:", said)
    if failed:
        yield _listed("Queries that failed", "Asked of the case, without an answer:", failed)


def _listed(title: str, says: str, items: Iterable[str]) -> Gap:
    listed = list(items)
    return Gap(title, says, tuple(listed[:MOST_ITEMS]), max(0, len(listed) - MOST_ITEMS))
