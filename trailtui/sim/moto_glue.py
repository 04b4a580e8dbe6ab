"""moto's insides, third part: the Glue Data Catalog, where Athena keeps its tables; work groups."""

from __future__ import annotations

from moto.athena.models import athena_backends
from moto.glue.models import GlueBackend, glue_backends

from trailtui.sim.dynamic import Dynamic

DEFAULT_DATABASE = "default"


def _glue(account: str, region: str) -> GlueBackend:
    backend = glue_backends[account][region]
    if DEFAULT_DATABASE not in backend.databases:  # Athena makes it where it is missing
        backend.create_database(DEFAULT_DATABASE, {"Name": DEFAULT_DATABASE})
    return backend


def databases(account: str, region: str) -> list[str]:
    """The names of a catalogue's databases."""
    return sorted(_glue(account, region).databases)


def make_database(account: str, region: str, name: str) -> None:
    """Add a database that is not there yet."""
    _glue(account, region).create_database(name, {"Name": name})


def tables(account: str, region: str, database: str) -> dict[str, Dynamic]:
    """What Glue has of each table of a database (its TableInput), by name; of no database: none."""
    found = _glue(account, region).databases.get(database)
    if found is None:
        return {}
    return {
        name: table.get_version(str(len(table.versions))) for name, table in found.tables.items()
    }


def make_table(account: str, region: str, database: str, table: dict[str, Dynamic]) -> None:
    """Add a table (a TableInput) that is not there yet."""
    _glue(account, region).create_table(database, str(table["Name"]), table)


def drop_table(account: str, region: str, database: str, name: str) -> None:
    """Take a table away."""
    _glue(account, region).delete_table(database, name)


def work_group(account: str, region: str, name: str) -> dict[str, Dynamic] | None:
    """A work group's configuration; None where there is none of the name."""
    found = athena_backends[account][region].work_groups.get(name)
    return dict(found.configuration or {}) if found is not None else None
