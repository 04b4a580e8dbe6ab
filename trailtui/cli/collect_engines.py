"""`trailtui collect CASE athena|insights|lake`: sources that are asked in a query language."""

from typing import TYPE_CHECKING, Unpack

import click

from trailtui.cli.aws_options import AccessOptions, access_options, open_access
from trailtui.cli.cases import open_case
from trailtui.cli.engine_options import (
    Errand,
    Held,
    RunOptions,
    engine_account,
    home,
    run,
    run_options,
    scope_of,
    told,
)
from trailtui.cli.output import say
from trailtui.model.errors import UsageError

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.session import AwsSession
    from trailtui.case.file import Case
    from trailtui.collect.athena import AthenaWish, Workplace
    from trailtui.collect.insights_groups import LogGroup
    from trailtui.collect.lake_stores import EventDataStore


class _Options(RunOptions, AccessOptions):
    """Everything that both sets of options hand to a command."""


def _runs(options: _Options) -> RunOptions:
    return {key: options[key] for key in RunOptions.__annotations__}  # type: ignore[return-value]


def _accesses(options: _Options) -> AccessOptions:
    return {key: options[key] for key in AccessOptions.__annotations__}  # type: ignore[return-value]


@click.command()
@click.option("--log-group", metavar="NAME|ARN", help="The log group; else the trail's.")
@run_options
@access_options
@click.pass_obj
def insights(case: str, log_group: str | None, **options: Unpack[_Options]) -> None:
    """A trail's log group, through CloudWatch Logs Insights: records as they were written.

    A day at a time, and in smaller pieces where a day holds more than a query gives. --entity
    finds the value anywhere in a record. Costs money for what is scanned, so ask for a short time
    first. Exit code 4 where AWS refused something.
    """
    from trailtui.collect.insights import SOURCE, InsightsEngine, InsightsWish, estimate
    from trailtui.collect.narrowing import narrowing_of

    narrowing = narrowing_of(options["entity"])
    with open_case(case) as opened:
        access = open_access(opened, "insights", **_accesses(options))
        group = log_group_of(access, log_group)
        session = home(access, group.account, group.region)
        held = Held(
            group.account,
            group.region,
            group.every_region,
            group.organization or not group.trail,
            f"the log group {group.name}",
        )
        scope = scope_of(opened, access, held, _runs(options))
        named = bool(access.reach.accounts) or access.reach.organization
        by_account = group.organization or named
        wish = InsightsWish(group, narrowing, by_account, bool(access.reach.regions))
        errand = Errand(
            SOURCE,
            InsightsEngine(session, wish),
            scope,
            wish.question,
            told(access, scope, log_group=group.arn, filter=narrowing.words),
            lambda wanted: estimate(wanted, session, group),
            session.now_ms,
        )
        run(opened, errand, _runs(options))


def log_group_of(access: "Access", named: str | None) -> "LogGroup":
    """The log group that is named; else the only one that trails send to."""
    from trailtui.collect.insights_groups import group_of, groups_of_trails, the_group

    account = engine_account(access)
    session = home(access, account, access.base.region)
    if named:
        return group_of(named, account, session)
    return the_group(groups_of_trails(session))


@click.command()
@click.option("--event-data-store", "store", metavar="ARN|ID", help="Else the only one there is.")
@click.option("--where", metavar="SQL", default="", help="A condition over CloudTrail's fields.")
@run_options
@access_options
@click.pass_obj
def lake(case: str, store: str | None, where: str, **options: Unpack[_Options]) -> None:
    """CloudTrail Lake: an event data store that the account has from before 2026-05-31.

    A day at a time. What a query scans, and costs, is known afterwards only, so ask for a short
    time first. Exit code 4 where AWS refused something.
    """
    from trailtui.collect.lake import SOURCE, LakeEngine, LakeWish, estimate
    from trailtui.collect.narrowing import narrowing_of

    narrowing = narrowing_of(options["entity"], where)
    with open_case(case) as opened:
        access = open_access(opened, "lake", **_accesses(options))
        found = store_of(access, store)
        held = Held(
            found.account,
            found.region,
            found.every_region,
            found.organization,
            f"the event data store {found.name or found.id}",
        )
        scope = scope_of(opened, access, held, _runs(options))
        wish = LakeWish(found, narrowing, found.organization, bool(access.reach.regions))
        errand = Errand(
            SOURCE,
            LakeEngine(home(access, found.account, found.region), wish),
            scope,
            wish.question,
            told(access, scope, event_data_store=found.arn, filter=narrowing.words),
            lambda wanted: (estimate(wanted), False),
            access.base.now_ms,
        )
        run(opened, errand, _runs(options))


def store_of(access: "Access", named: str | None) -> "EventDataStore":
    """The store that is named; else the only one, in the session's Region before any other."""
    from trailtui.collect.lake_stores import look_at, region_of, stores_in, the_store

    account = engine_account(access)
    if named:
        account, region = region_of(named) or (account, access.base.region)
        return look_at(home(access, account, region), named)
    here = stores_in(home(access, account, access.base.region))
    if here:
        return the_store(here)
    known = access.regions(access.identity.account)
    others = [region for region in known.names if region != access.base.region]
    return the_store([one for region in others for one in stores_in(home(access, account, region))])


@click.command()
@click.option("--database", required=True, metavar="NAME", help="The table's database.")
@click.option("--table", required=True, metavar="NAME", help="A table of CloudTrail's log files.")
@click.option("--catalog", default="AwsDataCatalog", show_default=True, metavar="NAME")
@click.option("--work-group", default="primary", show_default=True, metavar="NAME")
@click.option("--output", "results", default="", metavar="S3URI", help="Where results are put.")
@click.option("--athena-region", metavar="REGION", help="Where Athena is; else the session's own.")
@click.option("--where", metavar="SQL", default="", help="A condition over CloudTrail's fields.")
@click.option("--create-table", is_flag=True, help="Make the table, if it is not there.")
@click.option("--location", metavar="S3URI", help="For that: s3://BUCKET/[PREFIX/]AWSLogs/[o-ID/].")
@run_options
@access_options
@click.pass_obj
def athena(
    case: str,
    database: str,
    table: str,
    catalog: str,
    work_group: str,
    results: str,
    athena_region: str | None,
    where: str,
    create_table: bool,
    location: str | None,
    **options: Unpack[_Options],
) -> None:
    """A table over a trail's bucket, in Athena: for what one machine can't hold.

    Only the partitions of the accounts, Regions and days asked for are read. The rows are made
    into records again, and marked as made: a record from another source takes their place.
    --create-table makes a table with the official columns and reckoned partitions. Asks before it
    costs more than a dollar. Exit code 4 where AWS refused something.
    """
    from trailtui.collect.athena import AthenaWish, Workplace, look_at_table
    from trailtui.collect.athena_table import plain_name
    from trailtui.collect.narrowing import narrowing_of

    if bool(location) is not create_table:
        raise UsageError("--create-table and --location belong together")
    if create_table and (options["explain"] or options["estimate"]):
        raise UsageError("--create-table makes the table at once", cure="Make it first.")
    narrowing = narrowing_of(options["entity"], where)
    workplace = Workplace(plain_name(database, "database"), work_group, results, catalog)
    with open_case(case) as opened:
        access = open_access(opened, "athena", **_accesses(options))
        account = engine_account(access)
        session = home(access, account, athena_region or access.base.region)
        if create_table and location:
            _make_table(opened, session, workplace, table, location)
        wish = AthenaWish(*look_at_table(session, workplace, table), narrowing)
        _collect_athena(opened, access, session, wish, workplace, _runs(options))


def _collect_athena(
    case: "Case",
    access: "Access",
    session: "AwsSession",
    wish: "AthenaWish",
    workplace: "Workplace",
    options: RunOptions,
) -> None:
    from trailtui.collect.athena import SOURCE, AthenaEngine
    from trailtui.collect.athena_estimate import estimate

    scope = scope_of(case, access, None, options)
    _say_what_it_lacks(wish, scope.since_ms)
    name = f"{wish.table.database}.{wish.table.name}"
    errand = Errand(
        SOURCE,
        AthenaEngine(session, wish, workplace),
        scope,
        wish.question,
        told(access, scope, table=name, filter=wish.narrowing.words),
        lambda wanted: estimate(wanted, wish.table, wish.keys, session),
        session.now_ms,
    )
    run(case, errand, options)


def _say_what_it_lacks(wish: "AthenaWish", since_ms: int) -> None:
    from datetime import UTC, datetime

    from trailtui.collect.athena_partitions import first_day
    from trailtui.collect.athena_rows import left_out

    begins = first_day(wish.table, wish.keys)
    if begins and begins > datetime.fromtimestamp(since_ms // 1000, UTC).date():
        say(f"Note: the table's partitions begin on {begins}; of the time before it shows nothing.")
    if others := left_out(wish.table):
        say(f"Note: columns that are none of CloudTrail's are left out: {', '.join(others[:10])}.")


def _make_table(
    case: "Case", session: "AwsSession", workplace: "Workplace", table: str, location: str
) -> None:
    """Make the table unless it is there; what was run goes into the action log."""
    from trailtui.aws.errors import NotFound
    from trailtui.case.journal import append
    from trailtui.collect.athena import make_table
    from trailtui.collect.athena_create import checked_location
    from trailtui.collect.athena_table import describe_table

    root = checked_location(location)
    try:
        describe_table(session, workplace.database, table, workplace.catalog)
        say(f"{workplace.database}.{table} is there already; nothing is made.")
        return
    except NotFound:
        pass
    regions = sorted(session.known_regions)
    for text, query in make_table(session, workplace, table, root, regions):
        append(case, "collect", {"source": "athena", "made": text, "query": query})
    say(f"Made {workplace.database}.{table} over {root}.")
