"""The places that have events: kept with the rows, never looked for among all of them."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.case.test_loading import load
from tests.records import record
from trailtui.case.coverage import looked_at
from trailtui.case.file import Case
from trailtui.case.schema import MIGRATIONS, split_statements

_REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "", None, ...])
_ACCOUNTS = st.sampled_from(["111122223333", "999988887777", None, ...])
_RECORDS = st.lists(st.tuples(st.integers(0, 6), _ACCOUNTS, _REGIONS), max_size=8)


def kept(case: Case) -> set[tuple[int, int]]:
    return set(case.connection.execute("SELECT account, region FROM places"))


def there(case: Case) -> set[tuple[int, int]]:
    sql = "SELECT DISTINCT account, coalesce(region, 0) FROM event_rows"
    return set(case.connection.execute(sql))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(_RECORDS, max_size=4))
def test_places_are_those_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, documents: list[list[tuple[int, object, object]]]
) -> None:
    """Whatever is loaded: other events, the same again, the same id with another content."""
    path = tmp_path_factory.mktemp("places") / "one.case"
    with Case.create(path) as case:
        for number, rows in enumerate(documents):
            made = [
                record(n, recipientAccountId=account, awsRegion=region)
                for n, account, region in rows
            ]
            load(case, json.dumps(made).encode(), f"file{number}")
            assert kept(case) == there(case)


def test_a_case_from_before_learns_its_places(case: Case) -> None:
    load(case, json.dumps([record(1), record(2, awsRegion="eu-west-3")]).encode())
    before = kept(case)
    case.connection.execute("DROP TABLE places")
    script = dict(MIGRATIONS)["0005_places"]
    for statement in split_statements(script):
        case.connection.execute(statement)
    assert kept(case) == before
    assert len(before) == 2


def test_the_sentence_counts_them_after_each_collect(case: Case) -> None:
    load(case, json.dumps([record(1)]).encode(), "one")
    assert "in 1 account-Region pairs" in looked_at(case)
    with Case.open(case.path) as other:  # another process at work on the same case
        load(other, json.dumps([record(2, awsRegion="eu-west-3")]).encode(), "two")
    assert "in 2 account-Region pairs" in looked_at(case)
