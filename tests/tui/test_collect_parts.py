"""The parts that collecting from the console is made of, without a screen."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len

from tests.records import record
from tests.tui.conftest import HOSTILE, make_case
from trailtui.case.events import page
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.case.marks import add_note
from trailtui.model.entity import Entity
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.tui.background_lines import background_lines
from trailtui.tui.following import Watch
from trailtui.tui.gathering import Ending, Stage
from trailtui.tui.interrupted import Interrupted, find_interrupted
from trailtui.tui.polite_case import PoliteCase
from trailtui.tui.wanted import Wanted, attribute_of, parse_wanted

KEY = "AKIAEXAMPLEALICE0000"


# What is wanted


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("", Wanted()),
        ("from=-7d to=2026-03-01", Wanted(since="-7d", until="2026-03-01")),
        ("eu-west-1,us-east-1 111122223333 role=audit",
         Wanted(regions="eu-west-1,us-east-1", accounts="111122223333", role="audit")),
        ("organization current entities",
         Wanted(accounts="organization", regions="current", what="entities")),
        (KEY, Wanted(what=f"AccessKeyId={KEY}")),
        ("arn:aws:iam::111122223333:user/team/alice", Wanted(what="Username=alice")),
        ("arn:aws:s3:::bucket", Wanted(what="ResourceName=arn:aws:s3:::bucket")),
        ("eventname=CreateUser", Wanted(what="EventName=CreateUser")),
        ("'Username=two words'", Wanted(what="Username=two words")),
    ],
)  # fmt: skip
def test_words_become_what_is_wanted(line: str, made: Wanted) -> None:
    assert parse_wanted(line, Wanted()) == made


@given(
    some.sampled_from(["-24h", "2026-01-31T03:04:05Z", "now"]),
    some.sampled_from(["own", "organization", "111122223333,444455556666"]),
    some.sampled_from(["all", "current", "eu-west-1", "eu-west-1,us-east-1"]),
    some.sampled_from(["", "audit", "arn:aws:iam::111122223333:role/team/audit"]),
    some.one_of(
        some.sampled_from(["everything", "entities"]),
        some.text(some.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1).map(
            lambda text: f"Username={text}"
        ),
    ),
)
def test_its_line_gives_it_again(
    until: str, accounts: str, regions: str, role: str, what: str
) -> None:
    wanted = Wanted("-90d", until, accounts, role, regions, what)
    other = Wanted("-1h", "now", "own", "", "all", "everything")
    assert parse_wanted(wanted.line, other) == wanted


@pytest.mark.parametrize("word", ["198.51.100.7", "agent:curl", "Nobody", "1234", "EventName="])
def test_what_aws_can_not_look_for_is_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"can't look for|could be any"):
        attribute_of(word)


def test_entities_are_asked_one_after_the_other() -> None:
    entities = [Entity("credential", KEY), Entity("credential", KEY), Entity("ip", "192.0.2.1")]
    (asked,) = Wanted(what="entities").attributes(entities)
    assert str(asked) == f"AccessKeyId = {KEY}"
    with pytest.raises(InputError, match=r"can't look for ip 192\.0\.2\.1"):
        Wanted(what="entities").attributes(entities[2:])


def test_regions_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="is no Region"):
        Wanted(regions="eu-west-1,nowhere").reach("x")


# Others get their turn


def test_a_note_does_not_wait_for_the_end_of_a_collect(tmp_path: Path) -> None:
    """The writer goes on as fast as it can; the note has to come between two transactions."""
    path = tmp_path / "busy.case"
    Case.create(path).close()
    waiting, written = threading.Event(), threading.Event()

    def write_note() -> None:
        with Case.open(path) as case:
            waiting.set()
            add_note(case, "in between")
            written.set()

    busy = PoliteCase.opener(lambda: waiting.is_set() and not written.is_set())(path)
    thread = threading.Thread(target=write_note)
    with busy:
        with busy.writing():
            thread.start()
            waiting.wait()
        for _ in range(200):
            with busy.writing() as connection:
                connection.execute("SELECT 1")
            if written.is_set():
                break
        assert written.is_set()
    thread.join()


def test_a_transaction_within_another_does_not_wait(tmp_path: Path) -> None:
    path = tmp_path / "busy.case"
    Case.create(path).close()
    asked: list[bool] = []

    def others_wait() -> bool:
        asked.append(busy.connection.in_transaction)
        return False

    busy = PoliteCase.opener(others_wait)(path)
    with busy, busy.writing():
        append(busy, "note", {})
        assert not asked
    assert asked == [False]


# The lines


def _session(**changes: object) -> Any:
    known = {"interrupted": None, "gathering": None, "following": None, "collecting": False,
             "detecting": None, "doing": {}}  # fmt: skip
    return SimpleNamespace(name="alice", **{**known, **changes})


def _gathering(stage: Stage, ending: Ending | None = None, *, stopping: bool = False) -> Any:
    return SimpleNamespace(name="lookup", stage=stage, ending=ending, stopping=stopping)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_lines_fit_and_the_keys_are_never_cut(width: int, tmp_path: Path) -> None:
    hostile = " ".join(HOSTILE)
    records = [record(n, eventName=text, sourceIPAddress=text, userIdentity={"arn": text})
               for n, text in enumerate(HOSTILE)]  # fmt: skip
    path = make_case(tmp_path / "hostile.case", records)
    with Case.open(path, readonly=True) as case:
        rows = page(case).rows
    watch = Watch(hostile, 17, 0, 3, 1000, 2, (hostile,))
    job = SimpleNamespace(watch=watch, error=None, news=rows)
    broken = SimpleNamespace(watch=watch, error=TrailtuiError(hostile), news=())
    far = Stage(123_456, 999_999, "parts", 1_234_567, 99_999, 321, 98_765.0)
    for session, keys in [
        (_session(gathering=_gathering(far)), ["N shows  - stops"]),
        (_session(gathering=_gathering(Stage())), ["N shows  - stops"]),
        (_session(gathering=_gathering(far, stopping=True)), ["stopping…"]),
        (_session(gathering=_gathering(far, Ending(hostile, False))), ["6 coverage  - away"]),
        (_session(following=job), [":follow stop", "N shows"]),
        (_session(following=broken), ["f again"]),
        (_session(interrupted=Interrupted("lookup", 0, 12, True, Wanted())), ["- leaves it"]),
        (_session(interrupted=Interrupted("s3", 0, 12, False)), ["- leaves it"]),
    ]:
        lines = background_lines(cast("Any", session), width, local=False)
        assert len(lines) == len(keys)
        for line, key in zip(lines, keys, strict=True):
            assert line.plain.rstrip().endswith(key)
            assert cell_len(line.plain) <= width
            assert "\x1b" not in line.plain
            assert "\u202e" not in line.plain


def test_refusals_are_named_before_anything_that_may_be_cut() -> None:
    stage = Stage(1, 2, "parts", 3, 4, 5, 6.0)
    (line,) = background_lines(_session(gathering=_gathering(stage)), 60, local=False)
    assert "5 REFUSED" in line.plain


# Interrupted


@pytest.mark.parametrize(
    "remark",
    [
        {"source": "lookup", "estimated": True, "requests": 51},
        {"source": "athena", "scanned_bytes": 0, "dollars": 0.0},
        {"source": "athena", "made": "the table", "query": "q"},
        {"source": "s3", "unreachable": ["111122223333 us-east-1: denied: no"]},
        {"source": "findings", "done": {"units": 68}},
    ],
)
def test_a_remark_about_a_collect_is_no_beginning(case: Case, remark: dict[str, object]) -> None:
    source = remark["source"]
    append(case, "collect", {"source": source, "places": ["111122223333 us-east-1"]})
    append(case, "collect", {"source": source, "finished": True})
    append(case, "collect", remark)
    assert find_interrupted(case) is None


def test_only_a_beginning_without_an_end_is_interrupted(case: Case) -> None:
    assert find_interrupted(case) is None
    append(case, "collect", {"source": "s3", "uri": "s3://logs"})
    append(case, "collect", {"source": "files", "paths": ["/a"]})
    append(case, "collect", {"source": "files", "finished": True})
    found = find_interrupted(case)
    assert found is not None
    assert (found.source, found.can_go_on) == ("s3", False)
    append(case, "collect", {"source": "s3", "finished": True})
    assert find_interrupted(case) is None


@pytest.mark.parametrize(
    "what",
    [
        {"source": "lookup"},
        {"source": "lookup", "places": "x"},
        {"source": "lookup", "places": ["x"], "attributes": ["y = z"]},
        {"source": "lookup", "places": ["111122223333 us-east-1"], "attributes": ["y = z"]},
        {},
    ],
)
def test_a_log_that_somebody_wrote_otherwise_breaks_nothing(
    case: Case, what: dict[str, object]
) -> None:
    append(case, "collect", what)
    found = find_interrupted(case)
    assert found is not None
    assert not found.can_go_on
