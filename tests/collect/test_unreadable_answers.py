"""An engine's answer that can't be read leaves every place of its query partly seen."""

from __future__ import annotations

import pytest

from trailtui.case.covering import Known, asked_layers
from trailtui.case.fetches import State, Unit, plan_fetches, update_fetch
from trailtui.case.file import Case
from trailtui.collect.storing import Brought, Document, Store, read_document

DAY_MS = 24 * 3_600_000
REGIONS = ("eu-west-1", "us-east-1")


@pytest.mark.parametrize(("source", "partial"), [("lake", set(REGIONS)), ("lookup", {"eu-west-1"})])
def test_whose_time_was_not_seen_whole(case: Case, source: str, partial: set[str]) -> None:
    units = [Unit(source, "111122223333", region, 0, DAY_MS, {}) for region in REGIONS]
    fetches = plan_fetches(case, units)
    broken = read_document(Document("page 1", b'{"QueryResultRows": [[{"eventJson": '))
    Store(case).store([Brought(fetches[0].id, (broken,), {})])
    for fetch in fetches:
        update_fetch(case, fetch.id, State.FETCHED, reached_ms=0)
    found = {
        region: {stretch.state for stretch in stretches}
        for (_, region, _, _), stretches in asked_layers(case).items()
    }
    assert {region for region, states in found.items() if Known.PARTIAL in states} == partial
    as_it_came = asked_layers(case, as_read=False)
    assert all(s.state is Known.FETCHED for told in as_it_came.values() for s in told)
