"""One set of records in a case, a store of Lake, a trail's bucket with a table, and a log group."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tests.collect.engine_account import (
    LOCATION,
    OUTPUT,
    REGIONS,
    START,
    account_with_engines,
    environment,
    session_of,
    soon,
)
from tests.query.engines import load
from tests.sim.corpus import Record, corpus
from trailtui.aws.session import AwsSession
from trailtui.case.file import Case
from trailtui.case.query_runs import Kept
from trailtui.collect.asking import Errand, ask_and_keep
from trailtui.collect.asking_where import (
    AskedQuery,
    ask_athena,
    ask_insights,
    ask_lake,
    insights_form,
    shape_of,
)
from trailtui.collect.athena import Workplace, look_at_table, make_table
from trailtui.collect.insights_groups import groups_of_trails
from trailtui.collect.lake_stores import stores_in
from trailtui.query.given import Given
from trailtui.query.library import find_query, read_parameters
from trailtui.query.result import Scalar
from trailtui.sim.account import SimulatedAccount
from trailtui.sim.operations.lake import add_store

SINCE = "2026-03-10T06:00:00Z"
VALUES = {
    "key": "ASIAEXAMPLE", "principal": "eks.amazonaws.com", "ip": "eks.amazonaws.com",
    "agent": "aws", "resource": "arn", "role": "role", "service": "iam.amazonaws.com",
    "at_least": "2",
}  # fmt: skip


@dataclass
class World:
    """The case, and the way to the same records at AWS."""

    case: Case
    account: SimulatedAccount
    session: AwsSession
    records: list[Record]

    def errand(self, query: AskedQuery, engine: str) -> Errand:
        me = self.session.identity().arn
        if engine == "athena":
            workplace = Workplace("trails", output=OUTPUT)
            table, keys = look_at_table(self.session, workplace, "cloudtrail")
            shape = shape_of(table, keys, [self.account.number], [])
            number = self.account.number
            return ask_athena(query, self.session, number, workplace, table, shape, me)
        if engine == "lake":
            return ask_lake(query, self.session, stores_in(self.session)[0], me)
        (group,) = groups_of_trails(self.session)
        return ask_insights(query, self.session, group, insights_form(query), me)

    def errand_place(self, engine: str) -> str:
        """The place that an engine is asked at."""
        return self.errand(AskedQuery("SELECT eventID FROM events", {}), engine).asked.place

    def ask(self, query: AskedQuery, engine: str, limit: int = 5000) -> Kept:
        return ask_and_keep(self.case, self.errand(query, engine), limit, wait=soon)


@contextmanager
def world(folder: Path, count: int = 600) -> Iterator[World]:
    """All of it; the environment holds the root key meanwhile."""
    made = corpus(count, seed=5, start=START, hours=40, regions=REGIONS, data_share=0.1)
    made = [one for one in made if one["eventCategory"] != "Insight"]
    with account_with_engines(made) as account, patch.dict(os.environ, environment(account)):
        add_store(account.world)
        session = session_of(account)
        workplace = Workplace("trails", output=OUTPUT)
        with account.unrecorded():
            make_table(session, workplace, "cloudtrail", LOCATION, [*REGIONS], wait=soon)
        with account.unrecorded(), Case.create(folder / "same.case") as case:
            load(case, made)
            yield World(case, account, session, made)


def asked(name: str, **more: str) -> AskedQuery:
    """A query of the library with values for what it needs."""
    query = find_query(name)
    needed = {p.name: VALUES[p.name] for p in query.parameters if p.required}
    known = {p.name for p in query.parameters}
    given = {**needed, **{key: value for key, value in more.items() if key in known}}
    values: Mapping[str, Given] = read_parameters(query, given, 0)
    return AskedQuery(query.sql, values, query.name, query.sha256, query.insights)


def same(value: Scalar) -> Scalar:
    """A value such that small differences of writing are none: JSON's blanks, a double's end."""
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else value
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    return value
