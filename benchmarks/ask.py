"""Pages, filters, summaries and LIKE over a case of a million events.

    python -m benchmarks.ask --events 1000000 --rounds 15

Each question is asked of the functions that the screens and the commands use, on one open case,
after its pages have been brought into memory once.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.collect import PROGRAM, prepared_trail, verdict
from benchmarks.measuring import Rounds, run_measured
from trailtui.case.entities import summarize_entities
from trailtui.case.events import EventFilter, count, find, page, record_of
from trailtui.case.file import Case
from trailtui.model.entity import Entity
from trailtui.model.times import TimeWindow
from trailtui.query.where import compile_where

PAGE_LIMIT_MS = 20.0
PAGE_ROWS = 200
_PAGES = ("page", "filtered")
_TOO_LONG_SECONDS = 2.0
"""A question that takes longer is asked three times instead of `rounds`."""

CONDITIONS = {
    "IN of five frequent names": (
        "eventName IN ('GetObject', 'Decrypt', 'AssumeRole', 'DescribeInstances', 'PutObject')"
    ),
    "LIKE on the event name, frequent": "eventName LIKE 'Describe%'",
    "LIKE on the event name, rare": "eventName LIKE '%Wafv2Policies'",
    "LIKE on the user agent": "userAgent LIKE '%Terraform%'",
    "LIKE that nothing meets": "eventName LIKE '%NoSuchThing%'",
}


@dataclass(slots=True)
class Question:
    """What is asked, and how long the answers took."""

    title: str
    group: str
    ask: Callable[[], object]
    milliseconds: Rounds = field(default_factory=Rounds)
    answer: str = ""


@dataclass(slots=True)
class AskResult:
    """All questions about one case."""

    events: int
    case_bytes: int
    rounds: int
    questions: list[Question]


def measure_asking(case_path: Path, rounds: int) -> AskResult:
    """Ask everything of one case."""
    with Case.open(case_path, readonly=True) as case:
        questions = [*_pages(case), *_filters(case), *_summaries(case), *_single(case)]
        for question in questions:
            _time(question, rounds)
            print(f"{question.title}: {question.milliseconds.median:.1f} ms", file=sys.stderr)
        return AskResult(count(case), case_path.stat().st_size, rounds, questions)


def _time(question: Question, rounds: int) -> None:
    started = time.perf_counter()
    answer = question.ask()
    first = time.perf_counter() - started
    question.answer = _described(answer)
    for _ in range(3 if first > _TOO_LONG_SECONDS else rounds):
        started = time.perf_counter()
        question.ask()
        question.milliseconds.values.append((time.perf_counter() - started) * 1000)


def _described(answer: object) -> str:
    rows = getattr(answer, "rows", answer)
    if isinstance(rows, tuple | list):
        return f"{len(rows):,} rows"
    return f"{rows:,}" if isinstance(rows, int) else f"{len(rows):,} bytes"  # type: ignore[arg-type]


def _deep_id(case: Case, share: float) -> int:
    """The id of the row that stands that far into the case."""
    offset = int(count(case) * share)
    row = case.connection.execute(
        "SELECT id FROM event_rows ORDER BY id LIMIT 1 OFFSET ?", [offset]
    ).fetchone()
    return row[0]


def _busiest(case: Case, kind: str) -> Entity:
    return summarize_entities(case, kind, limit=1)[0].entity


def _rarest(case: Case, kind: str) -> Entity:
    return summarize_entities(case, kind, limit=100_000)[-1].entity


def _pages(case: Case) -> list[Question]:
    deep = _deep_id(case, 0.9)
    busy, rare = _busiest(case, "principal"), _rarest(case, "principal")
    resource = _busiest(case, "resource")

    def asked(title: str, chosen: EventFilter, after: int | None) -> Question:
        return Question(title, "page", lambda: page(case, chosen, after=after, limit=PAGE_ROWS))

    everything = EventFilter()
    of_busy = EventFilter(entities=(busy,))
    of_agent = EventFilter(entities=(_busiest(case, "agent"),))
    return [
        asked("all events, first page", everything, None),
        asked("all events, 90 % deep", everything, deep),
        Question(
            "all events, 90 % deep, back", "page",
            lambda: page(case, everything, before=deep, limit=PAGE_ROWS),
        ),
        Question(
            "all events, newest first", "page",
            lambda: page(case, everything, newest_first=True, limit=PAGE_ROWS),
        ),
        asked("busiest principal, first page", of_busy, None),
        asked("busiest principal, 90 % deep", of_busy, deep),
        asked("rarest principal", EventFilter(entities=(rare,)), None),
        asked("busiest user agent (no index), first page", of_agent, None),
        asked("rarest user agent (no index)",
              EventFilter(entities=(_rarest(case, "agent"),)), None),
        asked("busiest resource, first page", EventFilter(entities=(resource,)), None),
        asked("busiest resource, 90 % deep", EventFilter(entities=(resource,)), deep),
        asked("rarest resource", EventFilter(entities=(_rarest(case, "resource"),)), None),
        asked("errors, 90 % deep", EventFilter(errors=True), deep),
        asked("writes, 90 % deep", EventFilter(writes=True), deep),
        asked("busiest principal, errors", EventFilter(entities=(busy,), errors=True), None),
        asked("busiest principal, errors, writes, 90 % deep",
              EventFilter(entities=(busy,), errors=True, writes=True), deep),
        asked("two principals, 90 % deep", EventFilter(entities=(busy, rare)), deep),
        asked("busiest principal from the busiest address",
              EventFilter(entities=(busy, _busiest(case, "ip"))), None),
    ]  # fmt: skip


def _filters(case: Case) -> list[Question]:
    deep = _deep_id(case, 0.9)
    questions: list[Question] = []
    for title, expression in CONDITIONS.items():
        chosen = EventFilter(where=compile_where(case, expression))
        questions += [
            Question(
                f"{title}, first page", "filtered",
                lambda chosen=chosen: page(case, chosen, limit=PAGE_ROWS),
            ),
            Question(
                f"{title}, 90 % deep", "filtered",
                lambda chosen=chosen: page(case, chosen, after=deep, limit=PAGE_ROWS),
            ),
            Question(f"{title}, count", "filter", lambda chosen=chosen: count(case, chosen)),
        ]  # fmt: skip
    return questions


def _summaries(case: Case) -> list[Question]:
    hour = TimeWindow(
        (_deep_id(case, 0.5) >> 31) * 1000, ((_deep_id(case, 0.5) >> 31) + 3600) * 1000
    )
    questions = [
        Question(
            f"entity summary: {kind}", "summary",
            lambda kind=kind: summarize_entities(case, kind, limit=1000),
        )
        for kind in ("principal", "credential", "ip", "agent", "resource")
    ]  # fmt: skip
    questions.append(
        Question(
            "entity summary: principal, one hour", "summary",
            lambda: summarize_entities(case, "principal", EventFilter(window=hour)),
        )
    )  # fmt: skip
    questions.append(Question("count of all events", "summary", lambda: count(case)))
    return questions


def _single(case: Case) -> list[Question]:
    row = page(case, after=_deep_id(case, 0.5), limit=1).rows[0]
    return [
        Question("one event by its event id", "single", lambda: find(case, row.event_id)),
        Question("the record of one event", "single", lambda: record_of(case, row)),
    ]


def as_markdown(result: AskResult) -> str:
    """The section of RESULTS.md."""
    lines = [
        f"{result.events:,} events, a case of {result.case_bytes / 1e6:,.0f} MB, warm, one "
        f"connection, {result.rounds} rounds (3 where an answer takes more than "
        f"{_TOO_LONG_SECONDS:.0f} s); a page has {PAGE_ROWS} rows; medians (min-max).",
        "",
        "| | ms | answer |",
        "|---|---|---|",
    ]
    for question in result.questions:
        title = f"page: {question.title}" if question.group in _PAGES else question.title
        lines.append(f"| {title} | {question.milliseconds.written(1)} | {question.answer} |")
    verdicts = [
        _page_verdict(result, "page", "pages of all events and of entities", wanted=True),
        _page_verdict(result, "filtered", "pages with a condition", wanted=False),
    ]
    return "\n".join([*lines, "", *verdicts]) + "\n"


def _page_verdict(result: AskResult, group: str, what: str, *, wanted: bool) -> str:
    pages = [question for question in result.questions if question.group == group]
    slow = [page for page in pages if page.milliseconds.median >= PAGE_LIMIT_MS]
    text = f"{len(pages) - len(slow)} of {len(pages)} {what} in less than {PAGE_LIMIT_MS:.0f} ms"
    if slow:
        text += "; not: " + "; ".join(page.title for page in slow)
    return verdict(text, good=not slow if wanted else None)


def prepared_case(folder: Path, events: int) -> Path:
    """A trail of that many events, collected into a case."""
    trail = folder / "asked-trail"
    prepared_trail(trail, events)
    path = folder / "asked.case"
    run_measured([PROGRAM, "new", str(path)])
    run_measured([PROGRAM, "collect", str(path), "files", str(trail)])
    return path


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--case", type=Path, help="an existing case instead of a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trailtui-benchmark-") as folder:
        path = given.case or prepared_case(Path(folder), given.events)
        print(as_markdown(measure_asking(path, given.rounds)))


if __name__ == "__main__":
    main()
