"""The case answers what DuckDB answers to the same question over the same records."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.query.engines import Engines


def questions(name: str) -> list[str]:
    """The lines of a file beside this one, without comments and blank lines."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("--")]


QUERIES = questions("same_words.sql")
OWN_WORDS = questions("own_words.sql")
ORDERED = questions("ordered.sql")
REAL = questions("real.sql")
FURTHER = questions("further.sql")


@pytest.mark.parametrize("query", QUERIES + FURTHER)
def test_answers_as_duckdb_does(engines: Engines, query: str) -> None:
    engines.agree(query)


@pytest.mark.parametrize(("query", "duck"), list(zip(OWN_WORDS[::2], OWN_WORDS[1::2], strict=True)))
def test_answers_as_duckdb_does_in_its_own_words(engines: Engines, query: str, duck: str) -> None:
    engines.agree(query, duck)


@pytest.mark.parametrize("query", ORDERED)
def test_order_is_trinos(engines: Engines, query: str) -> None:
    engines.agree(query, query, ordered=True)  # DuckDB too has NULLs last in both directions


@pytest.mark.parametrize("query", REAL)
def test_answers_as_duckdb_does_over_real_records(real_engines: Engines, query: str) -> None:
    assert real_engines.agree(query) > 0


ATOMS = [
    "errorCode = 'AccessDenied'",
    "errorCode IS NULL",
    "errorCode LIKE '%Denied'",
    "eventName <> 'ListUsers'",
    "eventName IN ('ListUsers', 'GetObject')",
    "awsRegion = 'us-east-1'",
    "sourceIPAddress = ''",
    "coalesce(sourceIPAddress, '') = ''",
    "lower(userAgent) LIKE '%boto%'",
    "userAgent > 'a'",
    "userIdentity.userName = 'alice'",
    "userIdentity.userName <> 'alice'",
    "userIdentity.userName IS NULL",
    "userIdentity.accessKeyId LIKE 'ASIA%'",
    "userIdentity.accessKeyId = ''",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "userIdentity.sessionContext.sessionIssuer.userName = 'deploy'",
    "userIdentity.type = userIdentity.userName",
    "readOnly",
    "eventTime >= timestamp '2026-03-02 00:00:00'",
    "eventTime < timestamp '2026-03-02 07:00:00.250'",
    "eventTime IS NULL",
    "element_at(requestParameters, 'bucketName') = 'bucket-2'",
    "requestParameters IS NULL",
    "recipientAccountId = '999988887777'",
    "length(eventName) > 9",
    "errorMessage LIKE 'User%'",
    "NULL",
    "true",
]

conditions = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map("(NOT {})".format),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(condition=conditions)
def test_any_condition_selects_the_same_events(engines: Engines, condition: str) -> None:
    engines.agree(f"SELECT eventID FROM events WHERE {condition}")


@settings(max_examples=80, deadline=None)
@given(condition=conditions)
def test_any_condition_has_the_same_truth_value(engines: Engines, condition: str) -> None:
    """The full logic of NULL: true, false and unknown, not only what WHERE lets through."""
    if condition == "NULL":
        return
    engines.agree(f"SELECT eventID, ({condition}) AS met FROM events")
