"""The query library: questions as files, `queries/NAME.yaml`, checked before they are used."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.query.given import TYPES, Given, Value, as_json, read_parameter
from trailtui.query.result import Result
from trailtui.query.source import Complaint, Source, read_source
from trailtui.shipped import shipped_folder

SCHEMA = Path(__file__).with_name("query.schema.json")
DEFAULT_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a query is asked with."""

    name: str
    type: str
    """text | time | access_key | arn | ip | account | region | integer | boolean"""
    default: str | int | bool | None = None
    required: bool = True
    """Whether the query can't be asked without it; else it is NULL where it is not given."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A question of the library."""

    name: str
    title: str
    phase: str
    description: str
    sql: str
    look_for: str
    """What to look for in the answer."""
    good: str
    """What a harmless answer looks like."""
    attack: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    insights: str = ""
    file: str = ""
    sha256: str = ""
    """Of the file, so that the action log says which wording was asked."""


@dataclass(slots=True)
class Checked:
    """What became of a file: a query, or the complaints about it."""

    query: Query | None = None
    complaints: list[Complaint] = field(default_factory=list[Complaint])


def load_queries(folders: Iterable[Path] = ()) -> dict[str, Query]:
    """All queries by their names, sorted: the shipped ones, then those of further folders.

    A query of a further folder takes the place of a shipped one of the same name. Raises
    InputError with every complaint where a file is not as it must be.
    """
    found = dict(_shipped())
    for folder in folders:
        found.update(_load_folder(folder))
    return dict(sorted(found.items()))


def find_query(name: str, folders: Iterable[Path] = ()) -> Query:
    """One query by its name; raises InputError with the nearest name where there is none."""
    queries = load_queries(folders)
    if name in queries:
        return queries[name]
    from trailtui.query.columns import nearest

    guess = nearest(name, list(queries))
    cure = f"Did you mean {guess}?" if guess else "`trailtui queries` lists them."
    raise InputError(f"there is no query {name!r}", cure=cure)


def run_query(
    case: Case,
    name: str,
    parameters: Mapping[str, Value | None],
    *,
    limit: int = DEFAULT_LIMIT,
    folders: Iterable[Path] = (),
) -> Result:
    """Ask a query of the library and write it into the action log.

    Values may be texts as a user types them; each is read by its parameter's type. None is the
    same as not given.
    """
    query = find_query(name, folders)
    given = read_parameters(query, parameters)
    return ask(case, query.sql, given, limit=limit, name=query.name, sha256=query.sha256)


def ask(
    case: Case,
    sql: str,
    parameters: Mapping[str, Given],
    *,
    limit: int = DEFAULT_LIMIT,
    name: str = "",
    sha256: str = "",
) -> Result:
    """Run a query and write what was asked, and how much it answered, into the action log.

    A query that fails is written down as well, with the reason.
    """
    from trailtui.query.sql import run_sql

    what: dict[str, object] = {"name": name, "sha256": sha256} if name else {"sql": sql}
    what["parameters"] = {key: as_json(value) for key, value in parameters.items()}
    started = time.monotonic()
    try:
        result = run_sql(case, sql, parameters, limit)
    except InputError as error:
        took = round((time.monotonic() - started) * 1000)
        append(case, "query", {**what, "failed": error.what, "took_ms": took})
        raise
    answer = {"rows": len(result.rows), "truncated": result.truncated, "took_ms": result.took_ms}
    append(case, "query", {**what, **answer})
    return result


def read_parameters(
    query: Query, given: Mapping[str, Value | None], present_ms: int | None = None
) -> dict[str, Given]:
    """The values for a query: what was given, read by type; else the default; else NULL.

    Raises InputError for an unknown name, a value that does not fit, or one that is missing.
    """
    names = {parameter.name for parameter in query.parameters}
    for name in given:
        if name not in names:
            raise InputError(
                f"the query {query.name} has no parameter {name!r}",
                cure=f"It has {', '.join(sorted(names)) or 'none'}.",
            )
    present = now_ms() if present_ms is None else present_ms
    values: dict[str, Given] = {}
    for parameter in query.parameters:
        value = given.get(parameter.name)
        value = parameter.default if value is None else value
        if value is None and parameter.required:
            raise InputError(
                f"the query {query.name} needs a value for {parameter.name!r}",
                cure=f"Give it with -p {parameter.name}=… ({parameter.type}).",
            )
        values[parameter.name] = (
            None
            if value is None
            else read_parameter(parameter.name, parameter.type, value, present)
        )
    return values


def check_file(path: Path) -> Checked:
    """Read one file; every complaint names line, key and what is allowed there."""
    source = read_source(path)
    if source.complaints:
        return Checked(complaints=source.complaints)
    complaints = [*_against_schema(source), *_against_each_other(source)]
    if complaints:
        return Checked(complaints=sorted(complaints, key=lambda each: each.line))
    return Checked(query=_built(source))


@cache
def _shipped() -> Mapping[str, Query]:
    return _load_folder(shipped_folder("queries"))


def _load_folder(folder: Path) -> dict[str, Query]:
    if not folder.is_dir():
        raise InputError("there is no such folder of queries", where=str(folder))
    found: dict[str, Query] = {}
    complaints: list[Complaint] = []
    for path in sorted(folder.glob("*.yaml")):
        checked = check_file(path)
        complaints += checked.complaints
        if checked.query is not None:
            found[checked.query.name] = checked.query
    if complaints:
        first, *others = complaints
        more = "".join(f"\n{complaint}" for complaint in others)
        raise InputError(f"{first}{more}".rstrip("."), cure="docs/query-format.md has the format.")
    return found


@cache
def _schema() -> Mapping[str, object]:
    return cast("Mapping[str, object]", json.loads(SCHEMA.read_text("utf-8")))


def _against_schema(source: Source) -> list[Complaint]:
    from jsonschema import Draft202012Validator

    complaints: list[Complaint] = []
    validator = Draft202012Validator(_schema())
    for error in validator.iter_errors(cast("str", source.data)):  # pyright: ignore[reportUnknownMemberType]
        path = tuple(cast("Iterable[str | int]", error.absolute_path))
        schema = cast("Mapping[str, object]", error.schema)
        allowed = str(schema.get("description", ""))
        rule = str(error.validator)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        if rule == "additionalProperties":
            known = cast("Mapping[str, object]", schema.get("properties", {}))
            content = cast("Mapping[str, object]", error.instance)
            for key in content:
                if key not in known:
                    complaints.append(
                        source.complaint((*path, key), "unknown key", ", ".join(known))
                    )
            continue
        if "enum" in schema:
            allowed = ", ".join(str(each) for each in cast("list[object]", schema["enum"]))
        message = {
            "required": error.message,
            "enum": f"{error.instance!r} is not allowed",
            "pattern": f"{error.instance!r} is not of the right form",
        }.get(rule, f"wrong value ({error.message[:80]})")
        if rule == "required":
            allowed = "all of " + ", ".join(cast("list[str]", schema["required"]))
        complaints.append(source.complaint(path, message, allowed))
    return complaints


def _against_each_other(source: Source) -> list[Complaint]:
    """What a schema can't say: the file's name, defaults that fit, parameters that are used."""
    data = cast("dict[str, object]", source.data)
    complaints: list[Complaint] = []
    if data.get("name") != source.path.stem:
        complaints.append(source.complaint(("name",), "not the file's name", source.path.stem))
    declared = data.get("parameters")
    parameters = cast("dict[str, object]", declared if isinstance(declared, dict) else {})
    for name, content in parameters.items():
        entry = cast("dict[str, object]", content if isinstance(content, dict) else {})
        default = entry.get("default")
        if isinstance(default, str | int) and entry.get("type") in TYPES:
            try:
                read_parameter(str(name), str(entry["type"]), default, 0)
            except InputError as error:
                key = ("parameters", str(name), "default")
                complaints.append(source.complaint(key, error.what, error.cure))
    return complaints


def _built(source: Source) -> Query:
    data = cast("Mapping[str, str]", source.data)
    declared = cast("Mapping[str, Mapping[str, object]]", data.get("parameters") or {})
    return Query(
        name=data["name"],
        title=data["title"],
        phase=data["phase"],
        description=data["description"].strip(),
        sql=data["sql"].strip(),
        look_for=data["look_for"].strip(),
        good=data["good"].strip(),
        attack=tuple(data.get("attack") or ()),
        parameters=tuple(
            Parameter(
                name,
                str(entry["type"]),
                cast("str | int | bool | None", entry.get("default")),
                bool(entry.get("required", "default" not in entry)),
                str(entry.get("description", "")),
            )
            for name, entry in declared.items()
        ),
        insights=str(data.get("insights", "")).strip(),
        file=str(source.path),
        sha256=hashlib.sha256(source.content).hexdigest(),
    )
