"""Making, listing and opening cases."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from trailtui.case.file import Case, list_cases, locate_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import InputError, TrailtuiError


def open_case(name: str, *, readonly: bool = False) -> Case:
    """The case of a name or path; raises InputError where there is none."""
    return Case.open(locate_case(name), readonly=readonly)


@click.command()
@click.argument("case")
@click.option("--alert", metavar="FILE|-", help="The finding that began it, kept as evidence.")
@click.option("--access-key", multiple=True, metavar="ID", help="An access key in question.")
@click.option("--principal", multiple=True, metavar="ARN", help="A user or role in question.")
@click.option("--ip", multiple=True, metavar="ADDRESS", help="A source address in question.")
@click.option("--resource", multiple=True, metavar="ARN", help="A resource in question.")
@click.option("--from", "since", metavar="T", help="Look from this time on (UTC).")
@click.option("--to", "until", metavar="T", help="Look up to this time (UTC).")
@click.option("--playbook", metavar="ID", help="Start this playbook.")
def new(
    case: str,
    alert: str | None,
    access_key: tuple[str, ...],
    principal: tuple[str, ...],
    ip: tuple[str, ...],
    resource: tuple[str, ...],
    since: str | None,
    until: str | None,
    playbook: str | None,
) -> None:
    """Make CASE, with what the alert names.

    CASE is a name (kept in the case folder) or a path ending in .case. Times: 2026-01-31,
    2026-01-31T03:04:05Z, or back from now: -24h, -7d.
    """
    from trailtui.case.opening import Opening, open_new_case
    from trailtui.model.entity import Entity
    from trailtui.model.times import parse_moment

    given = [Entity("credential", value) for value in access_key]
    given += [Entity("principal", value) for value in principal]
    given += [Entity("ip", value) for value in ip]
    given += [Entity("resource", value) for value in resource]
    opening = Opening(
        entities=tuple(given),
        since_ms=parse_moment(since) if since else None,
        until_ms=parse_moment(until) if until else None,
        alert=_read_alert(alert) if alert else None,
    )
    with open_new_case(locate_case(case), opening) as made:
        say(f"Case {made.name} is made: {made.path}")
        if playbook:
            from trailtui.playbook.starting import start_with_given

            start_with_given(made, playbook)
            say(f"Playbook {playbook} is started.")
        say(f"Next: trailtui collect {case} files PATH..., then trailtui {case}")


def _read_alert(source: str) -> tuple[str, bytes]:
    """Origin and bytes of an alert; it must be JSON."""
    if source == "-":
        origin, data = "standard input", sys.stdin.buffer.read()
    else:
        try:
            origin, data = str(Path(source).absolute()), Path(source).read_bytes()
        except OSError as error:
            raise InputError(f"can't be read: {error.strerror}", where=source) from None
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the alert is no JSON: {error}", where=origin) from None
    return origin, data


@click.command()
@format_option
def cases(output: str) -> None:
    """List the cases in the case folder, newest first."""
    from trailtui.case.events import count, first_and_last_ms
    from trailtui.model.times import format_utc

    rows: list[tuple[object, ...]] = []
    for path in list_cases():
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with Case.open(path, readonly=True) as case:
                span = first_and_last_ms(case)
                first, last = (format_utc(span[0]), format_utc(span[1])) if span else (None, None)
                armed = "armed" if case.setting("armed") else "read-only"
                rows.append((case.name, count(case), first, last, armed, changed, str(path)))
        except TrailtuiError as error:
            state = f"unreadable: {error.what}"
            rows.append((path.stem, None, None, None, state, changed, str(path)))
    columns = ("case", "events", "first (UTC)", "last (UTC)", "state", "changed (UTC)", "path")
    print_rows(columns, rows, output)
    if not rows:
        say("There is no case yet; `trailtui new NAME` makes one, `trailtui demo` shows one.")
