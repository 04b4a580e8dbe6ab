"""Athena's catalogue: databases and tables as their DDL made them, kept in Glue.

Source: Athena User Guide, "CREATE TABLE", "DROP TABLE", "CREATE DATABASE", "SHOW TABLES".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlglot
from sqlglot import exp

from trailtui.sim import moto_glue
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.engines.duck import QueryFailedError
from trailtui.sim.engines.projection import Projection
from trailtui.sim.engines.shapes import Columns

_KEY = re.compile(r"\$\{(\w+)\}")
_READABLE = ("org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.hive.serde.CloudTrailSerde")
_INPUT_FORMAT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"


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

    def projections(self, now: datetime) -> dict[str, Projection]:
        """How each partition column is reckoned."""
        return {name: Projection(name, self.properties, now) for name in self.partitions}

    def prefix(self) -> tuple[str, str]:
        """Bucket, and the part of the keys before the first partition."""
        place = self._template().partition("${")[0]
        bucket, _, key = place.removeprefix("s3://").partition("/")
        return bucket, key

    def keys(self, now: datetime) -> re.Pattern[str]:
        """What the keys of its objects begin with; its groups are the partition columns."""
        template = self._template()
        template = template.rstrip("/") + "/"
        known = self.projections(now)
        pattern, position = "", 0
        for found in _KEY.finditer(template):
            column = found[1].lower()
            if column not in known:
                raise QueryFailedError(
                    f"INVALID_TABLE_PROPERTY: the template's {column} is no partition column"
                )
            pattern += re.escape(template[position : found.start()])
            pattern += f"(?P<{column}>{known[column].pattern()})"
            position = found.end()
        return re.compile(pattern + re.escape(template[position:]))

    def _template(self) -> str:
        template = self.properties.get("storage.location.template", "")
        if template or not self.projected:
            return template or self.location
        return self.location.rstrip("/") + "".join(f"/{key}=${{{key}}}" for key in self.partitions)


def _typed(columns: list[dict[str, str]]) -> dict[str, exp.DataType]:
    return {
        one["Name"].lower(): sqlglot.parse_one(one["Type"], read="hive", into=exp.DataType)
        for one in columns
    }


@dataclass
class Catalogue:
    """The databases and tables of one account and Region."""

    account: str
    region: str

    def told(self, database: str, name: str) -> dict[str, Dynamic] | None:
        """What Glue has of a table; None where there is none."""
        return moto_glue.tables(self.account, self.region, database).get(name)

    def table(self, database: str, name: str) -> Table | None:
        """A table to read from; None where there is none.

        Raises:
            QueryFailedError: its files are not of a kind that is read here.
        """
        told = self.told(database, name)
        if told is None:
            return None
        stored: dict[str, Dynamic] = told["StorageDescriptor"]
        serde = str(stored.get("SerdeInfo", {}).get("SerializationLibrary", ""))
        if serde not in _READABLE or stored.get("InputFormat") != _INPUT_FORMAT:
            raise QueryFailedError(
                f"NOT_SUPPORTED: the simulator reads no tables of {serde} and "
                f"{stored.get('InputFormat')}"
            )
        return Table(
            database,
            name,
            _typed(stored["Columns"]),
            _typed(told.get("PartitionKeys", [])),
            str(stored["Location"]),
            {str(k): str(v) for k, v in told.get("Parameters", {}).items()},
        )

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
            self._drop_table(tree, database)
        else:
            return False
        return True

    def _make_database(self, tree: exp.Create) -> None:
        name = tree.this.name.lower() or tree.this.db.lower()
        if name not in moto_glue.databases(self.account, self.region):
            moto_glue.make_database(self.account, self.region, name)
        elif not tree.args.get("exists"):
            raise QueryFailedError(f"AlreadyExistsException: Database {name} already exists")

    def _drop_table(self, tree: exp.Drop, database: str) -> None:
        named = list(tree.find_all(exp.Table))
        if len(named) != 1:
            raise QueryFailedError("SYNTAX_ERROR: one table at a time")
        within, name = (named[0].db or database).lower(), named[0].name.lower()
        if self.told(within, name) is not None:
            moto_glue.drop_table(self.account, self.region, within, name)
        elif not tree.args.get("exists"):
            raise QueryFailedError(f"SemanticException Table not found {name}")

    def _make_table(self, tree: exp.Create, database: str) -> None:
        schema = tree.this
        properties = tree.args.get("properties")
        if not isinstance(schema, exp.Schema) or properties is None:
            raise QueryFailedError("NOT_SUPPORTED: only CREATE EXTERNAL TABLE is in this simulator")
        listed = cast("list[exp.Expr]", properties.expressions)
        if not any(isinstance(one, exp.ExternalProperty) for one in listed):
            raise QueryFailedError("SemanticException: only external tables can be made so")
        named = cast("exp.Table", schema.this)
        within, name = (named.db or database).lower(), named.name.lower()
        if within not in moto_glue.databases(self.account, self.region):
            raise QueryFailedError(f"SemanticException Database does not exist: {within}")
        if self.told(within, name) is not None:
            if tree.args.get("exists"):
                return
            raise QueryFailedError(f"AlreadyExistsException: Table {name} already exists")
        told = _table_input(name, cast("list[exp.ColumnDef]", schema.expressions), listed)
        moto_glue.make_table(self.account, self.region, within, told)


def _table_input(
    name: str, columns: list[exp.ColumnDef], properties: list[exp.Expr]
) -> dict[str, Dynamic]:
    """A table as Glue takes it."""
    stored: dict[str, Dynamic] = {"Columns": _listed(columns)}
    keys: list[dict[str, str]] = []
    for one in properties:
        if isinstance(one, exp.LocationProperty):
            stored["Location"] = one.this.name
        elif isinstance(one, exp.PartitionedByProperty):
            keys = _listed(cast("list[exp.ColumnDef]", one.this.expressions))
        elif isinstance(one, exp.RowFormatSerdeProperty):
            stored["SerdeInfo"] = {"SerializationLibrary": one.this.name}
        elif isinstance(one, exp.FileFormatProperty) and isinstance(
            one.this, exp.InputOutputFormat
        ):
            stored["InputFormat"] = one.this.args["input_format"].name
            stored["OutputFormat"] = one.this.args["output_format"].name
        elif type(one) is not exp.Property and not isinstance(
            one, exp.ExternalProperty | exp.SchemaCommentProperty
        ):
            raise QueryFailedError(f"NOT_SUPPORTED: {one.sql(dialect='hive')} is not simulated")
    if not str(stored.get("Location", "")).startswith("s3://"):
        raise QueryFailedError("SemanticException: the table has no LOCATION in S3")
    repeated = {one["Name"] for one in keys} & {one["Name"] for one in stored["Columns"]}
    if repeated:
        raise QueryFailedError(
            f"SemanticException Column repeated in partitioning columns: {repeated}"
        )
    plain = [one for one in properties if type(one) is exp.Property]
    told = {one.this.name: one.args["value"].name for one in plain}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **told},
        "PartitionKeys": keys,
        "StorageDescriptor": stored,
    }


def _listed(columns: list[exp.ColumnDef]) -> list[dict[str, str]]:
    return [
        {"Name": one.name.lower(), "Type": hive_type(cast("exp.DataType", one.kind))}
        for one in columns
    ]


def hive_type(kind: exp.DataType) -> str:
    """A type as the catalogue tells it: lower case, no blanks."""
    return kind.sql(dialect="hive").lower().replace(": ", ":").replace(", ", ",")
