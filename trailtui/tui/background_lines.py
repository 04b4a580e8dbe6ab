"""The lines that say on every screen what goes on in the background."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from trailtui.case.events import EventRow
from trailtui.model.text import safe
from trailtui.tui.event_rows import marks_of
from trailtui.tui.following import FollowJob
from trailtui.tui.gathering import Gathering, Stage
from trailtui.tui.interrupted import Interrupted
from trailtui.tui.showing import fit, show_time, zone_label

if TYPE_CHECKING:
    from trailtui.tui.session import CaseSession

_MOST_NAMES = 6


def background_lines(session: "CaseSession", width: int, *, local: bool) -> list[Text]:
    """What is collected, what is followed, what came: at most a line each; none for nothing."""
    return list(_lines(session, width, local=local))


def _lines(session: "CaseSession", width: int, *, local: bool) -> Iterator[Text]:
    if session.interrupted is not None and not session.collecting:
        yield _interrupted(session.interrupted, session.name, width, local=local)
    if session.gathering is not None:
        yield _gathering(session.gathering, width)
    if session.detecting is not None and session.detecting.running:
        stopping = session.detecting.stopping
        right = "stopping…" if stopping else "8 findings, S stops there"
        yield _sided(Text(session.detecting.progress, "cyan"), right, width)
    for doing in session.doing.values():
        yield _sided(Text(safe(doing.says), "bold cyan"), doing.keys, width)
    if session.following is not None:
        yield _following(session.following, width, local=local)
        if session.following.news:
            yield _news(session.following.news, width)


def _sided(left: Text, right: str, width: int) -> Text:
    """The keys at the right are always to be read; what is left of the line is for the rest."""
    room = width - len(right) - 1
    shown = left if left.cell_len <= room else Text(fit(left.plain, room), style=left.style)
    shown.no_wrap = True
    shown.append(" " * max(1, width - shown.cell_len - len(right)))
    return shown.append(right, "bold")


def _gathering(gathering: Gathering, width: int) -> Text:
    ending = gathering.ending
    if ending is None:
        right = "stopping…" if gathering.stopping else "N shows  - stops"
        return _sided(Text(_progress(gathering.name, gathering.stage), "cyan"), right, width)
    style = "green" if ending.whole else "bold red" if ending.error else "bold yellow"
    right = "6 coverage  - away" if ending.whole else "+ again  6 coverage  - away"
    right = f"N new  {right}" if gathering.stage.events else right
    return _sided(Text(safe(ending.says), style), right, width)


def _progress(name: str, stage: Stage) -> str:
    if not stage.total:
        return f"{name}: asking what there is…"
    words = [f"{name} {stage.done:,}/{stage.total:,} {stage.of}", f"{stage.events:,} new events"]
    words += [f"{stage.refused:,} REFUSED"] if stage.refused else []
    words += [f"{_time_left(stage.seconds_left)} left"] if stage.seconds_left is not None else []
    words += [f"{stage.requests:,} requests"] if stage.requests else []
    return ", ".join(words)


def _time_left(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours = whole // 60, whole // 3600
    return f"{minutes} min" if minutes < 120 else f"{hours} h {minutes % 60} min"


def _following(job: FollowJob, width: int, *, local: bool) -> Text:
    watch = job.watch
    if job.error is not None:
        return _sided(Text(safe(f"NOT following: {job.error.what}"), "bold red"), "f again", width)
    if watch.since_ms is None:
        return _sided(Text("following: asking what there is…", "cyan"), ":follow stop", width)
    words = [f"following {safe(watch.asked)}"]
    words += [f"{len(watch.refusals)} REFUSED"] if watch.refusals else []
    last = "none yet" if watch.last_ms is None else _clock(watch.last_ms, local=local)
    words += [f"{watch.found:,} found", f"last {last}"]
    words += [f"since {_clock(watch.since_ms, local=local)}", f"{watch.places} places"]
    style = "bold red" if watch.refusals else "cyan"
    return _sided(Text(", ".join(words), style), ":follow stop", width)


def _clock(at_ms: int, *, local: bool) -> str:
    return show_time(at_ms // 1000 * 1000, local=local)[11:]


def _news(news: Sequence[EventRow], width: int) -> Text:
    """How many, by whom, what: what failed or changes something first."""
    style = "bold red" if any(row.error for row in news) else "bold"
    if style == "bold" and any(row.read_only is False for row in news):
        style = "bold yellow"
    names: Counter[str] = Counter()
    for row in sorted(news, key=_weight):
        names[f"{marks_of(row)[0].strip()} {safe(row.name or '?')}".strip()] += 1
    shown = [f"{name} ({many})" if many > 1 else name for name, many in names.items()]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    count = f"{len(news):,} new {'event' if len(news) == 1 else 'events'}"
    text = f"{count} by {_who(news)}: {', '.join(shown[:_MOST_NAMES])}{more}"
    return _sided(Text(text, style), "N shows", width)


def _weight(row: EventRow) -> int:
    return 0 if row.error else 1 if row.read_only is False else 2


def _who(news: Sequence[EventRow]) -> str:
    found = dict.fromkeys(row.credential or row.principal or row.ip or "?" for row in news)
    first = safe(next(iter(found)).rsplit("/", 1)[-1])
    return first if len(found) == 1 else f"{first} and {len(found) - 1} more"


def _interrupted(found: Interrupted, case: str, width: int, *, local: bool) -> Text:
    left = f", {found.left:,} parts left" if found.left else ""
    begun = f"{show_time(found.at_ms, local=local)[5:16]} {zone_label(local=local)}"
    text = f"INTERRUPTED {found.source} of {begun}{left}"
    if found.perhaps_running:
        text += ", or still at it elsewhere"
    if not found.can_go_on:
        text += f": trailtui collect {case} {found.source} …"
    right = "+ goes on  - leaves it" if found.can_go_on else "- leaves it"
    return _sided(Text(safe(text), "bold yellow"), right, width)
