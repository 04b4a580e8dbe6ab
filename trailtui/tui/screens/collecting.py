"""Collecting and following, from every view of a case: begin, stop, go to what is new."""

import shlex
from functools import partial
from typing import TYPE_CHECKING, cast

from trailtui.case.file import Case
from trailtui.case.window import chosen_window
from trailtui.collect.following import attributes_of
from trailtui.model.errors import TrailtuiError, UsageError
from trailtui.model.times import format_utc
from trailtui.tui.following import FollowJob
from trailtui.tui.gathering import Gathering, Work
from trailtui.tui.interrupted import give_up
from trailtui.tui.looking_up import Cost, cost_of, entities_of, look_up
from trailtui.tui.screens.collect_form import About, CollectForm
from trailtui.tui.taking_files import take_files
from trailtui.tui.wanted import ENTITIES, EVERYTHING, Wanted, parse_wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from trailtui.tui.screens.base import CaseScreen
    from trailtui.tui.session import CaseSession

SOURCES = ("lookup", "files")
"""What the console collects from; the command line collects from the others."""
_OTHERS = ("s3", "athena", "insights", "lake", "findings")


def collect(screen: "CaseScreen", argument: str) -> None:
    """`:collect`, `:collect lookup WORDS`, `:collect files PATH...`."""
    session = screen.session
    _refuse_second(session)
    source, _, rest = argument.partition(" ")
    if source in _OTHERS:
        raise UsageError(
            f"the console does not collect from {source}",
            cure=f"In another terminal: trailtui collect {session.name} {source} --help. What it "
            "brings shows here as it comes.",
        )
    if source == "files":
        _take_files(screen, rest)
    elif source in ("", "lookup"):
        _go_on_or_ask(screen, rest)
    else:
        _ask_what(screen, argument)


def _take_files(screen: "CaseScreen", rest: str) -> None:
    if not rest.strip():
        screen.ask("files, folders or patterns:", partial(_take_files, screen))
        return
    try:
        paths = shlex.split(rest)
    except ValueError:
        raise UsageError("a quotation mark is not closed", cure="Close it.") from None
    begin(screen, "files", take_files(paths))


def _go_on_or_ask(screen: "CaseScreen", rest: str) -> None:
    found = screen.session.interrupted
    if found is not None and found.paths and not rest:
        begin(screen, "files", take_files(found.paths))
    else:
        _ask_what(screen, rest)


def begin(screen: "CaseScreen", name: str, work: Work) -> Gathering:
    """Begin a collect in the background. Raises UsageError where one runs already."""
    console, session = screen.console, screen.session
    _refuse_second(session)
    console.telling.put_away()
    session.gathering = Gathering(name, session.collect, work, console.background_changed)
    session.interrupted = None
    console.show_background()
    return session.gathering


def _refuse_second(session: "CaseSession") -> None:
    if session.collecting:
        raise UsageError("a collect runs already", cure="- stops it; what came is kept.")


# What to look up


def _ask_what(screen: "CaseScreen", words: str) -> None:
    """Open the form, filled in with what is known and what was typed."""
    interrupted = screen.session.interrupted
    going_on = interrupted.wanted if interrupted is not None else None

    def show(found: tuple[Wanted, tuple[str, ...]]) -> None:
        default, entities = found
        session = screen.session
        known = going_on or screen.collect_first(default) or session.last_wanted or default
        wanted = parse_wanted(words, known)
        title = "Collect from the event history (LookupEvents)"
        if going_on and interrupted:
            title = f"Go on with what was interrupted: {interrupted.left:,} parts are left"
        form = CollectForm(wanted, About(title, entities), partial(_reckon, screen))
        screen.console.push_screen(form, partial(_look_up_if, screen))

    screen.work_in(screen.session.read, "collect", read_default, show)


def read_default(case: Case) -> tuple[Wanted, tuple[str, ...]]:
    """What a look-up is about unless something else is typed, and the case's entities as AWS can
    be asked for them. Call it in a lane.

    An end of the window that only a finding named is no end: whoever it saw may be at it still.
    """
    window = chosen_window(case)
    setting = cast("dict[str, object]", case.setting("window") or {})
    guessed = cast("list[str]", setting.get("from_findings") or [])
    wanted = Wanted()
    since = format_utc(window.since_ms) if window.since_ms is not None else wanted.since
    until = wanted.until
    if window.until_ms is not None and "until_ms" not in guessed:
        until = format_utc(window.until_ms)
    asked, _ = attributes_of(entities_of(case))
    return Wanted(since=since, until=until), tuple(f"{one.key}={one.value}" for one in asked)


def _reckon(
    screen: "CaseScreen",
    wanted: Wanted,
    then: "Callable[[Cost], None]",
    failed: "Callable[[TrailtuiError], None]",
) -> None:
    session = screen.session

    def told(error: TrailtuiError) -> None:
        session.forget_aws()
        failed(error)

    screen.work_in(
        session.reckon,
        "reckon",
        lambda case: cost_of(session, case, wanted),
        then,
        failed=told,
    )


def _look_up_if(screen: "CaseScreen", wanted: Wanted | None) -> None:
    if wanted is not None and not screen.session.collecting:
        screen.session.last_wanted = wanted
        begin(screen, "lookup", look_up(screen.session, wanted))


def stop_collecting(screen: "CaseScreen") -> None:
    """`-`: stop what runs (asked), else put away what is told of the last one."""
    session, console = screen.session, screen.console
    gathering, interrupted = session.gathering, session.interrupted
    if gathering is not None and gathering.running:
        if gathering.stopping:
            screen.say("It ends after the answers at hand; what came is kept.")
            return

        def stop(_: str) -> None:
            gathering.stop()
            console.show_background()

        question = f"stop collecting from {gathering.name}? What came is kept. Enter: stop"
        screen.ask(question, stop, empty_too=True)
    elif gathering is not None:
        session.gathering = None
        console.show_background()
    elif interrupted is not None:

        def noted(_: None) -> None:
            session.interrupted = None
            console.show_background()
            screen.say("It is in the log that this was not gone on with. + collects at any time.")

        screen.work_in(
            session.write, "give up", lambda case: give_up(case, interrupted), noted, replace=False
        )
    else:
        screen.say("Nothing is being collected; + does.")


# Following


def follow(screen: "CaseScreen", argument: str) -> None:
    """`:follow WORDS`, `:follow stop`; without words, the case's entities."""
    session, console = screen.session, screen.console
    if argument == "stop":
        _stop_following(screen)
        return
    if session.is_following and session.following is not None:
        asked = session.following.watch.asked or session.following.wanted.what
        screen.say(f"Following {asked} already. :follow stop ends it.")
        return

    def start(found: tuple[Wanted, tuple[str, ...]]) -> None:
        _, entities = found
        default = Wanted(what=ENTITIES if entities else EVERYTHING)
        wanted = parse_wanted(argument, default)
        console.telling.put_away()
        session.following = FollowJob(session, wanted, console.background_changed)
        console.show_background()

    screen.work_in(session.read, "follow", read_default, start)


def _stop_following(screen: "CaseScreen") -> None:
    session = screen.session
    job = session.following
    if job is None:
        screen.say("Nothing is being followed; f does.")
        return
    job.stop()
    session.following = None
    screen.console.show_background()
    screen.say(f"Not following any more: {job.watch.found:,} events were found.")


# What is new


def show_new(screen: "CaseScreen") -> None:
    """`N`: the next event that came in, first of what is followed, then of the last collect."""
    session, console = screen.session, screen.console
    job, gathering = session.following, session.gathering
    event = job.take_next() if job is not None else None
    if event is not None:
        console.show_background()
        screen.show_event(event.id)
    elif gathering is not None and gathering.after_evidence is not None:
        after, row = gathering.after_evidence, screen.event_at_cursor()

        def found(next_id: int | None) -> None:
            if next_id is None:
                screen.say("No new event so far.")
            else:
                screen.show_event(next_id)

        screen.work_in(session.slow, "new events", lambda case: next_new(case, after, row), found)
    else:
        screen.say("Nothing new came in. + collects, f follows what happens.")


def next_new(case: Case, after_evidence: int, row: int | None) -> int | None:
    """The first event after `row` that came with evidence younger than that; else the first of
    all; None where there is none. Call it in a lane."""
    sql = "SELECT min(id) FROM event_rows WHERE evidence > ? AND id > ?"
    for start in (row, None) if row is not None else (None,):
        found = case.connection.execute(sql, [after_evidence, -1 if start is None else start])
        (event,) = found.fetchone()
        if event is not None:
            return int(event)
    return None
