"""DISTINCT and unions over maps and rows: equal is what Trino takes for equal."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.query.engines import load
from tests.records import record
from trailtui.case.file import Case
from trailtui.query.sql import run_sql

IDENTITY = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a"}
RESOURCE = {"ARN": "arn:aws:s3:::b", "accountId": "111122223333"}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Records that hold the same in other words."""
    same = [
        {"requestParameters": {"a": "1", "b": "x"}, "userIdentity": IDENTITY,
         "resources": [RESOURCE]},
        {"requestParameters": {"b": "x", "a": 1}, "userIdentity": IDENTITY | {"userName": None},
         "resources": [dict(reversed(RESOURCE.items()))]},
        {"requestParameters": {"a": "1", "b": "y"},
         "userIdentity": dict(reversed(IDENTITY.items())), "resources": []},
    ]  # fmt: skip
    with Case.create(tmp_path_factory.mktemp("alike") / "alike.case") as made:
        load(made, [record(number, **changes) for number, changes in enumerate(same)])
        yield made


def rows(case: Case, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in run_sql(case, query).rows]


@pytest.mark.parametrize(
    ("column", "number"), [("requestParameters", 2), ("userIdentity", 1), ("resources", 2)]
)
def test_the_order_and_spelling_of_members_make_no_difference(
    case: Case, column: str, number: int
) -> None:
    asked = f"SELECT {column} FROM events"
    assert len(rows(case, f"SELECT DISTINCT {column} FROM events")) == number
    assert len(rows(case, f"{asked} UNION {asked}")) == number
    assert len(rows(case, f"{asked} UNION ALL {asked}")) == 6
    assert len(rows(case, f"{asked} INTERSECT {asked}")) == number
    assert rows(case, f"SELECT count(DISTINCT {column}) FROM events") == [(number,)]
    assert rows(case, f"{asked} EXCEPT {asked}") == []


def test_members_are_still_found_in_what_was_made_one(case: Case) -> None:
    query = (
        "SELECT element_at(u.requestParameters, 'b') FROM (SELECT requestParameters FROM events "
        "UNION SELECT requestParameters FROM events) u ORDER BY 1"
    )
    assert rows(case, query) == [("x",), ("y",)]


def test_whole_records_of_two_stores_are_one_each(case: Case) -> None:
    assert len(rows(case, "SELECT * FROM $EDS_ID UNION SELECT * FROM $EDS_ID")) == 3
