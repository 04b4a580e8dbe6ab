"""The kept answers of query engines as files of a bundle: what was asked, and the rows.

The rows are written as they were kept, so that their hash is the one in the action log. Where a
secret still stands in them, it is replaced, and the rows as they were kept lie with the evidence.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from trailtui.case.file import Case
from trailtui.case.query_runs import Kept, Scalar, kept_run, lines_of
from trailtui.model.cells import csv_cell
from trailtui.model.errors import CaseError
from trailtui.report import layout
from trailtui.report.answers import clean_row, find_answers
from trailtui.report.plain import plain


@dataclass(frozen=True, slots=True)
class AnswerFiles:
    """One kept answer: its line of answers.json, and the files with its rows by name."""

    told: dict[str, object]
    files: dict[str, bytes]


def answer_files(case: Case) -> Iterator[AnswerFiles]:
    """Each kept answer with its files, one after the other.

    Raises CaseError where the rows are no longer what was kept.
    """
    for line in find_answers(case, None).lines:
        kept = kept_run(case, line.number)
        if line.fault:
            raise CaseError(f"the kept answer {line.number} can't be exported: {line.fault}")
        told = cast("dict[str, object]", plain(line))
        for name in ("first_rows", "fault"):
            del told[name]
        told["columns"] = [[name, kind] for name, kind in kept.answer.columns]
        files = _files(kept)
        yield AnswerFiles({**told, **_named(files)}, files)


def _files(kept: Kept) -> dict[str, bytes]:
    names = [name for name, _ in kept.answer.columns]
    rows = [clean_row(names, row) for row in kept.answer.rows]
    stem = f"{kept.id:06d}"
    lines = lines_of(cast("list[list[Scalar]]", rows))
    files = {
        f"{layout.ANSWERS_FOLDER}{stem}.jsonl": lines,
        f"{layout.ANSWERS_FOLDER}{stem}.csv": _as_csv(names, rows),
    }
    if hashlib.sha256(lines).hexdigest() != kept.sha256:
        files[f"{layout.ORIGINAL_ANSWERS_FOLDER}{stem}.jsonl"] = lines_of(kept.answer.rows)
    return files


def _named(files: dict[str, bytes]) -> dict[str, object]:
    """Which file is which; `original` is null where the rows needed nothing done to them."""
    lines, table, *original = files
    return {"file": lines, "csv": table, "original": original[0] if original else None}


def _as_csv(names: list[str], rows: list[list[object]]) -> bytes:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in names])
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return made.getvalue().encode()
