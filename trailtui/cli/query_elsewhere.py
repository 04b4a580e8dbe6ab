"""`trailtui query CASE … --on athena|lake|insights`: the same question, asked at AWS and kept."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from trailtui.cli.aws_options import AccessOptions, open_access
from trailtui.cli.collecting import go_ahead, interruptible
from trailtui.cli.engine_options import engine_account, home
from trailtui.cli.output import print_rows, say
from trailtui.model.errors import UsageError
from trailtui.model.text import safe
from trailtui.model.times import format_utc, now_ms

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.case.file import Case
    from trailtui.case.query_runs import Kept
    from trailtui.collect.asking import Errand
    from trailtui.collect.asking_cost import Cost
    from trailtui.collect.asking_where import AskedQuery


_Command = TypeVar("_Command", bound=Callable[..., Any])


class EngineOptions(TypedDict):
    """What says where an engine is."""

    database: str | None
    table: str | None
    catalog: str
    work_group: str
    results: str
    athena_region: str | None
    store: str | None
    log_group: str | None


_ENGINE_OPTIONS = (
    click.option("--database", metavar="NAME", help="Athena: the table's database."),
    click.option(
        "--table",
        metavar="NAME",
        help="Athena's table, or database.table; Lake's event data store.",
    ),
    click.option("--catalog", default="AwsDataCatalog", show_default=True, metavar="NAME"),
    click.option(
        "--work-group", default="primary", show_default=True, metavar="NAME", help="Athena's."
    ),
    click.option(
        "--output", "results", default="", metavar="S3URI", help="Where Athena puts results."
    ),
    click.option("--athena-region", metavar="REGION", help="Where Athena is; else your own."),
    click.option(
        "--event-data-store", "store", metavar="ARN|ID", help="Lake's; else the only one."
    ),
    click.option("--log-group", metavar="NAME|ARN", help="Of Logs Insights; else the trail's."),
)


def engine_options(command: _Command) -> _Command:
    """Give a command what says where an engine is."""
    for option in reversed(_ENGINE_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Wish:
    """How a query is to be asked."""

    engine: str
    limit: int
    output: str
    fresh: bool
    explain: bool
    estimate: bool
    yes: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """A question whose words, place and cost are known."""

    errand: "Errand"
    cost: "Cost"
    short: bool
    """Whether so little time is asked for that an unknown cost is no matter."""


def ask_elsewhere(
    case: "Case", query: "AskedQuery", wish: Wish, where: EngineOptions, aws: AccessOptions
) -> None:
    """Ask an engine, or give the answer that the case has; print it, and what it cost.

    Exits with 130 where it was interrupted.
    """
    from trailtui.case.query_runs import find_kept
    from trailtui.collect.asking import AskingStopped, ask_and_keep

    _check_beforehand(query, wish.engine, where)
    access = open_access(case, wish.engine, **aws)
    ready = {"athena": _athena, "lake": _lake, "insights": _insights}[wish.engine](
        access, query, where, aws, wish
    )
    errand = ready.errand
    if wish.explain:
        click.echo(safe(errand.asked.sent, keep_newlines=True))
        return
    kept = None if wish.fresh or wish.estimate else find_kept(case, errand.asked, wish.limit)
    if kept is not None:
        _log_reading(case, kept)
        _say_age(kept)
    elif not _goes_ahead(ready, wish):
        return
    else:
        with interruptible("Stopping the query at AWS") as stopping:
            try:
                kept = ask_and_keep(case, errand, wish.limit, stop=lambda: bool(stopping))
            except AskingStopped as stopped:
                say(f"{stopped} What it cost is in the action log.")
                sys.exit(130)
    show_kept(kept, wish.limit, wish.output)


def _check_beforehand(query: "AskedQuery", engine: str, where: EngineOptions) -> None:
    """Complain of what can be known to be wrong before AWS is called at all."""
    from trailtui.collect.asking_where import insights_form
    from trailtui.query.execute import rewrite

    rewrite(query.sql, query.given)
    if engine == "athena":
        _table_of(where)
    elif engine == "insights":
        insights_form(query)


def _log_reading(case: "Case", kept: "Kept") -> None:
    from trailtui.case.journal import append

    append(case, "query", {**kept.asked.as_json(), "kept": kept.id, "rows": kept.count})


def _say_age(kept: "Kept") -> None:
    seconds = max(0, now_ms() - kept.answer.ended_ms) // 1000
    unit, size = next(
        (one for one in (("days", 86400), ("hours", 3600), ("minutes", 60)) if seconds >= one[1]),
        ("seconds", 1),
    )
    say(
        f"The case has this answer, kept as {kept.id} {seconds // size} {unit} ago "
        f"({format_utc(kept.answer.ended_ms)}); it cost {kept.answer.dollars:,.4f} dollars then "
        "and nothing now. --fresh asks again."
    )


def show_kept(kept: "Kept", limit: int, output: str) -> None:
    """Print an answer; on stderr what belongs to it."""
    answer = kept.answer
    rows = answer.rows[:limit]
    print_rows([name for name, _ in answer.columns], rows, output)
    if not rows:
        say("No rows.")
    if answer.more or len(answer.rows) > limit:
        say(f"There are more rows than these {len(rows):,}: --limit shows more, or narrow it.")
    for note in answer.notes:
        say(note)
    say(
        f"Looked at {kept.asked.place} ({kept.asked.engine}, {kept.asked.account} "
        f"{kept.asked.region}) with query {answer.query}: AWS read "
        f"{answer.scanned_bytes / 1e6:,.1f} MB, about {answer.dollars:,.4f} dollars; "
        f"{kept.count:,} rows, kept in the case as {kept.id}."
    )


def list_kept(case: "Case", output: str) -> None:
    """Print what engines answered, newest first."""
    from trailtui.case.query_runs import all_kept

    columns = ("run", "asked (UTC)", "engine", "place", "query", "rows", "more", "bytes", "dollars",
               "as", "aws_query_id")  # fmt: skip
    found = all_kept(case)
    rows = [
        (
            one.id,
            format_utc(one.answer.started_ms),
            one.asked.engine,
            one.asked.place,
            one.asked.name or " ".join(one.asked.sql.split())[:60],
            one.count,
            one.answer.more,
            one.answer.scanned_bytes,
            round(one.answer.dollars, 6),
            one.asked.identity,
            one.answer.query,
        )
        for one in found
    ]
    print_rows(columns, rows, output)
    if not rows:
        say("No engine was asked yet: `trailtui query CASE NAME --on athena|lake|insights`.")


def _goes_ahead(ready: Ready, wish: Wish) -> bool:
    """Whether to ask: a cost over the threshold, or one that nobody knows, wants a yes."""
    estimate, known = ready.cost
    if wish.estimate or known or estimate.worth_asking or wish.yes:
        return go_ahead(estimate, wish.output, only_estimate=wish.estimate, yes=wish.yes)
    for line in estimate.says:
        say(f"({line})")
    if ready.short:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "what this would cost is not known beforehand",
            cure="Say --yes to run it, or ask for a short time.",
        )
    return click.confirm("What it costs is not known. Go on?", default=False, err=True)


def _athena(
    access: "Access", query: "AskedQuery", where: EngineOptions, aws: AccessOptions, wish: Wish
) -> Ready:
    from trailtui.collect.asking_cost import athena_cost, is_short
    from trailtui.collect.asking_where import ask_athena, shape_of
    from trailtui.collect.athena import Workplace, look_at_table
    from trailtui.collect.athena_table import plain_name

    database, table_name = _table_of(where)
    workplace = Workplace(
        plain_name(database, "database"), where["work_group"], where["results"], where["catalog"]
    )
    account = engine_account(access)
    session = home(access, account, where["athena_region"] or access.base.region)
    table, keys = look_at_table(session, workplace, table_name)
    named = bool(aws["account"]) or aws["organization"]
    injected = keys.account and table.projection(keys.account, "type").lower() == "injected"
    accounts = access.named_accounts() if named or injected else ()
    regions = tuple(access.base.region if one == "current" else one for one in access.reach.regions)
    if regions and keys.region is None:
        raise UsageError("the table has no partition for Regions", cure=_PUT_IN_QUERY)
    if named and keys.account is None:
        raise UsageError("the table has no partition for accounts", cure=_PUT_IN_QUERY)
    shape = shape_of(table, keys, accounts, regions)
    errand = ask_athena(query, session, account, workplace, table, shape, access.identity.arn)
    free = wish.explain or (wish.yes and not wish.estimate)
    cost = _free() if free else athena_cost(query, session, table, keys, accounts, regions)
    return Ready(errand, cost, is_short(query, session.now_ms()))


_PUT_IN_QUERY = "Put it into the query: recipientAccountId = '…', awsRegion = '…'."


def _free() -> "Cost":
    """No estimate was wanted."""
    from trailtui.collect.estimate import Estimate

    return Estimate("", 0, 0.0, 0, 0.0), True


def _table_of(where: EngineOptions) -> tuple[str, str]:
    """Database and table, however they were given."""
    database, table = where["database"], where["table"]
    if table and not database and "." in table:
        database, _, table = table.partition(".")
    if not database or not table:
        raise UsageError("Athena needs a table", cure="Give --database NAME --table NAME.")
    return database, table


def _lake(
    access: "Access", query: "AskedQuery", where: EngineOptions, aws: AccessOptions, wish: Wish
) -> Ready:
    from trailtui.cli.collect_engines import store_of
    from trailtui.collect.asking_cost import is_short, lake_cost
    from trailtui.collect.asking_where import ask_lake

    del wish
    _refuse_places(aws)
    store = store_of(access, where["store"] or where["table"])
    session = home(access, store.account, store.region)
    errand = ask_lake(query, session, store, access.identity.arn)
    return Ready(errand, lake_cost(), is_short(query, session.now_ms()))


def _insights(
    access: "Access", query: "AskedQuery", where: EngineOptions, aws: AccessOptions, wish: Wish
) -> Ready:
    from trailtui.cli.collect_engines import log_group_of
    from trailtui.collect.asking_cost import insights_cost, is_short
    from trailtui.collect.asking_where import ask_insights, insights_form, span_of

    del wish
    _refuse_places(aws)
    form = insights_form(query)
    group = log_group_of(access, where["log_group"])
    session = home(access, group.account, group.region)
    errand = ask_insights(query, session, group, form, access.identity.arn)
    cost = insights_cost(session, group, span_of(session, group, form))
    return Ready(errand, cost, is_short(query, session.now_ms()))


def _refuse_places(aws: AccessOptions) -> None:
    if aws["organization"] or (aws["account"] and not aws["role"]):
        raise UsageError("this engine is asked for all accounts that it holds", cure=_PUT_IN_QUERY)
