"""Queries as people paste them: AWS's own samples and odd ones, against DuckDB."""

import pytest

from tests.query.engines import Engines
from tests.query.test_semantics import questions

PASTED = questions("pasted.sql")
ORDERED = questions("pasted_ordered.sql")
OWN_WORDS = questions("pasted_own_words.sql")


@pytest.mark.parametrize("query", PASTED)
def test_a_pasted_query_answers_as_duckdb_does(engines: Engines, query: str) -> None:
    assert engines.agree(query) > 0


@pytest.mark.parametrize("query", ORDERED)
def test_its_rows_come_in_duckdbs_order(engines: Engines, query: str) -> None:
    assert engines.agree(query, ordered=True) > 0


@pytest.mark.parametrize(("query", "duck"), list(zip(OWN_WORDS[::2], OWN_WORDS[1::2], strict=True)))
def test_it_answers_as_duckdb_does_in_its_own_words(
    engines: Engines, query: str, duck: str
) -> None:
    assert engines.agree(query, duck) > 0
