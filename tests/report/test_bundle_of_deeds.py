"""What a bundle says of what was done, and that verify holds it against log, events and rows."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect import samples
from tests.records import record, write_log_file
from tests.report.deeds import ACCOUNT, GLASS, SECRET, ask
from tests.report.scenes import full_case, members, rezip
from tests.report.test_bundle_verify import consistent, named
from trailtui.case.detections import Found, keep_detections
from trailtui.case.events import page
from trailtui.case.file import Case
from trailtui.case.journal import append, entries
from trailtui.case.query_runs import lines_of
from trailtui.collect.files import collect_files
from trailtui.detect.joining import join_alert
from trailtui.model.errors import CaseError
from trailtui.report import layout
from trailtui.report.answers import clean_row
from trailtui.report.bundle import BundleInfo, export_bundle
from trailtui.report.records import agrees
from trailtui.report.verify import verify_bundle
from trailtui.report.watches import watch_lines

ROWS, TABLE, REDACTED = "answers/000001.jsonl", "answers/000001.csv", "answers/000002.jsonl"
ORIGINAL = "evidence/answers/000002.jsonl"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> BundleInfo:
    folder = tmp_path_factory.mktemp("exported")
    with full_case(folder) as case:
        return export_bundle(case, folder / "bundle.zip")


@pytest.fixture(scope="module")
def files(exported: BundleInfo) -> dict[str, bytes]:
    return members(exported.path)


@pytest.fixture
def forged(exported: BundleInfo, tmp_path: Path) -> Callable[[dict[str, bytes]], set[str]]:
    """What verify names in a bundle of other files, whose lists were made to fit them."""

    def check(changed: dict[str, bytes]) -> set[str]:
        return named(rezip(exported.path, consistent(changed).items(), tmp_path / "forged.zip"))

    return check


def read(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[name])


def changed(
    files: dict[str, bytes], name: str, change: Callable[[Any], object]
) -> dict[str, bytes]:
    """The files with one document changed in place."""
    document = read(files, name)
    change(document)
    return {**files, name: json.dumps(document).encode()}


def test_the_rows_of_an_answer_are_what_the_log_has_the_hash_of(files: dict[str, bytes]) -> None:
    log = {e["seq"]: e for e in map(json.loads, files[layout.ACTION_LOG].splitlines())}
    for answer in read(files, layout.ANSWERS):
        kept = files[answer["original"] or answer["file"]]
        assert hashlib.sha256(kept).hexdigest() == answer["sha256"]
        assert log[answer["log_entry"]]["what"]["answer_sha256"] == answer["sha256"]
        assert len(kept.splitlines()) == answer["rows"]
        assert (answer["engine"], answer["account"], answer["query"]) == ("athena", ACCOUNT, "q-1")
        assert answer["started"] == "2026-03-01T08:00:00Z"
    first, second = read(files, layout.ANSWERS)
    assert (first["original"], second["original"]) == (None, ORIGINAL)


def test_secrets_stand_only_with_the_evidence(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        assert (SECRET.encode() in data) == (name == ORIGINAL), name


def test_no_cell_of_the_csv_is_a_formula_or_opens_another(files: dict[str, bytes]) -> None:
    rows = list(csv.reader(io.StringIO(files[TABLE].decode())))
    assert len(rows) == 1 + 3
    assert {len(row) for row in rows} == {2}
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert "\x1b" not in cell
        assert "\u202e" not in cell
    assert rows[2] == ["", "'-1+2"]
    assert rows[3] == ["x", "7"]


def test_the_documents_say_all_that_was_done(files: dict[str, bytes]) -> None:
    containment = read(files, layout.CONTAINMENT)
    (plan,) = containment["plans"]
    text = json.dumps(plan["plan"], sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == plan["hash"]
    assert [watch["ended"] is None for watch in containment["watches"]] == [False, True]
    assert {span["title"].split(" (")[-1] for span in containment["times"]} >= {
        "to detect)", "to contain)", "to verify)",
    }  # fmt: skip
    assert containment["break_glass"]["arns"] == GLASS[:1]
    detections = read(files, layout.DETECTIONS)
    assert [run["rules"] for run in detections["runs"]] == [18, 1]
    events = [json.loads(line) for line in files[layout.EVENTS].splitlines()]
    (found,) = detections["findings"]
    resting = [event["eventID"] for event in events if found["finding"] in event["findings"]]
    assert len(resting) == found["events"] == 3
    assert set(resting) == set(found["first_events"])
    (source,) = read(files, layout.ENRICHMENT)["sources"]
    assert source["sha256"] == hashlib.sha256(b"198.51.100.7\n").hexdigest()
    assert read(files, layout.SUMMARY)["read"]["events"] == len(events)
    assert read(files, layout.ALERTS) == []


def test_alerts_are_there_in_every_version(case: Case, tmp_path: Path) -> None:
    told = [samples.document(samples.guardduty(severity=severity)) for severity in (5.0, 8.0)]
    for number, data in enumerate(told):
        join_alert(case, f"alert-{number}.json", data)
    files = members(export_bundle(case, tmp_path / "bundle.zip").path)
    first, second = read(files, layout.ALERTS)
    assert [one["version"] for one in (first, second)] == [1, 2]
    assert first["number"] != second["number"]
    evidence = {line["evidence"]: line["file"] for line in map(
        json.loads, files[layout.EVIDENCE_LIST].splitlines())}  # fmt: skip
    assert [files[evidence[one["evidence"]]] for one in (first, second)] == told
    assert all(end is None or end.endswith("Z") for end in first["window"])


def test_a_bundle_of_version_1_is_still_sound(
    files: dict[str, bytes], exported: BundleInfo, tmp_path: Path
) -> None:
    added = set(layout.ALWAYS) - set(layout.always_in(1))
    old = {
        name: data for name, data in files.items() if name not in added and "answers/" not in name
    }
    assert len(old) == len(files) - len(added) - 5
    events = [json.loads(line) for line in old[layout.EVENTS].splitlines()]
    for event in events:
        del event["findings"]
    old[layout.EVENTS] = b"".join(json.dumps(event).encode() + b"\n" for event in events)

    def older(manifest: Any) -> None:
        manifest["version"] = 1

    fitted = consistent(changed(old, layout.MANIFEST, older))
    path = rezip(exported.path, fitted.items(), tmp_path / "old.zip")
    assert verify_bundle(path).findings == ()

    def unknown(manifest: Any) -> None:
        manifest["version"] = 3

    fitted = consistent(changed(files, layout.MANIFEST, unknown))
    path = rezip(exported.path, fitted.items(), tmp_path / "new.zip")
    assert named(path) == {layout.MANIFEST}


def test_rows_that_were_altered_are_found(
    files: dict[str, bytes], forged: Callable[[dict[str, bytes]], set[str]]
) -> None:
    other = files[ROWS].replace(b"ListUsers", b"ListRoles")
    assert forged({**files, ROWS: other}) == {ROWS}
    fewer = b"".join(files[ROWS].splitlines(keepends=True)[1:])
    assert forged({**files, ROWS: fewer}) == {ROWS}
    assert forged({**files, REDACTED: b'["nothing","here"]\n'}) == {REDACTED}
    assert forged({**files, REDACTED: b"[" * 100_000 + b"\n"}) == {REDACTED}
    assert forged({**files, ORIGINAL: b'["nothing","here"]\n'}) == {ORIGINAL, REDACTED}
    assert forged({**files, "answers/000003.jsonl": b"[]\n"}) == {"answers/000003.jsonl"}
    for name in (ROWS, TABLE, ORIGINAL):
        assert name in forged({n: data for n, data in files.items() if n != name})


def test_an_answer_made_up_with_its_hash_is_not_the_logs(
    files: dict[str, bytes], forged: Callable[[dict[str, bytes]], set[str]]
) -> None:
    rows = lines_of([("ListRoles", "x"), (None, "y"), ("x", 7)])

    def fitting(answers: Any) -> None:
        answers[0]["sha256"] = hashlib.sha256(rows).hexdigest()

    made_up = changed({**files, ROWS: rows}, layout.ANSWERS, fitting)
    assert forged(made_up) == {layout.ANSWERS}

    def without(answers: Any) -> None:
        del answers[0]

    assert forged(changed(files, layout.ANSWERS, without)) == {layout.ANSWERS, ROWS, TABLE}

    def twice(answers: Any) -> None:
        answers.append(answers[0])

    assert forged(changed(files, layout.ANSWERS, twice)) == {layout.ANSWERS}


def _drop(document: Any, *path: str | int) -> None:
    *way, last = path
    for key in way:
        document = document[key]
    del document[last]


def _put(value: object, document: Any, *path: str | int) -> None:
    *way, last = path
    for key in way:
        document = document[key]
    document[last] = value


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        (layout.CONTAINMENT, ("plans", 0), None),
        (layout.CONTAINMENT, ("plans", 0, "hash"), "0" * 64),
        (layout.CONTAINMENT, ("plans", 0, "plan", "account"), "999999999999"),
        (layout.CONTAINMENT, ("plans", 0, "went", 0), None),
        (layout.CONTAINMENT, ("watches", 0), None),
        (layout.CONTAINMENT, ("watches", 0, "told", 0), None),
        (layout.CONTAINMENT, ("watches", 0, "told", 0, "seen", 0, 1), "another-event"),
        (layout.CONTAINMENT, ("break_glass", "arns", 0), GLASS[1]),
        (layout.CONTAINMENT, ("break_glass", "changes", 0), None),
        (layout.DETECTIONS, ("runs", 0), None),
        (layout.DETECTIONS, ("findings", 0, "events"), 2),
        (layout.DETECTIONS, ("findings", 0, "first_events", 0), "another-event"),
        (layout.ENRICHMENT, ("sources", 0), None),
        (layout.ENRICHMENT, ("sources", 0, "sha256"), "0" * 64),
        (layout.ENRICHMENT, ("changes", 0), None),
    ],
)
def test_a_document_that_says_otherwise_than_log_or_events_is_found(
    files: dict[str, bytes],
    forged: Callable[[dict[str, bytes]], set[str]],
    name: str,
    path: tuple[str | int, ...],
    value: object,
) -> None:
    def change(document: Any) -> None:
        if value is None:
            _drop(document, *path)
        else:
            _put(value, document, *path)

    assert forged(changed(files, name, change)) == {name}


@pytest.mark.parametrize(
    "name", [layout.CONTAINMENT, layout.DETECTIONS, layout.ENRICHMENT, layout.ANSWERS]
)
@pytest.mark.parametrize("garbage", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b"null"])
def test_garbage_in_a_document_is_a_finding(
    files: dict[str, bytes],
    forged: Callable[[dict[str, bytes]], set[str]],
    name: str,
    garbage: bytes,
) -> None:
    assert name in forged({**files, name: garbage})


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"])).map(
        lambda text: json.dumps({"a": {"sessionToken": f"secret-{text}"}})
    ),
    st.sampled_from(["[redacted: 3 characters, sha256 0123456789ab]", '"password":"aaaaaaaaaa']),
)  # fmt: skip
names = st.sampled_from(["eventName", "sessionToken", "password", "", "x"])


@given(st.lists(st.tuples(names, values), min_size=1, max_size=6))
def test_whatever_stands_in_a_row_its_redacted_copy_agrees_with_it(
    row: list[tuple[str, Any]],
) -> None:
    """An attacker's text must not make a sound bundle look altered."""
    cells = [value for _, value in row]
    cleaned = clean_row([name for name, _ in row], cells)
    (exported,) = lines_of([cleaned]).splitlines()  # type: ignore[list-item]
    (original,) = lines_of([cells]).splitlines()
    assert agrees(exported, original)


def test_an_event_id_that_looks_like_a_secret_still_leads_to_its_event(
    case: Case, tmp_path: Path
) -> None:
    odd = record(1) | {"eventID": '"sessionToken":"abcdefghijk"'}
    collect_files(case, [str(write_log_file(tmp_path / "l.json.gz", [odd]))], workers=0)
    (row,) = page(case).rows
    keep_detections(case, [Found("sigma", "r", "0" * 64, "t", "low", (row.id,))], {"rules": []})
    append(case, "watch", {"watch": "begin"})
    seen = [["got through", row.event_id, "AKIA"]]
    append(case, "watch", {"watch": "round", "number": 1, "seen": seen, "count": 1})
    assert verify_bundle(export_bundle(case, tmp_path / "bundle.zip").path).findings == ()


def test_a_row_that_lacks_its_last_columns_is_no_finding(case: Case, tmp_path: Path) -> None:
    ask(case, (("a",), ("b", 1)), "name", "n")
    assert verify_bundle(export_bundle(case, tmp_path / "bundle.zip").path).findings == ()


@given(st.lists(st.tuples(st.sampled_from(["begin", "round", "end"]), st.booleans()), max_size=9))
@settings(max_examples=30)
def test_watches_that_ran_at_once_lose_no_entry(stages: list[tuple[str, bool]]) -> None:
    """Whatever order the log has, so that a sound bundle is never taken for an altered one."""
    with TemporaryDirectory() as folder, Case.create(Path(folder) / "w.case") as case:
        other = replace(case.responder, host="elsewhere")
        mine = case.responder
        for stage, is_mine in stages:
            case.responder = mine if is_mine else other
            append(case, "watch", {"watch": stage})
        lines = watch_lines(case, None, None)
        logged = [entry.seq for entry in entries(case, kinds=["watch"])]
    told = [seq for line in lines for seq in line.log_entries]
    told += [one.log_entry for line in lines for one in line.told]
    assert sorted(told) == logged


def test_a_broken_log_is_told_once(
    files: dict[str, bytes], forged: Callable[[dict[str, bytes]], set[str]]
) -> None:
    """What the log can no longer prove is no complaint about the documents."""
    broken = files[layout.ACTION_LOG].replace(b'"kind":"watch"', b'"kind":"wotch"')
    assert broken != files[layout.ACTION_LOG]
    assert forged({**files, layout.ACTION_LOG: broken}) == {layout.ACTION_LOG}


def test_an_event_that_lost_its_finding_is_found(
    files: dict[str, bytes], forged: Callable[[dict[str, bytes]], set[str]]
) -> None:
    events = files[layout.EVENTS].replace(b'"findings":["d1"]', b'"findings":[]', 1)
    assert events != files[layout.EVENTS]
    assert forged({**files, layout.EVENTS: events}) == {layout.DETECTIONS}


def test_an_answer_that_was_changed_in_the_case_is_not_exported(case: Case, tmp_path: Path) -> None:
    ask(case, (("a", 1),), "name", "n")
    ask(case, (("b", 2),), "name", "n")
    with case.writing() as connection:
        connection.execute(
            "UPDATE query_runs SET (answer, answer_sha256) = "
            "(SELECT answer, answer_sha256 FROM query_runs WHERE id = 2) WHERE id = 1"
        )
    with pytest.raises(CaseError, match="answer 1 can't be exported"):
        export_bundle(case, tmp_path / "bundle.zip")
    assert not (tmp_path / "bundle.zip").exists()
    assert entries(case, kinds=["export"]) == []
