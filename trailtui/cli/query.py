"""`trailtui queries` and `trailtui query`: the library, and SQL of one's own."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trailtui.cli.cases import open_case
from trailtui.cli.output import format_option, print_rows, say
from trailtui.model.errors import InputError, UsageError
from trailtui.model.text import safe

if TYPE_CHECKING:
    from trailtui.case.file import Case
    from trailtui.query.context import Given

_FOLDER = click.option(
    "--queries",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="A folder of further queries.",
)


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
@click.option("--explain", is_flag=True, help="Show what is asked, and ask nothing.")
@click.option(
    "--table",
    metavar="NAME",
    help="Athena's table (database.table) or Lake's event data store, for --explain.",
)
@click.option("--columns", "columns_only", is_flag=True, help="List the columns and stop.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="Rows.")
@_FOLDER
@format_option
def query(
    case: str | None,
    name: str | None,
    sql: str | None,
    given: tuple[str, ...],
    engine: str,
    explain: bool,
    table: str | None,
    columns_only: bool,
    limit: int,
    folders: tuple[Path, ...],
    output: str,
) -> None:
    """Ask CASE a query of the library by NAME, or any SELECT with --sql."""
    if columns_only:
        _list_columns(output)
        return
    if case is None or (name is None) == (sql is None):
        raise UsageError("give a case, and either the name of a query or --sql",
                         cure="`trailtui queries` lists the library.")  # fmt: skip
    if engine != "case" and not explain:
        raise InputError(
            f"this version asks the case only; for {engine} it writes the query",
            cure=f"Add --explain to see it, or `trailtui collect CASE {engine}` to fetch events.",
        )
    from trailtui.query.library import Query, ask, find_query, read_parameters

    values = _pairs(given)
    found: Query | None = find_query(name, folders) if name is not None else None
    text = found.sql if found is not None else _text_of(sql or "")
    parameters = read_parameters(found, values) if found is not None else values
    with open_case(case, readonly=explain) as opened:
        if explain:
            insights = found.insights if found is not None else ""
            click.echo(safe(_explained(opened, text, parameters, engine, table, insights),
                            keep_newlines=True))  # fmt: skip
            return
        started = time.monotonic()
        result = ask(
            opened,
            text,
            parameters,
            limit=limit,
            name=found.name if found else "",
            sha256=found.sha256 if found else "",
        )
        took = time.monotonic() - started
    print_rows(result.columns, result.rows, output)
    if not result.rows:
        say("No rows.")
    if result.truncated:
        say(f"There are more rows than these {limit:,}: --limit shows more, or narrow the query.")
    say(f"{result.looked_at} {len(result.rows):,} rows in {took:.2f} s.")


def _explained(
    case: "Case",
    text: str,
    parameters: "Mapping[str, Given]",
    engine: str,
    table: str | None,
    insights: str,
) -> str:
    """The query in the words of one engine, or of all of them."""
    from trailtui.query.elsewhere import Engine, sql_for
    from trailtui.query.errors import QueryError
    from trailtui.query.sql import explain_sql

    names = {"athena": table or "cloudtrail_logs", "lake": table or "<event_data_store_id>"}
    parts: list[str] = []
    for each in ("case", "athena", "lake", "insights") if engine == "case" else (engine,):
        try:
            if each == "case":
                words = explain_sql(case, text, parameters)
            elif each == "insights":
                words = insights or "no form for CloudWatch Logs Insights is written for this query"
            else:
                words = sql_for(Engine(each), text, parameters, names[each])
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
