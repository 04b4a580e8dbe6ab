"""A table of CloudTrail's log files as Athena describes it: its columns, their types, its files.

Two official schemas are met: nested columns declared as structs, free-form ones as strings that
hold JSON (CloudTrail and Athena User Guides), and crawled tables, where those are structs, too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trailtui.aws.errors import AccessDenied, CallError, NotFound, Refused
from trailtui.aws.session import AwsSession
from trailtui.model.errors import InputError

CATALOG = "AwsDataCatalog"
NEEDED = ("eventtime", "eventid", "eventname")
"""Without these columns a table is none of CloudTrail's."""

_TOKEN = re.compile(r"\s*(`[^`]+`|\w+|[<>,:()])")
_NOT_FOUND = re.compile(r"not ?found|EntityNotFound|does not exist", re.IGNORECASE)
_DENIED = re.compile(r"access ?denied|not authorized", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_]{1,255}")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type of Hive: a plain one, or one that holds others."""

    name: str
    """Lower case: `string`, `boolean`, `struct`, `array`, `map`…"""
    fields: tuple[tuple[str, "ColumnType"], ...] = ()
    """Of a struct, in their order; of an array or map its members' type, without a name."""

    @property
    def nested(self) -> bool:
        """Whether a value of it is more than a text or number."""
        return self.name in ("struct", "array", "map")


@dataclass(frozen=True, slots=True)
class Table:
    """A table in Athena's catalogue."""

    database: str
    name: str
    columns: Mapping[str, ColumnType]
    """By lower-case name, in their order, partition keys left out."""
    partitions: Mapping[str, ColumnType]
    properties: Mapping[str, str] = field(default_factory=dict[str, str])
    catalog: str = CATALOG

    @property
    def location(self) -> str:
        """Where its files lie (an S3 URI), or the template of it; empty where nobody says."""
        template = self.properties.get("storage.location.template", "")
        return template if self.projected and template else self.properties.get("location", "")

    @property
    def projected(self) -> bool:
        """Whether Athena reckons the partitions instead of looking them up."""
        return self.properties.get("projection.enabled", "").lower() == "true"

    def projection(self, key: str, what: str) -> str:
        """A property of a key's projection (`type`, `format`, `values`…); empty where none."""
        return self.properties.get(f"projection.{key}.{what}", "") if self.projected else ""


def plain_name(text: str, what: str) -> str:
    """A database's or table's name as a query may hold it; raises InputError for another one."""
    if not _PLAIN_NAME.fullmatch(text):
        raise InputError(
            f"{text!r} is no name of a {what}", cure="Letters, digits and _ (Athena User Guide)."
        )
    return text.lower()


def describe_table(session: AwsSession, database: str, name: str, catalog: str = CATALOG) -> Table:
    """What Athena knows of a table (GetTableMetadata). Raises a CallError, or InputError where the
    table is none of CloudTrail's."""
    try:
        answer = session.read(
            "athena",
            "GetTableMetadata",
            CatalogName=catalog,
            DatabaseName=plain_name(database, "database"),
            TableName=plain_name(name, "table"),
        )
    except Refused as error:
        raise _named(error, f"{database}.{name}") from None
    return table_of(answer.values["TableMetadata"], database, catalog)


def _named(error: Refused, name: str) -> CallError:
    """What Athena hands on of Glue's refusal (MetadataException), by its cause."""
    told: dict[str, Any] = {"where": error.where, "code": error.code, "status": error.status}
    if _NOT_FOUND.search(error.what):
        return NotFound(
            f"there is no table {name} in this account and Region",
            cure="Name another, give --athena-region, or make it with --create-table.",
            **told,
        )
    if _DENIED.search(error.what):
        return AccessDenied(
            error.what,
            cure="The identity needs glue:GetTable on the catalogue, the database and the table; "
            "docs/permissions.md has the least policy.",
            **told,
        )
    return error


def table_of(told: Mapping[str, Any], database: str, catalog: str = CATALOG) -> Table:
    """A table from GetTableMetadata's answer."""
    table = Table(
        database.lower(),
        str(told["Name"]).lower(),
        _columns(told.get("Columns", [])),
        _columns(told.get("PartitionKeys", [])),
        {str(key): str(value) for key, value in told.get("Parameters", {}).items()},
        catalog,
    )
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise InputError(
            f"{database}.{table.name} is no table of CloudTrail's: it lacks {', '.join(missing)}",
            cure="Name another table, or make one with --create-table.",
        )
    return table


def _columns(listed: Sequence[Mapping[str, Any]]) -> dict[str, ColumnType]:
    return {
        str(one["Name"]).lower(): parse_type(str(one.get("Type") or "string")) for one in listed
    }


def parse_type(text: str) -> ColumnType:
    """A type as the catalogue writes it: `struct<type:string,arn:string>`, `array<...>`.

    Raises InputError for one that can't be read.
    """
    tokens = _tokens(text)
    found, end = _type_at(tokens, 0)
    if end != len(tokens):
        raise InputError(f"the type {text[:200]!r} can't be read")
    return found


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if not found:
            raise InputError(f"the type {text[:200]!r} can't be read")
        tokens.append(found[1].strip("`"))
        position = found.end()
    return tokens


def _type_at(tokens: Sequence[str], at: int) -> tuple[ColumnType, int]:
    if at >= len(tokens):
        raise InputError("a type ends too early")
    name = tokens[at].lower()
    if not name.isidentifier():
        raise InputError(f"{name[:60]!r} is no type")
    opens = tokens[at + 1 : at + 2]
    if opens == ["("]:
        end = tokens.index(")", at) + 1 if ")" in tokens[at:] else len(tokens)
        return ColumnType(name), end
    if opens != ["<"]:
        return ColumnType(name), at + 1
    members: list[tuple[str, ColumnType]] = []
    at += 1
    while tokens[at : at + 1] != [">"]:
        member, at = _member(tokens, at + 1, named=name == "struct")
        members.append(member)
        if tokens[at : at + 1] not in ([","], [">"]):
            raise InputError("a type is not closed")
    return ColumnType(name, tuple(members)), at + 1


def _member(tokens: Sequence[str], at: int, *, named: bool) -> tuple[tuple[str, ColumnType], int]:
    label = ""
    if named:
        if tokens[at + 1 : at + 2] != [":"]:
            raise InputError("a field of a struct has no type")
        label, at = tokens[at].lower(), at + 2
    inner, at = _type_at(tokens, at)
    return (label, inner), at
