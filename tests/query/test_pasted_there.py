"""AWS's own samples and their like, asked of the simulated Athena and Lake: the case's answers."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from tests.query.asked_world import World, same, world
from tests.query.test_semantics import questions
from trailtui.collect.asking_where import AskedQuery
from trailtui.query.result import Scalar
from trailtui.query.sql import run_sql

ASKED = [*questions("pasted_own_words.sql")[::2], *questions("pasted_ordered.sql")]
NOT_THERE = (
    "ipaddress", "map_keys", "UNNEST", "date_format(", "substr(eventtime", "(VALUES",
    "requestparameters.", "responseelements.",
)  # fmt: skip
"""What the simulated engines don't evaluate, and maps with dots, which only the case takes."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("pasted"), 200) as made:
        yield made


def _counted(rows: Iterable[Iterable[Scalar]]) -> "Counter[tuple[Scalar, ...]]":
    """Rows as they are; Lake writes NULL and an empty text alike."""
    return Counter(tuple(None if one == "" else same(one) for one in row) for row in rows)


@pytest.mark.parametrize("engine", ["athena", "lake"])
@pytest.mark.parametrize("sql", [one for one in ASKED if not any(n in one for n in NOT_THERE)])
def test_it_answers_there_as_here(there: World, sql: str, engine: str) -> None:
    query = AskedQuery(sql, {})
    kept = there.ask(query, engine)
    here = _counted(run_sql(there.case, sql, {}, 5000).rows)
    assert here == _counted(kept.answer.rows)
