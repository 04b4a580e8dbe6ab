"""Every query of the library answers what DuckDB answers to it over the same records."""

import pytest

from tests.query.engines import Engines
from tests.query.translating import for_duckdb
from trailtui.query.library import find_query, load_queries, read_parameters

VALUES = {
    "key": "AKIAEXAMPLEALICE0000",
    "principal": "arn:aws:iam::111122223333:user/alice",
    "ip": "198.51.100.7",
    "agent": "aws-cli",
    "resource": "bucket-1",
    "role": "deploy",
    "service": "iam.amazonaws.com",
    "at_least": "2",
    "at_most": "9",
}
WINDOW = {"since": "2026-03-01T12:00:00Z", "until": "2026-03-03T00:00:00Z"}
TIES = {"new-user-agents"}
"""Queries whose min_by or max_by has several rows to choose from in the real records."""


def _agree(engines: Engines, name: str, window: dict[str, str]) -> int:
    query = find_query(name)
    asked = {p.name: VALUES[p.name] for p in query.parameters if p.name in VALUES}
    asked = {key: value for key, value in asked.items() if _needed(name, key)}
    given = read_parameters(query, {**asked, **window}, 0)
    return engines.agree(query.sql, for_duckdb(query.sql, given), given)


def _needed(name: str, key: str) -> bool:
    parameter = next(p for p in find_query(name).parameters if p.name == key)
    return parameter.required or parameter.type == "integer"


@pytest.mark.parametrize("name", sorted(load_queries()))
def test_a_shipped_query_answers_as_duckdb_does(engines: Engines, name: str) -> None:
    whole = _agree(engines, name, {})
    assert 0 <= _agree(engines, name, WINDOW) <= max(whole, 400)


@pytest.mark.parametrize("name", sorted(set(load_queries()) - TIES))
def test_over_real_records_too(real_engines: Engines, name: str) -> None:
    _agree(real_engines, name, {})
