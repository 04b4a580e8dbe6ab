"""The lineage as a step and as values to go through."""

from pathlib import Path

import pytest

from tests.lineage.stories import ACCOUNT, ROOT, assume, call, tell, used, user
from trailtui.case.marks import judge_entity
from trailtui.lineage.nodes import NodeKind
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError
from trailtui.playbook import tracing
from trailtui.playbook.condition import LINEAGE_NAMES, parse_subject
from trailtui.playbook.load import load_text
from trailtui.playbook.runner import PlaybookRun

ONE, KEY = "ASIAONE0000000000000", "AKIASECOND0000000000"
BOOK = """
id: tree
title: Tree
version: 1
inputs:
  access_key: {type: access_key, required: true}
phases:
  - phase: scope
    steps:
      - id: drawn
        title: What came out of it?
        guide: Look.
        run: {lineage: "{{ access_key }}"}
      - id: keys
        title: Its keys
        guide: Look.
        for_each: lineage.keys
        run: {pivot: credential, with: {value: "{{ each }}"}}
      - id: roles
        title: Roles
        guide: Look.
        when: lineage.roles empty
        run: {manual: nothing}
"""
RECORDS = [
    call(0, user(), "iam", "CreateAccessKey", asked={"userName": "bob"},
         answered={"accessKey": {"accessKeyId": KEY, "userName": "bob"}}),
    assume(1, user(), ONE, seconds=100 * 365 * 86400),
    used(2, user("bob", KEY)),
]  # fmt: skip


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trees are drawn as of a minute after the story."""
    from tests.lineage.stories import START_MS

    monkeypatch.setattr(tracing, "now_ms", lambda: START_MS + 60_000)


def test_a_step_draws_the_tree_and_others_go_through_it(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        judge_entity(case, Entity("credential", ROOT), "indicator", "leaked")
        run = PlaybookRun.start(case, load_text(BOOK, "tree.yaml"), {"access_key": ROOT})
        drawn = run.run_step("drawn").result
        assert drawn is not None
        (part,) = drawn.parts
        rows = [dict(zip(part.columns, row, strict=True)) for row in part.rows]
        assert [(row["id"], row["kind"], row["from"]) for row in rows] == [
            (ROOT, NodeKind.ACCESS_KEY, ""), (KEY, NodeKind.ACCESS_KEY, ROOT),
            (ONE, NodeKind.SESSION, ROOT),
        ]  # fmt: skip
        assert part.looked_at
        assert [event is None for event in part.event_ids] == [True, False, False]
        gone_through = run.run_step("keys").result
        assert gone_through is not None
        assert [one.each for one in gone_through.parts] == [ROOT, KEY]
        assert not run.standings().by_id["roles"].applies


def test_every_name_stands_for_something(tmp_path: Path) -> None:
    with tell(tmp_path, RECORDS) as case:
        judge_entity(case, Entity("credential", ROOT), "indicator", "leaked")
        traced = tracing.Traced(case)
        values = {name: traced.values(name) for name in LINEAGE_NAMES}
    assert values["live"] == (ROOT, KEY, ONE)
    assert values["unused"] == (ONE,)
    assert values["sessions"] == (ONE,)
    assert values["users"] == tuple(f"arn:aws:iam::{ACCOUNT}:user/{n}" for n in ("alice", "bob"))
    assert values["roles"] == (f"arn:aws:iam::{ACCOUNT}:role/deploy",)
    assert values["uncontained"] == values["live"]
    assert values["opened"] == ()


def test_a_name_that_means_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="the lineage has no 'leaves'"):
        parse_subject("lineage.leaves")
