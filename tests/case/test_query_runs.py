"""Answers of query engines that a case keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.case.file import Case
from trailtui.case.journal import entries, verify
from trailtui.case.query_runs import Answer, Asked, all_kept, find_kept, keep, kept_run, lines_of
from trailtui.model.errors import CaseError, InputError

ASKED = Asked(
    "athena", "111122223333", "us-east-1", "db.logs", "SELECT 1", "SELECT 1", {"key": "AKIA"},
    identity="arn:aws:iam::111122223333:user/responder",
)  # fmt: skip
ANSWER = Answer(
    "q-1", 1000, 3000, 4096, 0.25, (("name", "varchar"), ("n", "bigint")),
    (("a", 1), (None, 2)), more=False, notes=("said",),
)  # fmt: skip


def test_an_answer_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.case") as case:
        kept = keep(case, ASKED, ANSWER)
        assert kept_run(case, kept.id) == kept
        assert find_kept(case, ASKED, 1000) == kept
        (listed,) = all_kept(case)
        assert (listed.count, listed.answer.rows) == (2, ())
        told = entries(case, kinds=["query"])[-1].what
        assert (told["run"], told["query"], told["answer_sha256"]) == (kept.id, "q-1", kept.sha256)
        assert told["dollars"] == 0.25
        assert verify(case).ok


def test_only_the_same_question_at_the_same_place_is_the_same(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.case") as case:
        keep(case, ASKED, ANSWER)
        for other in (
            replace(ASKED, sent="SELECT 2"),
            replace(ASKED, engine="lake"),
            replace(ASKED, account="999999999999"),
            replace(ASKED, region="eu-west-1"),
            replace(ASKED, place="db.other"),
        ):
            assert find_kept(case, other, 1) is None
        assert find_kept(case, replace(ASKED, name="who", sha256="x"), 1) is not None


def test_a_cut_answer_serves_no_larger_question(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.case") as case:
        keep(case, ASKED, replace(ANSWER, more=True))
        assert find_kept(case, ASKED, 2) is not None
        assert find_kept(case, ASKED, 3) is None


def test_rows_that_were_changed_are_noticed(tmp_path: Path) -> None:
    with Case.create(tmp_path / "a.case") as case:
        kept = keep(case, ASKED, ANSWER)
        other = keep(case, ASKED, replace(ANSWER, rows=(("b", 1),)))
        with case.writing() as connection:
            connection.execute(
                "UPDATE query_runs SET answer = (SELECT answer FROM query_runs WHERE id = ?) "
                "WHERE id = ?",
                [other.id, kept.id],
            )
        with pytest.raises(CaseError, match="were changed"):
            kept_run(case, kept.id)
        with pytest.raises(InputError, match="no kept answer 77"):
            kept_run(case, 77)


@given(
    st.lists(
        st.tuples(
            st.none() | st.text() | st.integers(-(2**60), 2**60) | st.booleans(),
            st.floats(allow_nan=False, allow_infinity=False),
        )
    )
)
def test_any_rows_survive_as_lines(rows: list[tuple[str | int | bool | None, float]]) -> None:
    import json

    assert [tuple(json.loads(one)) for one in lines_of(rows).splitlines()] == rows
