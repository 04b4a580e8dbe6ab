"""Every refusal is an error with a type, a place and a cure; no value of a parameter is more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.records import record, role_session, write_log_file
from trailtui.case.file import Case
from trailtui.cli.main import main
from trailtui.collect.files import collect_files
from trailtui.model.errors import InputError, TrailtuiError
from trailtui.query.errors import QueryError
from trailtui.query.library import load_queries, read_parameters, run_query
from trailtui.query.sql import run_sql

HOSTILE = [
    "x' OR '1'='1", "'; DROP TABLE event_rows; --", '" UNION SELECT * FROM settings --', "%", "_",
    ":since", "?1", "\\", "\x00", "a\x00b", "*/ 1 /*", "NULL", "$(id)", "{{ key }}", "\x1b[2J",
    "\u202e", "x) OR (1=1", "eventName", "ARRAY[1]", "日本", "e\u0301", "\n;\n", "--", "",
]  # fmt: skip
LIBRARY = load_queries()
TEXTS = sorted(
    (name, one.name)
    for name, query in LIBRARY.items()
    for one in query.parameters
    if one.type == "text"
)
"""Each shipped query with a parameter that may be any text."""
REQUIRED = {"principal": "arn:aws:iam::111122223333:user/alice", "key": "AKIAEXAMPLEALICE0000",
            "ip": "198.51.100.7", "agent": "aws-cli/2.17.0", "resource": "arn:aws:s3:::b",
            "role": "deploy", "bucket": "b", "service": "iam"}  # fmt: skip


def made_records() -> list[dict[str, Any]]:
    """Records that hold every hostile text, in each place that a parameter asks for."""
    made: list[dict[str, Any]] = [record(0), record(1, userIdentity=role_session())]
    for at, text in enumerate(HOSTILE):
        arn = f"arn:aws:iam::111122223333:user/{text}"
        identity = record()["userIdentity"] | {"arn": arn, "userName": text}
        made.append(
            record(10 + at, userAgent=text, userIdentity=identity, tlsDetails={"tlsVersion": text},
                   requestParameters={"bucketName": text, "roleArn": text},
                   resources=[{"ARN": text}])
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of these records."""
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / "h.case"
    with Case.create(path) as case:
        log = write_log_file(folder / "log.json.gz", made_records())
        collect_files(case, [str(log)], workers=0)
    return path


def command(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


@pytest.mark.parametrize(
    ("sql", "says", "caret"),
    [
        ("SELECT eventNam FROM events", "Did you mean eventName?", 7),
        ("SELECT userIdentity.usrName FROM events", "Did you mean userName?", 20),
        ("SELECT lowr(eventName) FROM events", "Did you mean lower?", 7),
        ("SELECT eventName FROM event", "Did you mean events?", 22),
        ("SELECT eventName FROM events WHERE readOnly = 'maybe'", "is no boolean", 46),
        ("SELECT eventName FROM events WHERE x = = 3", "syntax error", 39),
        ("SELECT 'abc FROM events", "not closed", 7),
        ("DELETE FROM events", "a query only reads", 0),
    ],
)
def test_a_query_is_refused_under_a_caret(
    path: Path, capsys: pytest.CaptureFixture[str], sql: str, says: str, caret: int
) -> None:
    code, out, err = command(capsys, "query", path, "--sql", sql)
    assert (code, out) == (3, "")
    assert "Traceback" not in err
    assert says in err
    assert err.splitlines()[-1] == " " * (2 + caret) + "^"
    with Case.open(path, readonly=True) as case, pytest.raises(QueryError) as refused:
        run_sql(case, sql)
    assert refused.value.offset == caret


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("access-denied-bursts", "at_least=many", "at_least"),
        ("access-denied-bursts", "at_least=1.5", "at_least"),
        ("access-denied-bursts", "since=soon", "since"),
        ("access-denied-bursts", "sinse=-24h", "no parameter 'sinse'"),
        ("ip-activity", "ip=1.2.3.4 OR 1=1", "is no value for 'ip'"),
        ("key-activity", "key=' OR 1=1 --", "is no value for 'key'"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_its_name(
    path: Path, capsys: pytest.CaptureFixture[str], name: str, given: str, says: str
) -> None:
    code, out, err = command(capsys, "query", path, name, "-p", given)
    assert (code, out) == (3, "")
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("file", "text", "line", "says"),
    [
        ("r.yml", "title: x\nlogsource: {product: aws}\ndetection:\n  a: {f|nope: 1}\n"
                  "  condition: a\n", 4, "modifier"),
        ("r.yml", "title: [\n", 2, "no YAML"),
        ("r.yml", "title: x\nlogsource: {product: aws}\ndetection:\n  a: {f: 1}\n"
                  "  condition: b\n", 5, "not defined"),
        ("f.yaml", "- {id: a, title: A, severity: high, pattern: '{ $.a = }'}\n", 1, "pattern"),
        ("f.yaml", "- {id: a, title: A, severity: dire, pattern: '{ $.a = 1 }'}\n", 1, "severity"),
    ],
)  # fmt: skip
def test_an_unreadable_rule_is_told_with_file_and_line(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    file: str, text: str, line: int, says: str,
) -> None:  # fmt: skip
    pytest.importorskip("sigma")
    rule = tmp_path / file
    rule.write_text(text)
    option = "--rules" if file == "r.yml" else "--filters"
    code, _, err = command(capsys, "detect", path, option, rule, "--no-shipped", "--list")
    assert code == 3
    assert f"{rule}:{line}" in err
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [
        ("detect", "{case}", "--events", "d999"), ("findings", "{case}", "--show", "d9"),
        ("timeline", "{case}", "--finding", "d999"), ("timeline", "{case}", "--finding", "'; --"),
        ("timeline", "{case}", "--where", "eventNam = 'x'"), ("detect", "{case}", "--rules", "/no"),
        ("entities", "{case}", "--entity", "alice"), ("summary", "no-such-case"),
        ("query", "{case}", "no-such-query"), ("detect", "{case}", "--filters", "/no/such"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_a_sentence(
    path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = command(capsys, *(word.replace("{case}", str(path)) for word in words))
    assert (code, out) == (3, "")
    assert err.startswith("trailtui: ") or "Refused:" in err
    assert "Traceback" not in err


def content(path: Path) -> dict[str, object]:
    """What a query could have changed, but for the log that says it was asked."""
    with Case.open(path, readonly=True) as case:
        tables = [
            row[0]
            for row in case.connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'action_log'"
            )
        ]
        return {
            name: case.connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables
        }


@pytest.mark.parametrize(("name", "parameter"), TEXTS)
def test_a_hostile_value_is_a_value_to_every_shipped_query(
    path: Path, name: str, parameter: str
) -> None:
    """It finds no more than the records that hold it, and changes nothing."""
    given = {
        one.name: REQUIRED.get(one.name, "x")
        for one in LIBRARY[name].parameters
        if one.required and one.name != parameter
    }
    before = content(path)
    with Case.open(path) as case:  # that it was asked is written into the log
        harmless = _answer(case, name, given | {parameter: "no record says this"})
        assert not isinstance(harmless, TrailtuiError)
        for text in HOSTILE:
            found = _answer(case, name, given | {parameter: text})
            if not isinstance(found, InputError):  # refused as a value: empty, or a NUL
                assert len(found) <= len(harmless) + holding(text), text
    assert content(path) == before


def holding(text: str) -> int:
    """How many records hold a text, written in whichever way."""
    ways = [(json.dumps(one), json.dumps(one, ensure_ascii=False)) for one in made_records()]
    return sum(
        text in plain or text in escaped or json.dumps(text)[1:-1] in plain
        for plain, escaped in ways
    )


def _answer(case: Case, name: str, given: dict[str, str]) -> Any:
    try:
        return run_query(case, name, given).rows
    except TrailtuiError as refused:
        return refused


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8"), max_size=30))
@example("x' OR 1=1 --")
@example("\x00")
def test_any_value_of_any_type_is_read_or_refused(text: str) -> None:
    for query in LIBRARY.values():
        for one in query.parameters:
            try:
                values = read_parameters(query, {one.name: text})
            except InputError as refused:
                assert refused.what
                assert json.dumps(str(refused))
            else:
                assert one.type != "text" or values[one.name] == text


def test_the_agents_of_hostile_records_are_found_as_they_are(path: Path) -> None:
    counted: Callable[[Case, str], int] = lambda case, text: run_sql(  # noqa: E731
        case, "SELECT count(*) FROM events WHERE userAgent = :x", {"x": text}
    ).rows[0][0]
    with Case.open(path, readonly=True) as case:
        assert [counted(case, text) for text in HOSTILE] == [1] * len(HOSTILE)
