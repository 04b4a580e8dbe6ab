"""The watches after containment, as the action log has them."""

from collections.abc import Mapping
from typing import Any, cast

from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.model.redact import redact
from trailtui.report.containment import who_is
from trailtui.report.view import WatchLine, WatchRoundLine

MOST_ROUNDS = 100
MOST_SEEN = 10


def watch_lines(
    case: Case, most_rounds: int | None = MOST_ROUNDS, most_seen: int | None = MOST_SEEN
) -> tuple[WatchLine, ...]:
    """The watches in their order. One without an end goes on, or was broken off.

    The log itself names 100 events of a round at most; `count` says how many there were.
    """
    lines: list[WatchLine] = []
    begun: LogEntry | None = None
    told: list[LogEntry] = []
    for entry in entries(case, kinds=("watch",)):
        stage = entry.what.get("watch")
        if stage == "round":
            told.append(entry)
            continue
        if begun is not None:
            end = entry if stage == "end" else None
            lines.append(_watch(begun, told, end, most_rounds, most_seen))
        begun = entry if stage == "begin" else None
        told = []
    if begun is not None:
        lines.append(_watch(begun, told, None, most_rounds, most_seen))
    return tuple(lines)


def _watch(
    begun: LogEntry,
    told: list[LogEntry],
    end: LogEntry | None,
    most_rounds: int | None,
    most_seen: int | None,
) -> WatchLine:
    first = cast("Mapping[str, Any]", redact(dict(begun.what)))
    last = cast("Mapping[str, Any]", redact(dict(end.what) if end is not None else {}))
    counts = cast("Mapping[str, int]", last.get("counts") or {})
    since, places = first.get("since_ms"), first.get("places")
    return WatchLine(
        roots=tuple(str(root) for root in first.get("roots") or ()),
        who=who_is(begun.who),
        began_ms=begun.at_ms,
        ended_ms=end.at_ms if end is not None else None,
        since_ms=since if isinstance(since, int) else None,
        places=places if isinstance(places, int) else 0,
        rounds=last.get("rounds"),
        blind=last.get("blind"),
        counts=tuple(sorted(counts.items())),
        told=tuple(_round(entry, most_seen) for entry in told[:most_rounds]),
        more=len(told) - len(told[:most_rounds]),
        log_entries=(begun.seq,) if end is None else (begun.seq, end.seq),
    )


def _round(entry: LogEntry, most_seen: int | None) -> WatchRoundLine:
    what = cast("Mapping[str, Any]", redact(dict(entry.what)))
    seen = [tuple(map(str, one)) for one in what.get("seen") or ()][:most_seen]
    return WatchRoundLine(
        number=int(what.get("number") or 0),
        at_ms=entry.at_ms,
        log_entry=entry.seq,
        holds=bool(what.get("holds")),
        count=int(what.get("count") or 0),
        seen=cast("tuple[tuple[str, str, str], ...]", tuple(seen)),
        grew=tuple(map(str, what.get("grew") or ())),
        next=tuple(" ".join(map(str, wish)) for wish in what.get("next") or ()),
        unseen=tuple(map(str, what.get("unseen") or ())),
    )
