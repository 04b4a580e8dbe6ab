"""Entities and sessions as rows of a list, and one of them in full."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from trailtui.case.entities import EntitySummary, calls_of_entities, summarize_entities
from trailtui.case.entity_counts import Call
from trailtui.case.events import EventFilter
from trailtui.case.file import Case
from trailtui.case.marks import JudgedEntity, judged_entities
from trailtui.case.sessions import Session, sessions_beneath
from trailtui.detect.enrich.enrichment import ON_LIST
from trailtui.model.entity import Entity
from trailtui.model.wording import numbered
from trailtui.tui.filter_line import sql_text
from trailtui.tui.record_lines import RecordLine, known_line
from trailtui.tui.showing import ASCII, labelled_time, show_time, zone_label
from trailtui.tui.widgets.table import Cell, Column

Row = EntitySummary | Session
"""An entity, or a session that was unfolded beneath its principal."""
MOST_CALLS = 40
_VERDICTS = {
    "given": Cell("G given", "cyan"),
    "indicator": Cell("I indicator" if ASCII else "I✖ indicator", "bold red"),
    "cleared": Cell("C cleared" if ASCII else "C✓ cleared", "green"),
}
_BENEATH = "  - " if ASCII else "  └ "


def entity_columns(
    is_local: Callable[[], bool], known: Callable[[str], str] = lambda _: ""
) -> list[Column[Row]]:
    """The columns.

    `is_local` tells the zone at the moment of drawing, `known` what is known of an address.
    """

    def zone() -> str:
        return zone_label(local=is_local())

    def time(at_ms: int | None) -> Cell:
        return Cell(show_time(at_ms, local=is_local()))

    return [
        Column("value", "value", lambda row: _value(row, known), 20, 90),
        Column("events", " events", lambda row: Cell(f"{row.events:>7,}"), 7, 10),
        Column("errors", " errors", lambda row: _number(row.errors, "red"), 7, 10),
        Column("risky", "risk ok", lambda row: _number(row.risky_succeeded, "bold yellow"), 7, 10),
        Column("refused", "risk err", lambda row: _number(row.risky_failed, "red"), 8, 10, 2),
        Column("verdict", "verdict", _verdict, 12, 12),
        Column("last", lambda: f"last, {zone()}", lambda row: time(row.last_ms), 19, 19, 1),
        Column("first", lambda: f"first, {zone()}", lambda row: time(row.first_ms), 19, 19, 3),
        Column("calls", "risky calls", _calls, 20, 80, 4),
    ]


def _value(row: Row, known: Callable[[str], str]) -> Cell:
    if isinstance(row, EntitySummary):
        words = known(row.entity.value) if row.entity.kind == "ip" else ""
        if words:
            style = "bold red" if ON_LIST in words else ""
            return Cell(f"{row.entity.value}  {words}", style)
        return Cell(row.entity.value, tail=True)
    name = row.name or row.source_identity or row.on_behalf_of or ""
    told = " ".join(part for part in (name, row.credential or "no credential") if part)
    return Cell(f"{_BENEATH}{told}", "dim")


def _number(number: int, style: str) -> Cell:
    return Cell(f"{number:>7,}" if number else " " * 6 + "-", style if number else "")


def _verdict(row: Row) -> Cell:
    verdict = row.verdict if isinstance(row, EntitySummary) else None
    return _VERDICTS.get(verdict or "", Cell(""))


def _calls(row: Row) -> Cell:
    return Cell(
        ", ".join(f"{call.name} {call.succeeded + call.failed}" for call in row.risky_calls)
    )


def entity_of_row(row: Row) -> Entity:
    """What the row leads to; of a session without a credential its principal."""
    if isinstance(row, EntitySummary):
        return row.entity
    if row.credential:
        return Entity("credential", row.credential)
    return Entity("principal", row.principal)


def read_entities(case: Case, kind: str, chosen: EventFilter, most: int) -> list[EntitySummary]:
    """The list of a kind, with risky calls counted apart; runs in a lane."""
    from trailtui.detect.riskiness import is_risky

    return summarize_entities(case, kind, chosen, limit=most, risky=is_risky)


def read_known(case: Case, found: Iterable[EntitySummary]) -> dict[str, str]:
    """What the case's databases and lists know of the addresses among them; runs in a lane."""
    from trailtui.detect.enrich.enrichment import open_enrichment

    known = open_enrichment(case)
    addresses = [one.entity.value for one in found if one.entity.kind == "ip"] if known else []
    return {text: words for text in addresses if (words := known.about(text).words())}


def read_sessions(case: Case, principal: str, chosen: EventFilter) -> list[Session]:
    """The sessions beneath a principal; runs in a lane."""
    from trailtui.detect.riskiness import is_risky

    return sessions_beneath(case, [principal], chosen, risky=is_risky).get(principal, [])


@dataclass(frozen=True, slots=True)
class EntityDetail:
    """What is known of a row besides its counts."""

    judged: tuple[JudgedEntity, ...]
    calls: tuple[Call, ...]
    meanings: dict[tuple[str, str], str]
    """What calls mean, by source and name."""
    sessions: tuple[Session, ...]
    known: tuple[tuple[str, str], ...] = ()
    """What is known of an address."""


def read_entity(case: Case, row: Row, chosen: EventFilter) -> EntityDetail:
    """Read it among the events of a filter; runs in a lane."""
    from dataclasses import replace

    from trailtui.detect.enrich.beside import known_of_address
    from trailtui.detect.enrich.enrichment import open_enrichment
    from trailtui.detect.enrich.meanings import meaning
    from trailtui.detect.riskiness import is_risky

    entity = entity_of_row(row)
    others = tuple(one for one in chosen.entities if one.kind != entity.kind)
    own = replace(chosen, entities=(*others, entity))
    calls = calls_of_entities(case, entity.kind, own, risky=is_risky).get(entity.value, [])
    known = {(call.source, call.name): meaning(call.source, call.name) for call in calls}
    sessions = read_sessions(case, entity.value, own) if entity.kind == "principal" else []
    return EntityDetail(
        tuple(each for each in judged_entities(case) if each.entity == entity),
        tuple(calls),
        {key: found.says for key, found in known.items() if found is not None},
        tuple(sessions),
        known_of_address(entity.value, open_enrichment(case)) if entity.kind == "ip" else (),
    )


def entity_lines(row: Row, detail: EntityDetail, *, local: bool) -> list[RecordLine]:
    """Everything about an entity or a session."""
    entity = entity_of_row(row)
    lines = [RecordLine(entity.kind, entity.value, "bold", entity=entity)]
    if isinstance(row, Session):
        lines += _session_facts(row, local=local)
    lines += [known_line(label, words) for label, words in detail.known]
    lines += [
        RecordLine("events", f"{row.events:,}"),
        RecordLine("errors", f"{row.errors:,}", "red" if row.errors else ""),
        RecordLine(
            "risky calls", f"{row.risky_succeeded:,} succeeded, {row.risky_failed:,} failed"
        ),
        RecordLine(
            "other calls", f"{row.other_succeeded:,} succeeded, {row.other_failed:,} failed"
        ),
    ]
    if row.first_ms is not None and row.last_ms is not None:
        lines.append(RecordLine("first seen", labelled_time(row.first_ms, local=local)))
        lines.append(RecordLine("last seen", labelled_time(row.last_ms, local=local)))
    for each in detail.judged:
        lines.append(RecordLine("verdict", each.verdict, "bold"))
        lines.append(RecordLine("  why", each.reason or "no reason given"))
        lines.append(RecordLine("  since", labelled_time(each.at_ms, local=local)))
    lines.append(RecordLine("", ""))
    lines.append(RecordLine("", "x shows its events, I judges it malicious, C clears it"))
    for title, risky, failed in _CLASSES:
        lines += _calls_of_class(detail, title, risky=risky, failed=failed)
    if detail.sessions and isinstance(row, EntitySummary):
        lines += [RecordLine("", ""), RecordLine("SESSIONS", f"{len(detail.sessions):,}", "bold")]
        lines += [_session_line(one, local=local) for one in detail.sessions]
    return lines


_CLASSES = (
    ("RISKY, SUCCEEDED", True, False), ("RISKY, FAILED", True, True),
    ("OTHERS, FAILED", False, True), ("OTHERS, SUCCEEDED", False, False),
)  # fmt: skip


def _calls_of_class(
    detail: EntityDetail, title: str, *, risky: bool, failed: bool
) -> Iterator[RecordLine]:
    counted = [
        (call.failed if failed else call.succeeded, call)
        for call in detail.calls
        if call.risky == risky
    ]
    shown = sorted((one for one in counted if one[0]), key=lambda one: (-one[0], one[1].name))
    if not shown:
        return
    yield RecordLine("", "")
    yield RecordLine(title, f"{sum(number for number, _ in shown):,}", "bold")
    for number, call in shown[:MOST_CALLS]:
        says = detail.meanings.get((call.source, call.name), "") if risky else ""
        told = f"{call.name} ({call.source.removesuffix('.amazonaws.com')})"
        condition = f"eventName = {sql_text(call.name)}"
        style = "red" if failed else "yellow" if risky else ""
        value = f"{told}  {says}".rstrip()
        yield RecordLine(f"{number:>9,}", value, style, condition=condition)
    more = len(shown) - MOST_CALLS
    if more > 0:
        yield RecordLine("", f"… and {more:,} more calls")


def _session_facts(row: Session, *, local: bool) -> Iterable[RecordLine]:
    yield RecordLine("principal", row.principal, entity=Entity("principal", row.principal))
    if row.name:
        yield RecordLine("session", row.name)
    if row.began_ms is not None:
        yield RecordLine("began", labelled_time(row.began_ms, local=local))
    if row.mfa is not None:
        yield RecordLine("MFA", "yes" if row.mfa else "no")
    for label, value in (
        ("source identity", row.source_identity), ("on behalf of", row.on_behalf_of),
    ):  # fmt: skip
        if value:
            yield RecordLine(label, value)


def _session_line(one: Session, *, local: bool) -> RecordLine:
    parts = [one.credential or "no credential", one.name or ""]
    parts += [numbered(one.events, "event"), f"{one.errors:,} failed" if one.errors else ""]
    risky = one.risky_succeeded + one.risky_failed
    parts += [f"{risky:,} risky" if risky else ""]
    when = show_time(one.first_ms, local=local) or "no time"
    return RecordLine(when, "  ".join(filter(None, parts)), entity=entity_of_row(one))
