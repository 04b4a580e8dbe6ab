"""Which way a query takes depends on the case; what it answers does not."""

import pytest

from tests.query.engines import NOW_MS, Engines
from tests.query.translating import for_duckdb
from trailtui.query import statistics
from trailtui.query.execute import explain_sql, rewrite
from trailtui.query.fragment import Sql
from trailtui.query.statistics import Statistics

_ASKED = (
    "SELECT count(*) FROM events WHERE eventName IN ('CreateUser', 'ListUsers') AND "
    "sourceIPAddress = '198.51.100.7'"
)
_BY = (
    "SELECT eventName, max_by(userAgent, eventTime), min_by(userAgent, eventTime), "
    "max_by(errorCode, eventTime), max_by(eventID, eventTime) FROM events "
    "WHERE eventTime IS NOT NULL GROUP BY eventName, eventTime HAVING count(*) = 1"
)


def test_no_index_is_taken_where_most_events_meet_the_condition(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = engines.ask(_ASKED).rows
    assert "USING INDEX event_by_" in explain_sql(engines.case, _ASKED, {})
    monkeypatch.setattr(statistics, "_FEW", 0)
    for share, taken in ((1, True), (10_000, False)):
        monkeypatch.setattr(statistics, "_WORTH_AN_INDEX", share)
        plan = explain_sql(engines.case, _ASKED, {})
        assert ("USING INDEX event_by_" in plan) == taken
        assert engines.ask(_ASKED).rows == expected


def test_the_narrowest_condition_takes_its_index(engines: Engines) -> None:
    sizes = Statistics(engines.case.connection)
    some = Sql("e1.name IN (SELECT id FROM strings WHERE text LIKE '%s%')")
    none = Sql("e1.error IN (SELECT id FROM strings WHERE text = 'nothing')")
    other = Sql("e1.flags > 0")
    assert [each.text[:4] for each in sizes.with_best_index([some, other, none])] == [
        "+e1.", "e1.f", "e1.e",
    ]  # fmt: skip


def test_first_and_last_are_the_same_packed_or_not(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = engines.ask(_BY)
    assert len(packed.rows) > 100
    assert engines.agree(_BY, for_duckdb(_BY, {})) > 100
    made = rewrite(_BY, {}, present_ms=NOW_MS).sql  # without a case: nothing is known of its texts
    assert "tt_max_by(e1.agent" in made
    monkeypatch.setattr(statistics, "PACKED_BITS", 1)  # no text of this case fits
    assert engines.ask(_BY).rows == packed.rows
