"""The watches after containment, as the action log has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.model.redact import redact, redact_text
from trailtui.report.containment import who_is
from trailtui.report.view import WatchLine, WatchRoundLine

MOST_ROUNDS = 100
MOST_SEEN = 10


@dataclass(slots=True)
class _Watch:
    """The entries of one watch."""

    entries: list[LogEntry]
    """Its beginning first, where the log has one, and its end last."""

    @property
    def first(self) -> LogEntry:
        return self.entries[0]

    @property
    def ended(self) -> bool:
        return self.entries[-1].what.get("watch") == "end"

    def at(self, stage: str) -> list[LogEntry]:
        """Its entries of a stage: begin, round, end."""
        return [entry for entry in self.entries if entry.what.get("watch") == stage]


def watch_lines(
    case: Case, most_rounds: int | None = MOST_ROUNDS, most_seen: int | None = MOST_SEEN
) -> tuple[WatchLine, ...]:
    """The watches in the order in which they began. One without an end goes on, or was broken off.

    The log itself names 100 events of a round at most; `count` says how many there were. Where two
    watches run at once, an entry counts for the newest one of the same responder.
    """
    found: list[_Watch] = []
    for entry in entries(case, kinds=("watch",)):
        going = [watch for watch in found if not watch.ended]
        own = [watch for watch in going if watch.first.who == entry.who] or going
        if entry.what.get("watch") == "begin" or not own:
            found.append(_Watch([entry]))
        else:
            own[-1].entries.append(entry)
    return tuple(_line(watch, most_rounds, most_seen) for watch in found)


def _line(watch: _Watch, most_rounds: int | None, most_seen: int | None) -> WatchLine:
    first, last = _what(watch.at("begin")), _what(watch.at("end"))
    counts = cast("Mapping[str, int]", last.get("counts") or {})
    since, places = first.get("since_ms"), first.get("places")
    told = watch.at("round")
    return WatchLine(
        roots=tuple(str(root) for root in first.get("roots") or ()),
        who=who_is(watch.first.who),
        began_ms=watch.first.at_ms,
        ended_ms=watch.entries[-1].at_ms if watch.ended else None,
        since_ms=since if isinstance(since, int) else None,
        places=places if isinstance(places, int) else 0,
        rounds=last.get("rounds"),
        blind=last.get("blind"),
        counts=tuple(sorted(counts.items())),
        told=tuple(_round(entry, most_seen) for entry in told[:most_rounds]),
        more=len(told) - len(told[:most_rounds]),
        log_entries=tuple(entry.seq for entry in watch.entries if entry not in told),
    )


def _what(listed: list[LogEntry]) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", redact(dict(listed[0].what) if listed else {}))


def _round(entry: LogEntry, most_seen: int | None) -> WatchRoundLine:
    what = cast("Mapping[str, Any]", redact(dict(entry.what)))
    return WatchRoundLine(
        number=_number(what.get("number")),
        at_ms=entry.at_ms,
        log_entry=entry.seq,
        holds=bool(what.get("holds")),
        count=_number(what.get("count")),
        seen=_seen(entry)[:most_seen],
        grew=tuple(map(str, what.get("grew") or ())),
        next=tuple(" ".join(map(str, wish)) for wish in what.get("next") or ()),
        unseen=tuple(map(str, what.get("unseen") or ())),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _seen(entry: LogEntry) -> tuple[tuple[str, str, str], ...]:
    """Verdict, event id and node. Ids stay as they are, or they would no longer lead to events."""
    told = cast("list[list[object]]", entry.what.get("seen") or [])
    return tuple(
        (str(one[0]), str(one[1]), redact_text(str(one[2]))) for one in told if len(one) == 3
    )
