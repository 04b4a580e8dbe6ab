"""Athena's catalogue: databases and tables as their DDL made them, and the partitions of a table.

Source: Athena User Guide, "CREATE TABLE", "Partition projection", "Supported types for partition
projection" (an injected column needs a static condition in every query).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlglot import exp

from trailtui.sim.engines.duck import QueryFailedError
from trailtui.sim.engines.shapes import Columns

_KEY = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Table:
    """A table over objects in S3."""

    database: str
    name: str
    columns: Columns
    partitions: Columns
    location: str
    properties: Mapping[str, str]

    @property
    def projected(self) -> bool:
        """Whether partitions are reckoned from the template."""
        return self.properties.get("projection.enabled", "").lower() == "true"

    @property
    def injected(self) -> tuple[str, ...]:
        """Partition columns whose values only a query can give."""
        return tuple(
            name
            for name in self.partitions
            if self.properties.get(f"projection.{name}.type") == "injected"
        )

    def prefix(self) -> tuple[str, str]:
        """Bucket, and the part of the keys before the first partition."""
        place = self._template().partition("${")[0]
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return bucket, key

    def partition_of(self, bucket: str, key: str) -> dict[str, str] | None:
        """The partition an object lies in; None where it lies in none of the table's."""
        if not self.partitions:
            return {} if f"s3://{bucket}/{key}".startswith(self.location) else None
        pattern = ""
        position = 0
        template = self._template().rstrip("/")
        for found in _KEY.finditer(template):
            pattern += re.escape(template[position : found.start()])
            pattern += f"(?P<{found[1]}>{self._values(found[1])})"
            position = found.end()
        pattern += re.escape(template[position:]) + "/"
        matched = re.match(pattern, f"s3://{bucket}/{key}")
        return matched.groupdict() if matched else None

    def _values(self, name: str) -> str:
        kind = self.properties.get(f"projection.{name}.type", "")
        if kind == "enum":
            listed = self.properties.get(f"projection.{name}.values", "").split(",")
            return "|".join(re.escape(one.strip()) for one in listed)
        if kind == "date":
            written = self.properties.get(f"projection.{name}.format", "yyyy/MM/dd")
            return re.sub(r"[yMdHms]+", lambda found: rf"\d{{{len(found[0])}}}", re.escape(written))
        return "[^/]+"

    def _template(self) -> str:
        return self.properties.get("storage.location.template", self.location)


@dataclass
class Catalogue:
    """The databases and tables of one account and Region."""

    databases: set[str] = field(default_factory=lambda: {"default"})
    tables: dict[tuple[str, str], Table] = field(default_factory=dict[tuple[str, str], Table])

    def carry_out(self, tree: exp.Expr, database: str) -> bool:
        """Carry out a statement that changes the catalogue; False where it is none.

        Raises:
            QueryFailedError: Athena's message.
        """
        if isinstance(tree, exp.Create) and tree.kind in ("DATABASE", "SCHEMA"):
            self._make_database(tree)
        elif isinstance(tree, exp.Create) and tree.kind == "TABLE":
            self._make_table(tree, database)
        elif isinstance(tree, exp.Drop) and tree.kind == "TABLE":
            named = cast("exp.Table", tree.this)
            key = ((named.db or database).lower(), named.name.lower())
            if key not in self.tables and not tree.args.get("exists"):
                raise QueryFailedError(f"SemanticException Table not found {named.name}")
            self.tables.pop(key, None)
        else:
            return False
        return True

    def _make_database(self, tree: exp.Create) -> None:
        name = tree.this.name.lower() or tree.this.db.lower()
        if name in self.databases and not tree.args.get("exists"):
            raise QueryFailedError(f"AlreadyExistsException: Database {name} already exists")
        self.databases.add(name)

    def _make_table(self, tree: exp.Create, database: str) -> None:
        schema = cast("exp.Schema", tree.this)
        named = cast("exp.Table", schema.this)
        key = ((named.db or database).lower(), named.name.lower())
        if key[0] not in self.databases:
            raise QueryFailedError(f"SemanticException Database does not exist: {key[0]}")
        if key in self.tables:
            if tree.args.get("exists"):
                return
            raise QueryFailedError(f"AlreadyExistsException: Table {key[1]} already exists")
        properties = cast("list[exp.Expr]", tree.args["properties"].expressions)
        located = [one for one in properties if isinstance(one, exp.LocationProperty)]
        if not located:
            raise QueryFailedError("SemanticException: the table has no LOCATION")
        self.tables[key] = Table(
            *key,
            _columns(cast("list[exp.ColumnDef]", schema.expressions)),
            _partitions(properties),
            located[0].this.name,
            _told(properties),
        )


def _columns(listed: list[exp.ColumnDef]) -> dict[str, exp.DataType]:
    return {one.name.lower(): cast("exp.DataType", one.kind) for one in listed}


def _partitions(properties: list[exp.Expr]) -> dict[str, exp.DataType]:
    for one in properties:
        if isinstance(one, exp.PartitionedByProperty):
            return _columns(cast("list[exp.ColumnDef]", one.this.expressions))
    return {}


def _told(properties: list[exp.Expr]) -> dict[str, str]:
    """What TBLPROPERTIES says."""
    plain = [one for one in properties if type(one) is exp.Property]
    return {one.this.name: one.args["value"].name for one in plain}


def hive_type(kind: exp.DataType) -> str:
    """A type as the catalogue tells it: lower case, no blanks."""
    return kind.sql(dialect="hive").lower().replace(": ", ":").replace(", ", ",")
