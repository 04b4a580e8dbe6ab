"""What was not logged, as far as a case can tell: from AWS's answers and from the events."""

from collections.abc import Mapping
from dataclasses import replace

from trailtui.case.evidence import original_bytes
from trailtui.case.file import Case
from trailtui.case.packing import unpack
from trailtui.case.trail_changes import trail_changes, unlogged_by_changes
from trailtui.case.trail_state import (
    ORIGIN,
    Trail,
    TrailAnswer,
    answer_of,
    logged_throughout,
    trails_of,
    unlogged_by_state,
)
from trailtui.case.unlogged import EVERYTHING, NotLogged


def trail_answers(case: Case) -> list[TrailAnswer]:
    """The answers about trails that are kept as evidence."""
    rows = case.connection.execute(
        "SELECT o.evidence, o.origin, o.told, o.seen_ms FROM evidence_origins o "
        "JOIN evidence e ON e.id = o.evidence "
        "WHERE o.origin >= ? AND o.origin < ? AND e.kind = 'answer'",
        [ORIGIN, f"{ORIGIN[:-1]}!"],
    ).fetchall()
    found: list[TrailAnswer] = []
    for evidence, origin, told, seen_ms in rows:
        content = unpack(b"".join(original_bytes(case, evidence))).content
        answer = answer_of(origin, content, told, seen_ms)
        if answer is not None:
            found.append(answer)
    return found


def not_logged(case: Case) -> list[NotLogged]:
    """Every stretch that some trail did not log, each with why and how sure that is."""
    trails = trails_of(trail_answers(case))
    multi = {trail.name: trail.multi_region for several in trails.values() for trail in several}
    by_changes = unlogged_by_changes(trail_changes(case), multi)
    return [
        *unlogged_by_state(trails),
        *(replace(span, others_log=_others_log(span, trails)) for span in by_changes),
    ]


def _others_log(span: NotLogged, trails: Mapping[tuple[str, str], list[Trail]]) -> bool:
    """Whether AWS names another trail that has logged all along in each Region of the span."""
    concerned = {
        region: several
        for (account, region), several in trails.items()
        if span.concerns(account, region)
    }
    if span.what != EVERYTHING or not concerned:
        return False
    return all(
        any(logged_throughout(trail, span) for trail in several if trail.name != span.trail)
        for several in concerned.values()
    )
