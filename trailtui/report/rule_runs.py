"""Which rules ran over a case and when, and which files about addresses they could ask."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from trailtui.case.detections import list_detections
from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.detect.enrich.sources import sources_of
from trailtui.model.redact import redact, redact_text
from trailtui.report.containment import who_is
from trailtui.report.view import Enriched, ListChange, RuleLine, RuleRun, RuleRuns, SourceLine

MOST_RUNS = 50
MOST_RULES = 200
_MOST_REFUSED = 20


def rule_runs(
    case: Case, most_runs: int | None = MOST_RUNS, most_rules: int | None = MOST_RULES
) -> RuleRuns:
    """The runs, the oldest first, and the rules that ran, by kind and id.

    A run of more than 500 rules has the first 500 in the log, and how many there were.
    """
    runs: list[RuleRun] = []
    ran: dict[tuple[str, str, str], list[int]] = {}
    lists: tuple[str, ...] = ()
    for entry in entries(case, kinds=("detect", "enrich")):
        if entry.kind == "enrich":
            lists = _files_of(entry)
            continue
        if "rules" not in entry.what:
            continue
        rules = [(str(rule[0]), str(rule[1]), str(rule[2])) for rule in _rules_of(entry)]
        for rule in rules:
            ran.setdefault(rule, []).append(entry.at_ms)
        runs.append(_run(entry, rules, lists))
    found = Counter((one.kind, one.rule, one.rule_sha256) for one in list_detections(case))
    lines = [
        RuleLine(kind, redact_text(name), digest, len(times), max(times),
                 found[kind, name, digest])
        for (kind, name, digest), times in sorted(ran.items())
    ]  # fmt: skip
    shown = runs[-most_runs:] if most_runs else runs
    return RuleRuns(
        tuple(shown), len(runs) - len(shown), tuple(lines[:most_rules]),
        len(lines) - len(lines[:most_rules]),
    )  # fmt: skip


def _rules_of(entry: LogEntry) -> list[Sequence[object]]:
    rules = entry.what.get("rules")
    listed = cast("list[object]", rules) if isinstance(rules, list) else []
    return [
        cast("Sequence[object]", rule)
        for rule in listed
        if isinstance(rule, list) and len(cast("list[object]", rule)) == 3
    ]


def _run(
    entry: LogEntry, rules: Sequence[tuple[str, str, str]], lists: tuple[str, ...]
) -> RuleRun:  # fmt: skip
    what = cast("Mapping[str, Any]", redact(dict(entry.what)))

    def number(name: str) -> int:
        value = what.get(name)
        return value if isinstance(value, int) else 0

    refused = [str(one) for one in what.get("refused") or ()]
    shown = refused[:_MOST_REFUSED]
    return RuleRun(
        at_ms=entry.at_ms,
        who=who_is(entry.who),
        log_entry=entry.seq,
        events=number("events"),
        records_read=number("records_read"),
        kinds=tuple(sorted(Counter(kind for kind, _, _ in rules).items())),
        rules=number("rules_in_all") or len(rules),
        refused=tuple(shown),
        refused_more=(number("refused_in_all") or len(refused)) - len(shown),
        passed_over=number("passed_over"),
        new=number("new"),
        grown=number("grown"),
        known=number("known"),
        lists=lists,
    )


def enriched(case: Case) -> Enriched:
    """The files about addresses in use, and each change of them."""
    changes = tuple(
        ListChange(
            entry.at_ms,
            who_is(entry.who),
            "; ".join(_files_of(entry)) or "none any more",
            entry.seq,
        )
        for entry in entries(case, kinds=("enrich",))
    )
    sources = tuple(
        SourceLine(one.kind, redact_text(one.path), one.sha256, redact_text(one.column))
        for one in sources_of(case)
    )
    return Enriched(sources, changes)


def _files_of(entry: LogEntry) -> tuple[str, ...]:
    files = entry.what.get("files")
    listed = cast("list[object]", files) if isinstance(files, list) else []
    told = [cast("Mapping[str, object]", one) for one in listed if isinstance(one, dict)]
    return tuple(
        redact_text(f"{one.get('kind')} {one.get('path')}, SHA-256 {one.get('sha256')}")
        for one in told
    )
