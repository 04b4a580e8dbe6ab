"""What query engines at AWS answered, as a case's report says it."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.case.query_runs import Kept, all_kept, kept_run
from trailtui.model.errors import CaseError
from trailtui.model.redact import redact, redact_text
from trailtui.report.containment import who_is
from trailtui.report.view import AnswerLine, Answers

MOST_ANSWERS = 100
MOST_ROWS = 5
_LONGEST_CELL = 200


def find_answers(case: Case, most: int | None = MOST_ANSWERS) -> Answers:
    """The kept answers, the oldest first, each with its first rows; at most `most` of them."""
    kept = all_kept(case)[::-1]
    logged: dict[object, LogEntry] = {}
    lost = 0.0
    for entry in entries(case, kinds=("query",)):
        if "answer_sha256" in entry.what:
            logged[entry.what.get("run")] = entry
        dollars = entry.what.get("dollars")
        if entry.what.get("failed") and isinstance(dollars, int | float):
            lost += dollars
    listed = kept if most is None else kept[:most]
    return Answers(
        lines=tuple(_line(case, one, logged.get(one.id)) for one in listed),
        more=len(kept) - len(listed),
        count=len(kept),
        dollars=sum(one.answer.dollars for one in kept),
        lost_dollars=lost,
    )


def _line(case: Case, kept: Kept, entry: LogEntry | None) -> AnswerLine:
    asked, answer = kept.asked, kept.answer
    first, fault = _first_rows(case, kept)
    if entry is not None and entry.what.get("answer_sha256") != kept.sha256:
        fault = fault or "the action log has another hash of the rows"
    parameters = cast("Mapping[str, object]", redact(dict(asked.parameters)))
    return AnswerLine(
        number=kept.id,
        engine=asked.engine,
        account=asked.account,
        region=asked.region,
        place=redact_text(asked.place),
        name=asked.name,
        query_sha256=asked.sha256,
        sql=redact_text(asked.sql),
        parameters=tuple((name, _text(value)) for name, value in parameters.items()),
        sent=redact_text(asked.sent),
        query=answer.query,
        identity=asked.identity,
        who="" if entry is None else who_is(entry.who),
        started_ms=answer.started_ms,
        ended_ms=answer.ended_ms,
        scanned_bytes=answer.scanned_bytes,
        dollars=answer.dollars,
        rows=kept.count,
        more=answer.more,
        sha256=kept.sha256,
        notes=tuple(redact_text(note) for note in answer.notes),
        columns=tuple(redact_text(name) for name, _ in answer.columns),
        first_rows=first,
        fault=fault,
        log_entry=None if entry is None else entry.seq,
    )


def _first_rows(case: Case, kept: Kept) -> tuple[tuple[tuple[str, ...], ...], str]:
    """The first rows as texts; and what is wrong with them, where they can't be read."""
    try:
        rows = kept_run(case, kept.id).answer.rows[:MOST_ROWS]
    except CaseError as error:
        return (), error.what
    names = [name for name, _ in kept.answer.columns]
    return tuple(tuple(_cut(value) for value in clean_row(names, row)) for row in rows), ""


def clean_row(names: Sequence[str], row: Sequence[object]) -> list[object]:
    """A row in which secrets are replaced, also where only the column's name tells them."""
    padded = [*names, *[""] * (len(row) - len(names))]
    return [
        cast("dict[str, object]", redact({name: value}))[name]
        for name, value in zip(padded, row, strict=False)
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _cut(value: object) -> str:
    text = _text(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
