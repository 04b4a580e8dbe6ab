"""How each node stands: seen when, still usable, until when, and by what it ends."""

from collections.abc import Mapping

from trailtui.lineage.calls import chunks, marks
from trailtui.lineage.drafts import Draft
from trailtui.lineage.endings import Fate
from trailtui.lineage.growth import Growth
from trailtui.lineage.nodes import Certainty, Node, NodeKind, Place
from trailtui.lineage.remedies import endings
from trailtui.model.times import format_utc

_RANK = (Certainty.ISSUED, Certainty.SAME_SESSION, Certainty.INFERRED)
Use = tuple[int, int | None, int | None]
_UNUSED: Use = (0, None, None)


def finish_nodes(growth: Growth, became: Fate, now_ms: int) -> Mapping[str, Node]:
    """All nodes as they stand at a moment."""
    used = _uses(growth)
    sure = _certainties(growth)
    return {
        draft.id: _node(growth, draft, became, now_ms, used.get(draft.id, _UNUSED), sure[draft.id])
        for draft in growth.drafts.values()
    }


def _node(
    growth: Growth, draft: Draft, became: Fate, now_ms: int, use: Use, certainty: Certainty
) -> Node:
    state, until_ms, why = _state(draft, became, now_ms)
    events, first_ms, last_ms = use
    place = growth.places[draft.id]
    if place is Place.ROOT and draft.is_credential and not events and draft.issued_ms is None:
        state, until_ms, why = "unknown", None, "nothing in the case is signed with it or issued it"
    return Node(
        id=draft.id,
        kind=draft.kind,
        account=draft.account,
        principal=draft.principal,
        name=draft.name,
        first_ms=first_ms,
        last_ms=last_ms,
        events=events,
        issued_ms=draft.issued_ms,
        expires_ms=draft.expires_ms,
        state=state,
        until_ms=until_ms,
        why=why,
        ended_by=endings(draft, made=draft.owned and place is Place.DESCENDANT),
        never_used=draft.is_credential and events == 0,
        certainty=certainty,
        place=place,
        principal_id=draft.principal_id,
        session=draft.session,
    )


def _state(draft: Draft, became: Fate, now_ms: int) -> tuple[str, int | None, str]:
    ends = draft.ends_ms
    ended = became.of(draft)
    if ended is not None and (ends is None or ended.at_ms < ends):
        return "ended", ended.at_ms, ended.why
    if ends is not None:
        told = "its record says so" if draft.expires_ms is not None else "at most, by its kind"
        word = "expired" if ends <= now_ms else "live"
        return word, ends, f"until {format_utc(ends)}, {told}"
    if draft.kind in (NodeKind.SERVICE, NodeKind.ACCOUNT, NodeKind.IDENTITY):
        return "unknown", None, "not the account's own to end"
    if draft.limit_ms is not None:
        return "unknown", None, "when it was issued is not known"
    if draft.kind in (NodeKind.INSTANCE, NodeKind.TASK, NodeKind.FUNCTION):
        return "live", None, "as long as it runs it is given new credentials"
    return "live", None, "it has no end by itself, and no call of the case ended it"


def _uses(growth: Growth) -> dict[str, Use]:
    """For each credential how many events it signed, and when the first and the last was."""
    found: dict[str, Use] = {}
    ids = [draft.id for draft in growth.drafts.values() if draft.is_credential]
    for chunk in chunks(ids):
        rows = growth.case.connection.execute(
            "SELECT a.credential, count(*), min(nullif(e.id >> 31, 0)), max(nullif(e.id >> 31, 0)) "  # noqa: S608
            f"FROM actors a CROSS JOIN event_rows e ON e.actor = a.id "
            f"WHERE a.credential IN ({marks(chunk)}) GROUP BY a.credential",
            chunk,
        )
        for credential, events, first, last in rows:
            found[credential] = (
                events,
                None if first is None else first * 1000,
                None if last is None else last * 1000,
            )
    return found


def _certainties(growth: Growth) -> dict[str, Certainty]:
    """For each node the weakest edge on the surest way from the root to it, either way."""
    neighbours: dict[str, list[tuple[str, Certainty]]] = {}
    for edge in growth.edges.values():
        neighbours.setdefault(edge.parent, []).append((edge.child, edge.certainty))
        if growth.places[edge.parent] is Place.ORIGIN:
            neighbours.setdefault(edge.child, []).append((edge.parent, edge.certainty))
    sure = {node: Certainty.ISSUED for node, at in growth.places.items() if at is Place.ROOT}
    for level in _RANK:
        waiting = list(sure)
        while waiting:
            for child, certainty in neighbours.get(waiting.pop(), []):
                if child not in sure and _RANK.index(certainty) <= _RANK.index(level):
                    sure[child] = level
                    waiting.append(child)
    return {node: sure.get(node, Certainty.INFERRED) for node in growth.drafts}
