"""What `collect CASE athena|insights|lake` share: what to look for, where, and the run itself."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from trailtui.cli.collecting import Reporter, go_ahead, interruptible, line_of, tell, window_of
from trailtui.cli.output import say
from trailtui.model.errors import InputError, UsageError

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.session import AwsSession
    from trailtui.case.fetches import Fetch
    from trailtui.case.file import Case
    from trailtui.collect.engines import Source
    from trailtui.collect.estimate import Estimate
    from trailtui.collect.remote_query import Engine
    from trailtui.collect.scope import Place, Scope

_Command = TypeVar("_Command", bound=Callable[..., Any])


class RunOptions(TypedDict):
    """What `run_options` hands to a command."""

    entity: tuple[str, ...]
    again: bool
    explain: bool
    since: str | None
    until: str | None
    estimate: bool
    yes: bool
    output: str


def run_options(command: _Command) -> _Command:
    """Give a command `--entity`, `--again`, `--explain`, the window, the cost and the format."""
    from trailtui.cli.collecting import cost_options, window_options
    from trailtui.cli.output import format_option

    for option in (
        format_option,
        cost_options,
        window_options,
        click.option("--explain", is_flag=True, help="Print the first query; ask nothing."),
        click.option("--again", is_flag=True, help="Ask also for what was answered whole before."),
        click.option(
            "--entity",
            multiple=True,
            metavar="VALUE",
            help="Only events of it: an access key, ARN, address, event name; or kind:value "
            "(name, source, user, error, agent, resource, ...).",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Held:
    """Whose events an engine holds, as far as is known."""

    account: str
    region: str
    every_region: bool
    organization: bool
    what: str
    """What holds them, for messages."""


def home(access: "Access", account: str, region: str) -> "AwsSession":
    """The session into the account and Region where an engine lives.

    The identity's own session where that is its account, or no role leads elsewhere: then AWS
    decides whether the engine is shared with it.
    """
    if account == access.identity.account or not access.reach.role:
        return access.base.in_region(region)
    return access.session(account, region)


def engine_account(access: "Access") -> str:
    """The account in which an engine is looked for: a role's by its ARN, else the identity's."""
    return access.reach.role_account or access.identity.account


def places_of(access: "Access", held: Held | None) -> tuple["Place", ...]:
    """The accounts and Regions whose events are asked for; none of them is entered.

    Raises InputError for an account or Region that the engine does not hold.
    """
    from trailtui.collect.scope import Place

    reach = access.reach
    named = bool(reach.accounts) or reach.organization
    accounts = access.named_accounts() if named or held is None else (held.account,)
    regions = tuple(access.base.region if one == "current" else one for one in reach.regions)
    if held is not None:
        _refuse_not_held(held, accounts, regions)
        if not regions and not held.every_region:
            regions = (held.region,)
    if not regions:
        known = access.regions(access.identity.account)
        if known.note:
            say(known.note)
        regions = known.names
    return tuple(Place(account, region) for account in accounts for region in regions)


def _refuse_not_held(held: Held, accounts: Sequence[str], regions: Sequence[str]) -> None:
    others = [account for account in accounts if account != held.account]
    if others and not held.organization:
        raise InputError(
            f"{held.what} holds events of {held.account} only, not of {', '.join(others[:5])}",
            cure="Ask for that account, or use another source.",
        )
    elsewhere = [region for region in regions if region != held.region]
    if elsewhere and not held.every_region:
        raise InputError(
            f"{held.what} holds events of {held.region} only, not of {', '.join(elsewhere[:5])}",
            cure="Ask for that Region, or use another source.",
        )


def scope_of(case: "Case", access: "Access", held: Held | None, options: RunOptions) -> "Scope":
    """Where and when to look."""
    from trailtui.collect.scope import Scope

    return Scope(places_of(access, held), *window_of(case, options["since"], options["until"]))


def told(access: "Access", scope: "Scope", **more: object) -> dict[str, object]:
    """What was asked for, by whom, for the action log."""
    return {
        "as": access.identity.arn,
        "accounts": sorted({place.account for place in scope.places}),
        "regions": sorted({place.region for place in scope.places}),
        "since_ms": scope.since_ms,
        "until_ms": scope.until_ms,
        **more,
    }


@dataclass(frozen=True, slots=True)
class Errand:
    """Everything that a run needs."""

    source: "Source"
    engine: "Engine"
    scope: "Scope"
    question: Mapping[str, object]
    asked: Mapping[str, object]
    """What the user asked for, for the action log."""
    reckon: Callable[[Sequence["Fetch"]], tuple["Estimate", bool]]
    """The estimate for fetches, and whether its dollars are more than a guess from nothing."""
    present_ms: Callable[[], int]
    """AWS's time."""


def run(case: "Case", errand: Errand, options: RunOptions) -> None:
    """Explain, estimate or collect, and tell what came of it.

    Raises what `tell` raises; UsageError where the cost is not known and nobody can be asked.
    """
    from trailtui.collect.engines import first_question, run_engine, units_of, wanted_of, would_ask

    text = errand.engine.text(first_question(errand.source, errand.scope, errand.question))
    if options["explain"]:
        click.echo(text)
        return
    units = units_of(errand.source, errand.scope, errand.question)
    if not _goes_ahead(case, errand, would_ask(case, units, again=options["again"]), options):
        return
    wanted = wanted_of(case, errand.source, units, again=options["again"])
    with interruptible("Stopping the queries at hand") as stopping:
        reporter = Reporter(stopping, line_of)
        result = run_engine(
            case,
            errand.source,
            errand.engine,
            wanted,
            asked=errand.asked,
            progress=reporter,
            present_ms=errand.present_ms,
        )
        reporter.finish()
    if not wanted and result.collected.whole:
        say("All of it is in the case already; --again asks anew.")
        return
    say(
        f"AWS read {result.scanned_bytes / 1e6:,.1f} MB for {len(result.scanned):,} queries: about "
        f"{result.dollars:,.4f} dollars."
    )
    tell(result.collected, case.name)


def _goes_ahead(
    case: "Case", errand: Errand, wanted: Sequence["Fetch"], options: RunOptions
) -> bool:
    from trailtui.collect.estimate import Estimate, log_estimate

    if (not wanted or options["yes"]) and not options["estimate"]:
        return True
    if not wanted:
        nothing = Estimate(
            errand.source.name, 0, 0.0, 0, 0.0, ("all of it is in the case already",)
        )
        return go_ahead(nothing, options["output"], only_estimate=True, yes=True)
    estimate, known = errand.reckon(wanted)
    log_estimate(case, estimate, asked=dict(errand.asked))
    only = options["estimate"]
    if not known and not only and not estimate.worth_asking:
        _confirm_unknown(estimate, len({fetch.unit.since_ms for fetch in wanted}))
        return True
    return go_ahead(estimate, options["output"], only_estimate=only, yes=options["yes"])


_SLICES_WITHOUT_ASKING = 31
"""So much is asked for without a question where nobody can tell beforehand what it costs."""


def _confirm_unknown(estimate: "Estimate", slices: int) -> None:
    """What it costs can't be told: say so; for a long time ask, or refuse where nobody is there."""
    for line in estimate.says:
        say(f"({line})")
    if slices <= _SLICES_WITHOUT_ASKING:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "what this would cost is not known beforehand", cure="Say --yes to run it."
        )
    if not click.confirm("What it costs is not known. Go on?", default=False, err=True):
        raise click.Abort
