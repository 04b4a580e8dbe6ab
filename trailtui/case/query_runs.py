"""What query engines at AWS answered: kept with what was sent, what it cost, when and for whom.

An answer stays as it came: the same question again is a further row. The hash over its rows is in
the action log, too, so what a report quotes can be checked.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import zstandard

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import CaseError, InputError

Scalar = str | int | float | bool | None
Rows = tuple[tuple[Scalar, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to an engine, before it is asked."""

    engine: str
    """athena | lake | insights"""
    account: str
    region: str
    place: str
    """The table, event data store or log group."""
    sent: str
    sql: str
    parameters: Mapping[str, Scalar]
    name: str = ""
    sha256: str = ""
    identity: str = ""

    @property
    def key(self) -> str:
        """What tells two questions apart: the engine, the place, and the query as it is sent."""
        parts = [self.engine, self.account, self.region, self.place, self.sent]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def as_json(self) -> dict[str, object]:
        """For the action log."""
        what: dict[str, object] = {"on": self.engine, "account": self.account}
        what |= {"region": self.region, "place": self.place, "as": self.identity}
        what |= {"name": self.name, "sha256": self.sha256} if self.name else {"sql": self.sql}
        return {**what, "parameters": dict(self.parameters)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it cost."""

    query: str
    """AWS's id."""
    started_ms: int
    ended_ms: int
    scanned_bytes: int
    dollars: float
    columns: tuple[tuple[str, str], ...]
    """Name and type of each."""
    rows: Rows
    more: bool
    """Whether there were more rows than were taken."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in the case."""

    id: int
    asked: Asked
    answer: Answer
    sha256: str
    """Of the answer's rows as lines of JSON."""
    count: int
    """Of its rows; they are left out of `answer` where several runs are listed."""


_FIELDS = (
    "id, engine, account, region, place, sent, sql, parameters, name, sha256, identity, query, "
    "started_ms, ended_ms, scanned_bytes, dollars, columns, rows, more, notes, answer_sha256"
)


def lines_of(rows: Sequence[Sequence[Scalar]]) -> bytes:
    """Rows as lines of JSON, over which the hash goes."""
    return "".join(f"{json.dumps(list(row), separators=(',', ':'))}\n" for row in rows).encode()


def keep(case: Case, asked: Asked, answer: Answer) -> Kept:
    """Keep an answer; it and its entry in the action log are committed together."""
    lines = lines_of(answer.rows)
    digest = hashlib.sha256(lines).hexdigest()
    values = {
        "question": asked.key, "engine": asked.engine, "account": asked.account,
        "region": asked.region, "place": asked.place, "name": asked.name, "sha256": asked.sha256,
        "sql": asked.sql, "parameters": json.dumps(dict(asked.parameters)), "sent": asked.sent,
        "query": answer.query, "identity": asked.identity,
        "who": json.dumps(dict(case.responder.as_json())), "started_ms": answer.started_ms,
        "ended_ms": answer.ended_ms, "scanned_bytes": answer.scanned_bytes,
        "dollars": answer.dollars, "columns": json.dumps(answer.columns),
        "rows": len(answer.rows), "more": int(answer.more), "notes": json.dumps(answer.notes),
        "answer": zstandard.ZstdCompressor().compress(lines), "answer_sha256": digest,
    }  # fmt: skip
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    with case.writing() as connection:
        cursor = connection.execute(
            f"INSERT INTO query_runs ({names}) VALUES ({marks})",  # noqa: S608 - names from above
            list(values.values()),
        )
        number = int(cursor.lastrowid or 0)
        told = {"run": number, "query": answer.query, "rows": len(answer.rows)}
        told |= {"truncated": answer.more, "scanned_bytes": answer.scanned_bytes}
        cost = {"dollars": round(answer.dollars, 6), "answer_sha256": digest}
        append(case, "query", {**asked.as_json(), **told, **cost})
    return Kept(number, asked, answer, digest, len(answer.rows))


def find_kept(case: Case, asked: Asked, limit: int) -> Kept | None:
    """The newest answer to the same question that holds all rows, or at least `limit` of them."""
    row = case.connection.execute(
        "SELECT id FROM query_runs WHERE question = ? AND (more = 0 OR rows >= ?) "
        "ORDER BY id DESC LIMIT 1",
        [asked.key, limit],
    ).fetchone()
    return kept_run(case, int(row[0])) if row else None


def kept_run(case: Case, number: int) -> Kept:
    """One kept answer with its rows.

    Raises InputError where there is none of that number, CaseError where its rows are not what
    their hash says.
    """
    row = case.connection.execute(
        f"SELECT {_FIELDS}, answer FROM query_runs WHERE id = ?",  # noqa: S608
        [number],
    ).fetchone()
    if row is None:
        cure = "`trailtui query CASE --runs` lists them."
        raise InputError(f"the case has no kept answer {number}", cure=cure)
    try:
        lines = zstandard.ZstdDecompressor().decompress(row[-1])
    except zstandard.ZstdError:
        lines = None
    if lines is None or hashlib.sha256(lines).hexdigest() != row[-2]:
        raise CaseError(f"the rows of the kept answer {number} were changed after it was kept")
    return _kept(row, tuple(tuple(json.loads(line)) for line in lines.splitlines()))


def all_kept(case: Case) -> list[Kept]:
    """Every kept answer, the newest first, without its rows."""
    found = case.connection.execute(
        f"SELECT {_FIELDS} FROM query_runs ORDER BY id DESC"  # noqa: S608
    )
    return [_kept(row, ()) for row in found]


def _kept(row: Sequence[object], rows: Rows) -> Kept:
    values: dict[str, object] = dict(zip(_FIELDS.split(", "), row, strict=False))

    def text(name: str) -> str:
        return str(values[name])

    def number(name: str) -> int:
        return int(text(name))

    asked = Asked(
        text("engine"), text("account"), text("region"), text("place"), text("sent"), text("sql"),
        json.loads(text("parameters")), text("name"), text("sha256"), text("identity"),
    )  # fmt: skip
    answer = Answer(
        text("query"), number("started_ms"), number("ended_ms"), number("scanned_bytes"),
        float(text("dollars")), tuple((one[0], one[1]) for one in json.loads(text("columns"))),
        rows, bool(number("more")), tuple(json.loads(text("notes"))),
    )  # fmt: skip
    return Kept(number("id"), asked, answer, text("answer_sha256"), number("rows"))
