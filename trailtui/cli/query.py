"""`trailtui queries` and `trailtui query`: the library, and SQL of one's own."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from trailtui.cli.aws_options import AccessOptions, access_options
from trailtui.cli.cases import open_case
from trailtui.cli.collecting import cost_options
from trailtui.cli.output import format_option, print_rows, say
from trailtui.cli.query_elsewhere import (
    EngineOptions,
    Wish,
    ask_elsewhere,
    engine_options,
    list_kept,
    show_kept,
)
from trailtui.model.errors import UsageError
from trailtui.model.text import safe
from trailtui.model.wording import numbered

if TYPE_CHECKING:
    from trailtui.case.file import Case
    from trailtui.collect.asking_where import AskedQuery
    from trailtui.query.result import Result

_FOLDER = click.option(
    "--queries",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="A folder of further queries.",
)


class _Options(EngineOptions, AccessOptions):
    """Where an engine is, and who asks."""


@click.command()
@click.argument("name", required=False)
@_FOLDER
@format_option
def queries(name: str | None, folders: tuple[Path, ...], output: str) -> None:
    """List the query library, or show one query in full."""
    from trailtui.query.library import Query, find_query, load_queries

    if name is not None:
        _show(find_query(name, folders), output)
        return
    found: Sequence[Query] = list(load_queries(folders).values())
    rows = [
        (
            query.name,
            query.phase,
            query.title,
            ", ".join(
                parameter.name if parameter.required else f"[{parameter.name}]"
                for parameter in query.parameters
            ),
            ", ".join(query.attack),
        )
        for query in found
    ]
    print_rows(("name", "phase", "title", "parameters", "attack"), rows, output)


def _show(query: object, output: str) -> None:
    from trailtui.query.library import Query

    assert isinstance(query, Query)  # noqa: S101 - only for the type checker
    if output != "table":
        columns = ("name", "phase", "title", "description", "attack", "look_for", "good", "sql",
                   "file", "sha256")  # fmt: skip
        row = [
            ", ".join(query.attack) if column == "attack" else getattr(query, column)
            for column in columns
        ]
        print_rows(columns, [row], output)
        return
    lines = [f"{query.name}: {query.title}", f"phase {query.phase}"]
    if query.attack:
        lines[-1] += f", ATT&CK {', '.join(query.attack)}"
    lines += ["", query.description, ""]
    for parameter in query.parameters:
        default = "required" if parameter.required else "may be left out"
        if parameter.default is not None:
            default = f"default {parameter.default}"
        described = f": {parameter.description}" if parameter.description else ""
        lines.append(f"  -p {parameter.name}=…  {parameter.type}, {default}{described}")
    lines += ["", "Look for", query.look_for, "", "Harmless", query.good, "", query.sql]
    click.echo(safe("\n".join(lines), keep_newlines=True))


@click.command()
@click.argument("case", required=False)
@click.argument("name", required=False)
@click.option("--sql", metavar="SELECT", help="A query of your own; - reads it from stdin.")
@click.option("-p", "given", multiple=True, metavar="K=V", help="A parameter's value.")
@click.option(
    "--on",
    "engine",
    type=click.Choice(["case", "athena", "lake", "insights"]),
    default="case",
    show_default=True,
    help="Where it is asked.",
)
@click.option("--explain", is_flag=True, help="Show what would be asked, and ask nothing.")
@click.option("--fresh", is_flag=True, help="Ask AWS again, whatever the case has kept.")
@click.option("--runs", is_flag=True, help="List the answers of AWS's engines that are kept.")
@click.option("--run", "number", type=int, metavar="N", help="Show a kept answer again.")
@click.option("--columns", "columns_only", is_flag=True, help="List the columns and stop.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="Rows.")
@click.option("--pin", "reason", metavar="REASON", help="Pin the events of the rows as evidence.")
@_FOLDER
@cost_options
@engine_options
@access_options
@format_option
def query(
    case: str | None,
    name: str | None,
    sql: str | None,
    given: tuple[str, ...],
    engine: str,
    explain: bool,
    fresh: bool,
    runs: bool,
    number: int | None,
    columns_only: bool,
    limit: int,
    reason: str | None,
    folders: tuple[Path, ...],
    estimate: bool,
    yes: bool,
    output: str,
    **options: Unpack[_Options],
) -> None:
    """Ask CASE a query of the library by NAME, or any SELECT with --sql.

    With --on the same question goes to Athena, CloudTrail Lake or CloudWatch Logs Insights. Its
    answer is kept in the case, and given again where the same is asked again. Costs money: what is
    over a dollar, or not known beforehand, is asked first. Exit code 4 where AWS refused something.
    """
    if columns_only:
        _list_columns(output)
        return
    if case is not None and (runs or number is not None):
        _show_runs(case, number, limit, output)
        return
    if case is None or (name is None) == (sql is None):
        raise UsageError("give a case, and either the name of a query or --sql",
                         cure="`trailtui queries` lists the library.")  # fmt: skip
    if reason is not None and (explain or engine != "case"):
        raise UsageError(
            "only rows of the case can be pinned", cure="Leave out --on and --explain."
        )
    found = _found(name, sql, given, folders)
    where: EngineOptions = {key: options[key] for key in EngineOptions.__annotations__}  # type: ignore[assignment]
    aws: AccessOptions = {key: options[key] for key in AccessOptions.__annotations__}  # type: ignore[assignment]
    wish = Wish(engine, limit, output, fresh, explain, estimate, yes)
    if engine != "case" and (not explain or _names_a_place(where)):
        with open_case(case) as opened:
            ask_elsewhere(opened, found, wish, where, aws)
        return
    with open_case(case, readonly=explain) as opened:
        if explain:
            words = _explained(opened, found, engine, where["table"])
            click.echo(safe(words, keep_newlines=True))
            return
        result = _ask_the_case(opened, found, limit, output)
        if reason is not None:
            _pin(opened, result, reason)


def _found(
    name: str | None, sql: str | None, given: tuple[str, ...], folders: tuple[Path, ...]
) -> "AskedQuery":
    """The question, its parameters read by their types."""
    from trailtui.collect.asking_where import AskedQuery
    from trailtui.query.library import find_query, read_parameters

    values = _pairs(given)
    if name is None:
        return AskedQuery(_text_of(sql or ""), values)
    one = find_query(name, folders)
    return AskedQuery(one.sql, read_parameters(one, values), one.name, one.sha256, one.insights)


def _ask_the_case(case: "Case", found: "AskedQuery", limit: int, output: str) -> "Result":
    from trailtui.query.library import ask

    started = time.monotonic()
    result = ask(case, found.sql, found.given, limit=limit, name=found.name, sha256=found.sha256)
    took = time.monotonic() - started
    print_rows(result.columns, result.rows, output)
    if not result.rows:
        say("No rows.")
    if result.truncated:
        say(f"There are more rows than these {limit:,}: --limit shows more, or narrow the query.")
    say(f"{result.looked_at} {numbered(len(result.rows), 'row')} in {took:.2f} s.")
    return result


def _pin(case: "Case", result: "Result", reason: str) -> None:
    """Pin the events that rows stand for; a row of a group stands for none."""
    from trailtui.case.events import by_ids
    from trailtui.case.marks import pin_event

    ids = {each for each in result.event_ids if each is not None}
    events = by_ids(case, sorted(ids))
    for event in events:
        pin_event(case, event, reason=reason)
    others = sum(each is None for each in result.event_ids)
    none = f"; {numbered(others, 'row')} of several events or of none: not pinned" if others else ""
    say(f"{numbered(len(events), 'event')} pinned{none}.")


def _show_runs(case: str, number: int | None, limit: int, output: str) -> None:
    from trailtui.case.query_runs import kept_run

    with open_case(case, readonly=True) as opened:
        if number is None:
            list_kept(opened, output)
        else:
            show_kept(kept_run(opened, number), limit, output)


def _names_a_place(where: EngineOptions) -> bool:
    """Whether AWS can be asked what the table or group is like: then --explain is exact."""
    return any(where[key] for key in ("database", "store", "log_group"))


def _explained(case: "Case", found: "AskedQuery", engine: str, table: str | None) -> str:
    """The query in the words of one engine, or of all of them."""
    from trailtui.collect.asking_where import insights_form
    from trailtui.query.elsewhere import Engine, sql_for
    from trailtui.query.errors import QueryError
    from trailtui.query.sql import explain_sql

    names = {"athena": table or "cloudtrail_logs", "lake": table or "<event_data_store_id>"}
    parts: list[str] = []
    for each in ("case", "athena", "lake", "insights") if engine == "case" else (engine,):
        try:
            if each == "case":
                words = explain_sql(case, found.sql, found.given)
            elif each == "insights":
                form = insights_form(found)
                words = "\n".join([form.text, *(f"# {note}" for note in form.notes)])
            else:
                words = sql_for(Engine(each), found.sql, found.given, names[each])
        except QueryError as error:
            if each == engine:
                raise
            words = f"can't be asked there: {error}"
        parts.append(f"-- {each}\n{words}")
    return "\n\n".join(parts)


def _pairs(given: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"{pair!r} is no parameter", cure="Write -p name=value.")
        if key in values:
            raise UsageError(f"the parameter {key!r} is given twice")
        values[key] = value
    return values


def _text_of(sql: str) -> str:
    return sys.stdin.read() if sql == "-" else sql


def _list_columns(output: str) -> None:
    from trailtui.query.columns import paths

    rows = [
        (path, str(column.kind), "computed by the case" if column.virtual else "")
        for path, column in paths()
    ]
    print_rows(("column", "type", "note"), rows, output)
