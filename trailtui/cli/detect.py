"""`trailtui detect`: rules over a case, and the findings that they make."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trailtui.cli.aws_options import aws_options
from trailtui.cli.cases import open_case
from trailtui.cli.enrich import enrichment_options, keep_given
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import InputError, UsageError
from trailtui.model.wording import numbered

if TYPE_CHECKING:
    from trailtui.case.detections import Detection
    from trailtui.case.file import Case
    from trailtui.detect.rules import Detected, RuleSet
    from trailtui.detect.scan.scanning import Tally

COLUMNS = (
    "finding", "severity", "kind", "title", "about", "events", "first (UTC)", "last (UTC)",
    "attack", "state", "rule", "detail", "next step", "origin",
)  # fmt: skip
ACCOUNT = "account"
_KINDS = ("filter", "sigma", "behaviour")
_MOST_LINES = 12


@click.command()
@click.argument("case", required=False)
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A Sigma rule, or a folder of them, besides the program's own.",
)
@click.option(
    "--filters",
    multiple=True,
    metavar="FILE|account",
    help="Metric filters of a file, or the account's own with its alarms, besides the program's.",
)
@click.option("--kind", multiple=True, type=click.Choice(_KINDS), help="Only rules of this kind.")
@click.option("--no-shipped", is_flag=True, help="Without the program's own rules.")
@click.option(
    "--placeholder",
    multiple=True,
    metavar="NAME=VALUE",
    help="What stands for %NAME% in Sigma rules that say |expand; may be given again.",
)
@click.option("--list", "only_list", is_flag=True, help="List the rules; run nothing.")
@click.option("--events", metavar="FINDING", help="The events of a finding (d7); run nothing.")
@enrichment_options("--address-list")
@aws_options
@format_option
def detect(
    case: str | None,
    rules: tuple[Path, ...],
    filters: tuple[str, ...],
    kind: tuple[str, ...],
    no_shipped: bool,
    placeholder: tuple[str, ...],
    only_list: bool,
    events: str | None,
    geoip: str | None,
    asn: str | None,
    lists: tuple[str, ...],
    aws_ranges: str | None,
    profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    output: str,
) -> None:
    """Run rules over CASE: metric filters, Sigma, behaviour; keep and list what they find.

    Each finding has its events (`--events d7`), ATT&CK ids and the next step. Running it again
    gives the same findings. Rules that can't be read are told, and the others run; then the exit
    code is 3. Files about addresses that are given are kept with the case, as by `trailtui enrich`.
    """
    if case is None and (not only_list or ACCOUNT in filters):
        raise UsageError("give a case", cure="Without one, --list lists the rules.")
    if any((geoip, asn, lists, aws_ranges)) and (case is None or only_list or events):
        raise UsageError(
            "files about addresses are kept with a case when its rules are run",
            cure="`trailtui enrich CASE` keeps them without running any.",
        )
    if events is not None and case is not None:
        with open_case(case, readonly=True) as opened:
            _print_events(opened, events, output)
        return
    wanted = kind or _KINDS
    chosen = _chosen(rules, filters, wanted, placeholder, shipped=not no_shipped)
    if case is None:
        _list(chosen, output)
        _tell_rules(chosen)
        return
    with open_case(case, readonly=only_list) as opened:
        if ACCOUNT in filters:
            chosen.add(_of_account(opened, profile, region, endpoint_url))
        if only_list:
            _list(chosen, output)
        else:
            keep_given(opened, geoip, asn, lists, aws_ranges)
            _run(opened, chosen, wanted, case, output)
    _tell_rules(chosen)


def _chosen(
    rules: Sequence[Path], filters: Sequence[str], kinds: Sequence[str],
    placeholder: Sequence[str], *, shipped: bool,
) -> "RuleSet":  # fmt: skip
    """The rules of the program and of the paths that were given."""
    from trailtui.detect.patterns.reading import read_filters
    from trailtui.detect.rules import RuleSet
    from trailtui.detect.shipped_rules import shipped_filters, shipped_sigma, sigma_is_there

    chosen = RuleSet()
    if shipped and "filter" in kinds:
        chosen.add(shipped_filters())
    if shipped and "sigma" in kinds:
        chosen.add(shipped_sigma())
    for path in filters:
        if path != ACCOUNT:
            chosen.add(read_filters(Path(path)))
    if rules:
        if not sigma_is_there():
            raise InputError(
                "Sigma rules need the extra `sigma`", cure="pip install 'trailtui[sigma]'"
            )
        from trailtui.detect.sigma.reading import read_rules

        chosen.add(read_rules(rules, _placeholders(placeholder)))
    return chosen


def _placeholders(given: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{pair!r} is no placeholder", cure="Write --placeholder NAME=VALUE.")
        found.setdefault(name.strip("%"), []).append(value)
    return found


def _of_account(
    case: "Case", profile: str | None, region: str | None, endpoint_url: str | None
) -> "RuleSet":
    from trailtui.cli.aws_options import open_aws
    from trailtui.detect.patterns.account import read_account
    from trailtui.detect.patterns.compiling import DEFAULTS

    session = open_aws(case, profile, region, endpoint_url)
    found = read_account(session, DEFAULTS)
    say(f"{len(found.rules)} filters and alarms of the account in {session.region}.")
    if not found.rules and not found.refused:
        say(f"The account has no metric filter in {session.region}; --region names another.")
    return found


def _run(case: "Case", chosen: "RuleSet", kinds: Sequence[str], name: str, output: str) -> None:
    from trailtui.case.coverage import looked_at
    from trailtui.case.detections import list_detections
    from trailtui.cli.collecting import Reporter, interruptible
    from trailtui.detect.behaviour.running import behaviour_rules
    from trailtui.detect.rules import run_rules

    if "behaviour" in kinds:
        chosen.add(behaviour_rules(case))
    with interruptible("Stopping; nothing of this run is kept") as asked_to_stop:
        reporter = Reporter["Tally"](asked_to_stop, _line_of)
        done = run_rules(case, chosen, reporter)
        reporter.finish()
    if done.stopped:
        raise click.Abort
    states = {number: state for number, _, state in done.kept.states}
    listed = [one for one in list_detections(case) if one.number in states]
    print_rows(COLUMNS, [_row(one, states[one.number]) for one in listed], output)
    if not listed:
        say("No hits.")
    say(looked_at(case))
    say(_sentence(chosen, done))
    if listed:
        say(f"The events of one: `trailtui detect {name} --events {listed[0].name}`.")


def _line_of(tally: "Tally") -> str:
    return f"{tally.read:,} of {tally.candidates:,} records read"


def _row(one: "Detection", state: str) -> tuple[object, ...]:
    from trailtui.model.times import format_utc

    first, last = (
        None if at_ms is None else format_utc(at_ms) for at_ms in (one.first_ms, one.last_ms)
    )
    return (
        one.name, one.severity, one.kind, one.title, one.about, one.events, first, last,
        ", ".join(one.attack), state, one.rule, one.detail, one.next_step, one.origin,
    )  # fmt: skip


def _sentence(chosen: "RuleSet", done: "Detected") -> str:
    kept = done.kept
    return (
        f"{numbered(len(chosen.rules), 'rule')} over {numbered(done.events, 'event')}, "
        f"{numbered(done.tally.read, 'record')} read, in {done.seconds:.1f} s: "
        f"{numbered(kept.count('new'), 'new finding')}, "
        f"{kept.count('grown')} grown, {kept.count('known')} known already."
    )


def _list(chosen: "RuleSet", output: str) -> None:
    columns = ("kind", "severity", "rule", "title", "attack", "origin", "sha256")
    rows = [
        (
            facts.kind, facts.severity, facts.id, facts.title, ", ".join(facts.attack),
            facts.origin, facts.sha256,
        )
        for facts in (rule.facts for rule in chosen.rules)
    ]  # fmt: skip
    print_rows(columns, rows, output)


def _tell_rules(chosen: "RuleSet") -> None:
    """Say what was passed over and refused; raises InputError where something was refused."""
    for line in chosen.passed_over[:_MOST_LINES]:
        say(f"Passed over: {line}.")
    more = len(chosen.passed_over) - _MOST_LINES
    if more > 0:
        say(f"... and {more:,} more passed over.")
    for line in chosen.refused:
        say(f"Refused: {line}")
    if chosen.refused:
        refused = numbered(len(chosen.refused), "rule")
        raise InputError(f"{refused} could not be read or run, and so left out")


def _print_events(case: "Case", name: str, output: str) -> None:
    from trailtui.case.detections import events_of, find_detection
    from trailtui.case.event_table import COLUMNS as EVENT_COLUMNS
    from trailtui.case.event_table import event_cells
    from trailtui.case.events import by_ids

    found = find_detection(case, name)
    rows = by_ids(case, events_of(case, found.number))
    print_rows(EVENT_COLUMNS, [event_cells(row) for row in rows], output)
    say(f"{found.name}: {found.title}; {len(rows):,} events. Next: {found.next_step}")
