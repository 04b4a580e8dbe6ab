"""Records that attackers or accidents made: circles, masses, odd types; and a large case."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lineage.stories import ROOT, START_MS, assume, call, session, tell, tree_of, used, user
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.lineage import growth
from trailtui.lineage.drawing import draw
from trailtui.lineage.tree import lineage

ONE, TWO = "ASIAONE0000000000000", "ASIATWO0000000000000"


def test_a_circle_of_sessions_ends(tmp_path: Path) -> None:
    records = [
        assume(0, user(), ONE, "a"),
        assume(1, session(ONE, "a"), TWO, "b"),
        assume(2, session(TWO, "b"), ONE, "a"),
        assume(3, session(TWO, "b"), TWO, "b"),
        assume(4, session(TWO, "b"), ROOT, "a"),
    ]
    tree = tree_of(tmp_path, records)
    assert set(tree.nodes) == {ROOT, ONE, TWO}
    lines = list(draw(tree))
    assert len([line for line in lines if not line.again]) == 3
    assert len(lines) < 12


def test_more_children_than_are_followed_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "MOST_NODES", 50)
    records = [assume(n, user(), f"ASIA{n:016}") for n in range(80)]
    tree = tree_of(tmp_path, records)
    assert len(tree.nodes) == 50
    assert "nodes" in tree.cut


def test_more_calls_than_are_looked_at_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trailtui.lineage import calls

    monkeypatch.setattr(calls, "MOST_CALLS", 10)
    tree = tree_of(tmp_path, [assume(n, user(), f"ASIA{n:016}") for n in range(30)])
    assert "calls" in tree.cut


def test_a_deep_chain_needs_no_stack(tmp_path: Path) -> None:
    records = [assume(0, user(), f"ASIA{0:016}", "r0")]
    records += [
        assume(n, session(f"ASIA{n - 1:016}", f"r{n - 1}", at=n - 1), f"ASIA{n:016}", f"r{n}")
        for n in range(1, 1500)
    ]
    tree = tree_of(tmp_path, records)
    assert len(tree.nodes) == 1501
    assert len(list(draw(tree))) == 1501
    last = tree_of(tmp_path / "up", records, root=f"ASIA{1499:016}")
    assert len(last.origins()) == 100


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["credentials", "accessKeyId", "accessKey", "arn", "role", "items", "user"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
NAMES = [
    ("sts", "AssumeRole"), ("sts", "AssumeRoot"), ("sts", "GetSessionToken"),
    ("iam", "CreateUser"), ("iam", "CreateAccessKey"), ("iam", "CreateRole"),
    ("iam", "UpdateAssumeRolePolicy"), ("iam", "PutRolePolicy"), ("ec2", "RunInstances"),
    ("lambda", "CreateFunction20150331"), ("signin", "SwitchRole"), ("ssm", "SendCommand"),
    ("rolesanywhere", "CreateSession"), ("ecs", "RunTask"), ("s3", "PutBucketPolicy"),
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(NAMES), odd, odd), min_size=1, max_size=12))
def test_any_shape_of_answers_is_survived(stories: list[tuple[tuple[str, str], Any, Any]]) -> None:
    import tempfile

    records = [
        call(n, user(), source, name, asked=asked, answered=answered)
        for n, ((source, name), asked, answered) in enumerate(stories)
    ]
    with tempfile.TemporaryDirectory() as folder:
        tree = tree_of(Path(folder), records)
    assert ROOT in tree.nodes
    assert all(edge.parent in tree.nodes and edge.child in tree.nodes for edge in tree.edges)
    assert {line.node.id for line in draw(tree)} == set(tree.nodes)
    assert all(edge.events for edge in tree.edges)


def test_escapes_in_names_stay_data(tmp_path: Path) -> None:
    evil = "\x1b]52;c;AAAA\x07[/x]"
    tree = tree_of(tmp_path, [call(0, user(), "iam", "CreateUser", asked={"userName": evil})])
    (node,) = tree.descendants()
    assert node.name == evil
    assert any(evil in line.title for line in draw(tree))


def test_what_is_not_the_tree_is_not_read(tmp_path: Path) -> None:
    """In a large case only the records that can belong to the tree are read."""
    crowd = [
        assume(n, user(f"u{n % 50}", f"AKIACROWD{n % 50:011}"), f"ASIA{n:016}", number=n)
        for n in range(3000)
    ]
    mine = [assume(3001, user(), ONE), used(3002, session(ONE, at=3001))]
    with tell(tmp_path, [*crowd, *mine]) as case:
        found = growth_of(case)
        tree = lineage(case, ROOT, START_MS)
    assert set(tree.nodes) == {ROOT, ONE}
    assert found == 1


def growth_of(case: Case) -> int:
    from trailtui.lineage.actors import Actors
    from trailtui.lineage.calls import CallFinder
    from trailtui.lineage.descent import descend
    from trailtui.lineage.growth import Growth, session_of
    from trailtui.lineage.nodes import Place

    read: list[int] = []

    class Counting(CallFinder):
        def _call(self, row: Any, record: Any) -> Any:
            read.append(row[0])
            return super()._call(row, record)

    grown = Growth(case, Counting(case), Actors(case))
    grown.plant(session_of([], ROOT), Place.ROOT)
    descend(grown)
    return len(read)


def test_real_records(shared_data: Path, tmp_path: Path) -> None:
    """Every credential that real records issue is found, from the one that issued it."""
    with Case.create(tmp_path / "real.case") as case:
        collect_files(case, [str(shared_data / "stratus"), str(shared_data / "log_examples")])
        expected = issued_pairs(shared_data)
        assert len(expected) > 3
        for parent, child in expected:
            tree = lineage(case, parent, START_MS)
            assert any((e.parent, e.child) == (parent, child) for e in tree.edges), (parent, child)
            assert tree.nodes[child].issued_ms is not None
        assert lineage(case, expected[0][1], START_MS).origins()


def issued_pairs(folder: Path) -> list[tuple[str, str]]:
    """Caller and issued key id, read from the raw files without the program."""
    found: list[tuple[str, str]] = []
    files = [*(folder / "stratus").iterdir(), *(folder / "log_examples").iterdir()]
    for file in files:
        text = file.read_text()
        if text[:1] not in "[{":
            continue  # a licence
        value = json.loads(text)
        for record in value if isinstance(value, list) else value.get("Records", [value]):
            answered = record.get("responseElements") or {}
            for part in ("credentials", "accessKey"):
                key = (answered.get(part) or {}).get("accessKeyId")
                caller = record.get("userIdentity", {}).get("accessKeyId")
                if key and caller and "*" not in key + caller and not record.get("errorCode"):
                    found.append((caller, key))
    return list(dict.fromkeys(found))
