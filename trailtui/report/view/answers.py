"""What query engines at AWS answered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A kept answer: what was asked of whom, what it cost, what came."""

    number: int
    engine: str
    account: str
    region: str
    place: str
    """The table, event data store or log group."""
    name: str
    """Of the library's query; empty for SQL of one's own."""
    query_sha256: str
    """Of the library's file; empty for SQL of one's own."""
    sql: str
    parameters: tuple[tuple[str, str], ...]
    sent: str
    """The query in the engine's words, as it was sent."""
    query: str
    """The id by which AWS knows it."""
    identity: str
    """The ARN of who asked AWS."""
    who: str
    started_ms: int
    ended_ms: int
    scanned_bytes: int
    dollars: float
    rows: int
    more: bool
    """Whether there were more rows than were taken."""
    sha256: str
    """Of the rows as they were kept."""
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]
    fault: str
    """What is wrong with the rows; empty where they are what was kept."""
    log_entry: int | None
    """Where the action log has it; None where it does not."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All answers, and what asking cost."""

    lines: tuple[AnswerLine, ...]
    more: int
    """Answers beyond those listed."""
    count: int
    dollars: float
    """Of all kept answers."""
    lost_dollars: float
    """Of queries that were paid for and gave no answer, as far as the log knows."""
