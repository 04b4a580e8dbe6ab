"""Making, listing and opening cases."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from trailtui.case.file import Case, list_cases, locate_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.model.text import safe

if TYPE_CHECKING:
    from trailtui.detect.intake import Intake
    from trailtui.model.entity import Entity


def open_case(name: str, *, readonly: bool = False) -> Case:
    """The case of a name or path; raises InputError where there is none."""
    return Case.open(locate_case(name), readonly=readonly)


@click.command()
@click.argument("case")
@click.option(
    "--alert",
    metavar="FILE|-",
    help="The finding that began it: GuardDuty, Security Hub, OCSF, a CloudWatch alarm.",
)
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

    CASE is a name (kept in the case folder) or a path (with a slash, or ending in .case). Times:
    2026-01-31, 2026-01-31T03:04:05Z, or back from now: -24h, -7d. An alert gives entities, the time
    window and the playbook that answers it; it is kept as evidence.
    """
    from trailtui.case.opening import Opening, open_new_case
    from trailtui.cli.alert import read_intake, read_source
    from trailtui.model.times import parse_moment

    if playbook:
        _check_name(playbook)
    named = {"credential": access_key, "principal": principal, "ip": ip, "resource": resource}
    source = read_source(alert) if alert else None
    intake = read_intake(*source) if source else None
    opening = Opening(
        entities=tuple(_entity(kind, value) for kind, values in named.items() for value in values),
        since_ms=parse_moment(since) if since else None,
        until_ms=parse_moment(until) if until else None,
        alert=source,
        findings=intake.findings if intake else (),
        refused=tuple((one.position, one.reason) for one in intake.refused) if intake else (),
    )
    with open_new_case(locate_case(case), opening) as made:
        say(f"Case {made.name} is made: {made.path}")
        _begin(made, intake, playbook)
        say(f"Next: trailtui collect {case} lookup (or files PATH...), then trailtui {case}")


def _check_name(playbook: str) -> None:
    """Raise InputError where there is no such playbook: then no case is left behind."""
    from trailtui.playbook.load import playbook_named

    playbook_named(playbook)


def _entity(kind: str, value: str) -> "Entity":
    """What was named; raises InputError where it can't be of its kind: it would never be found."""
    from trailtui.model.entity import Entity, guess_entity

    expected = {
        "credential": "an access key id: AKIA or ASIA, and 16 letters or digits",
        "principal": "the ARN of a user or role",
        "ip": "an address",
        "resource": "an ARN",
    }
    try:
        looks = guess_entity(value).kind
    except InputError:
        looks = ""
    if looks == kind or (kind == "resource" and value.startswith("arn:")):
        return Entity(kind, value)
    raise InputError(f"{safe(value)!r} is not {expected[kind].partition(':')[0]}",
                     cure=f"Give {expected[kind]}.")  # fmt: skip


def _begin(case: Case, intake: "Intake | None", playbook: str | None) -> None:
    """Say what the alert holds, and start the playbook that was named, or that answers it."""
    from trailtui.cli.alert import say_findings, say_intake, start_matching

    findings = intake.findings if intake else ()
    if intake:
        say_intake(intake)
        say_findings(findings)
    if playbook:
        from trailtui.playbook.starting import start_with_given

        try:
            start_with_given(case, playbook, findings=findings)
        except InputError as error:
            how = f"`trailtui run {case.name} --playbook {playbook}`"
            raise InputError(
                f"the case is made, but its playbook is not started: {error.what}",
                cure=f"{error.cure} Say it to {how}.".lstrip(),
            ) from error
        say(f"Playbook {playbook} is started.")
    elif findings:
        start_matching(case, findings)


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
