"""`trailtui collect CASE findings`: alerts that join a case, from a file or from the APIs."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Unpack

import click

from trailtui.cli.alert import read_source, say_findings, say_intake, say_taken
from trailtui.cli.aws_options import AccessOptions, access_options, open_access
from trailtui.cli.cases import open_case
from trailtui.cli.collecting import go_ahead, interruptible, window_of, window_options
from trailtui.cli.output import format_option, say
from trailtui.collect.scope import Place, Scope
from trailtui.collect.unreachable import note_unreachable
from trailtui.model.errors import AwsError, InputError, UsageError

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.reach import Unreachable
    from trailtui.case.file import Case
    from trailtui.collect.findings import FindingsResult, Page


@click.command()
@click.argument("source", required=False, metavar="[FILE|-]")
@click.option("--guardduty", is_flag=True, help="Ask GuardDuty; without any of the three, all.")
@click.option("--securityhub", is_flag=True, help="Ask Security Hub (ASFF, and OCSF of its V2).")
@click.option("--alarms", is_flag=True, help="Ask for CloudWatch's alarms that rang.")
@click.option("--again", is_flag=True, help="Also what was asked within the last 15 minutes.")
@click.option("--estimate", is_flag=True, help="Say what it would take; ask nothing.")
@window_options
@access_options
@format_option
@click.pass_obj
def findings(
    case: str,
    source: str | None,
    guardduty: bool,
    securityhub: bool,
    alarms: bool,
    again: bool,
    estimate: bool,
    since: str | None,
    until: str | None,
    output: str,
    **aws: Unpack[AccessOptions],
) -> None:
    """Findings: from FILE or standard input (-), or from the APIs where neither is given.

    They join the case: what they name becomes a given entity, the time window grows to theirs. Of
    what the APIs give, only findings that say who acted do so; the others are listed. Exit code 4
    where AWS refused something.
    """
    products = [
        *(["guardduty"] if guardduty else []),
        *(["securityhub", "securityhub-v2"] if securityhub else []),
        *(["alarms"] if alarms else []),
    ]
    if source is not None:
        if products or since or until or estimate:
            raise UsageError("a file is read as it is", cure="Leave the other options out.")
        _from_document(case, source)
        return
    with open_case(case) as opened, interruptible() as asked_to_stop:
        access = open_access(opened, "findings", **aws)
        run = _Run(opened, access, lambda: bool(asked_to_stop))
        reached = access.places()
        for note in reached.notes:
            say(note)
        places = [Place(*one) for one in reached.places]
        start, end = window_of(opened, since, until)
        if estimate:
            from trailtui.collect.findings import PRODUCTS, estimate_findings

            scope = Scope(tuple(places), start, end)
            told = estimate_findings(opened, scope, products or PRODUCTS, again=again)
            go_ahead(told, output, only_estimate=True, yes=False)
            return
        result = run.ask(places, (start, end), products, again=again)
        note_unreachable(opened, "findings", Scope(tuple(places), start, end), reached.unreachable)
    _tell(result, run, case, reached.unreachable)


def _from_document(case: str, source: str) -> None:
    from trailtui.detect.joining import join_alert

    origin, data = read_source(source)
    with open_case(case) as opened:
        try:
            joined = join_alert(opened, origin, data)
        except InputError as error:
            raise InputError(error.what, where=origin, cure=error.cure) from None
    say_intake(joined.intake)
    say_findings([finding for finding, state in joined.taken.states if state != "known"])
    say_taken(joined.taken)


class _Run:
    """Takes the pages of the APIs into the case, and counts what became of them."""

    def __init__(self, case: "Case", access: "Access", stop: Callable[[], bool]) -> None:
        self._case = case
        self._access = access
        self._stop = stop
        self._until_ms = 0
        self.states: Counter[str] = Counter()
        self.entities = 0
        self.later = 0
        self.refused = 0
        self.passed_over: Counter[str] = Counter()

    def ask(
        self,
        places: list[Place],
        window: tuple[int, int],
        products: list[str],
        *,
        again: bool,
    ) -> "FindingsResult":
        """Ask everywhere for everything that is wanted."""
        from trailtui.collect.findings import PRODUCTS, collect_findings

        self._until_ms = window[1]
        return collect_findings(
            self._case,
            self._access.session,
            Scope(tuple(places), *window),
            products or PRODUCTS,
            self._keep,
            again=again,
            present_ms=self._access.base.now_ms(),
            progress=lambda _: not self._stop(),
        )

    def _keep(self, page: "Page") -> None:
        from trailtui.detect.envelopes import Around
        from trailtui.detect.joining import join_answer

        around = Around(page.account, page.region, alarms=page.alarms)
        joined = join_answer(self._case, page.origin, page.body, around, until_ms=self._until_ms)
        self.states.update(state for _, state in joined.taken.states)
        self.entities += len(joined.taken.entities)
        self.later += joined.later
        self.refused += len(joined.intake.refused)
        self.passed_over.update(dict(joined.intake.passed_over))
        if joined.taken.window:
            say(f"The time window grew: {joined.taken.window[0]} is now {joined.taken.window[1]}.")
        for remark in joined.taken.remarks:
            say(f"Note: {remark}.")


def _tell(
    result: "FindingsResult", run: _Run, case: str, unreachable: "Sequence[Unreachable]"
) -> None:
    """Say what came and what did not; then end as the outcome wants."""
    say(
        f"{run.states['new']} new findings, {run.states['update']} updates, "
        f"{run.states['known']} known already; {run.entities} new entities. "
        f"{result.requests} requests, {result.units} products in Regions."
    )
    for what, count in run.passed_over.items():
        say(f"Passed over: {count} {what}.")
    if run.later:
        say(f"Left out: {run.later} that began after the time looked at.")
    if run.refused:
        say(f"Not read: {run.refused}; `trailtui coverage {case} --show problems` lists them.")
    if result.fresh:
        say(f"{result.fresh} were asked within the last 15 minutes; --again asks them, too.")
    by_reason: dict[tuple[str, str, str], list[str]] = {}
    for one in result.asked:
        if one.detail or one.refused:
            key = (one.product, str(one.state), one.detail)
            by_reason.setdefault(key, []).append(one.region)
    for (product, state, detail), regions in by_reason.items():
        shown = ", ".join(regions[:6]) + (f" and {len(regions) - 6} more" if regions[6:] else "")
        say(f"{product} in {shown}: {state}. {detail}")
    if result.stopped_by is not None:
        raise result.stopped_by
    if result.cancelled:
        say("What came is in the case; the same command goes on from there.")
        sys.exit(130)
    for place in unreachable:
        say(f"{place.account} {place.region}: {place.state}. {place.reason}")
    if result.refused or unreachable:
        missing = len(result.refused) + len(unreachable)
        raise AwsError(
            f"{missing} of {result.units + len(unreachable)} did not come whole",
            cure="What came is in the case. The same command asks for the rest again.",
        )
