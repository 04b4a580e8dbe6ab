"""`trailtui enrich`, and what it shows beside events and addresses."""

import json
from pathlib import Path

import pytest

from tests.cli.test_detect import rows, run
from tests.detect.enrich.maxmind import city, database
from tests.records import record, write_log_file
from trailtui.case.file import Case
from trailtui.case.journal import entries
from trailtui.collect.files import collect_files

CLEAR = "\x1b[2J"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = [
        record(1, sourceIPAddress="203.0.113.9", eventName="CreateAccessKey"),
        record(2, sourceIPAddress="198.51.100.7"),
        record(3, sourceIPAddress="s3.amazonaws.com", eventName="NobodyKnowsIt"),
    ]
    place = tmp_path / "c.case"
    with Case.create(place) as case:
        collect_files(case, [str(write_log_file(tmp_path / "log.json.gz", made))])
    return place


@pytest.fixture
def geoip(tmp_path: Path) -> Path:
    made = tmp_path / "city.mmdb"
    made.write_bytes(database({"203.0.113.0/24": city("BR", f"Recife{CLEAR}", -8.0, -34.9)}))
    return made


def test_files_are_kept_and_shown_beside_events(
    path: Path, geoip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = path.parent / "bad.txt"
    listed.write_text(f"203.0.113.0/24 # {CLEAR}exits\nnonsense\n")
    code = run(
        "enrich", str(path), "--geoip", str(geoip), "--list", str(listed), "--format", "json"
    )
    assert code == 0
    told = capsys.readouterr()
    assert [(one["kind"], one["state"]) for one in json.loads(told.out)] == [
        ("geoip", "used"), ("list", "used"),
    ]  # fmt: skip
    assert "bad.txt: line 2: 'nonsense' is no address" in told.err
    with Case.open(path, readonly=True) as case:
        logged = list(entries(case))[-1]
    assert logged.kind == "enrich"
    assert [one["path"] for one in logged.what["files"]] == [str(geoip), str(listed)]  # type: ignore[attr-defined]

    assert run("show", str(path), record(1)["eventID"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["eventName"] == "CreateAccessKey"
    assert "means: Makes a long-lived key" in shown.err
    assert "ATT&CK: T1098.001 · risky" in shown.err
    assert "BR Recife" in shown.err
    assert "on a list: bad.txt: 203.0.113.0/24" in shown.err
    assert "\x1b" not in shown.err

    assert run("entities", str(path), "ip", "--format", "json") == 0
    known = {one["ip"]: one["address is"] for one in rows(capsys)}
    assert str(known["203.0.113.9"]).startswith("BR Recife")
    assert known["198.51.100.7"] is None

    assert run("timeline", str(path), "--meaning", "--format", "json") == 0
    first, second, third = rows(capsys)
    assert (first["risky"], first["attack"]) == (True, "T1098.001")
    assert str(first["address is"]).startswith("BR")
    assert (second["risky"], second["address is"]) == (False, None)
    assert (third["risky"], third["meaning"]) == (None, None)


def test_without_files_nothing_more_is_shown(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("entities", str(path), "ip", "--format", "json") == 0
    assert "address is" not in rows(capsys)[0]
    assert run("enrich", str(path), "--format", "json") == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == []
    assert "No file tells" in told.err


def test_a_file_that_is_missing_or_changed_is_said(
    path: Path, geoip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("enrich", str(path), "--geoip", str(geoip)) == 0
    geoip.write_bytes(geoip.read_bytes() + b"x")
    assert run("show", str(path), record(1)["eventID"]) == 0
    assert "city.mmdb: this is another file than the one that was given" in capsys.readouterr().err
    geoip.unlink()
    assert run("entities", str(path), "ip") == 0
    assert "city.mmdb: there is no such file" in capsys.readouterr().err
    assert run("timeline", str(path), "--meaning") == 0
    assert "city.mmdb: there is no such file" in capsys.readouterr().err
    assert run("detect", str(path), "--kind", "behaviour") == 0
    assert "Passed over: not used: " in capsys.readouterr().err
    assert run("enrich", str(path), "--format", "json") == 3
    assert json.loads(capsys.readouterr().out)[0]["state"] == "not used"
    assert run("enrich", str(path), "--forget", "city.mmdb") == 0
    assert run("enrich", str(path), "--forget", "city.mmdb") == 3


def test_detect_takes_files_and_finds_what_a_list_names(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = path.parent / "feed"
    feed.write_text("who,where from\nx,203.0.113.9\n")
    assert run("detect", str(path), "--address-list", f"{feed}#Where From", "--format", "json") == 0
    (found,) = [one for one in rows(capsys) if one["rule"] == "on-the-list-feed"]
    assert (found["about"], found["events"], found["severity"]) == ("203.0.113.9", 1, "high")
    assert run("detect", str(path), "--events", str(found["finding"]), "--format", "json") == 0
    assert [one["sourceIPAddress"] for one in rows(capsys)] == ["203.0.113.9"]
    assert run("enrich", str(path), "--format", "json") == 0
    assert rows(capsys)[0]["file"] == "feed"


def test_files_that_would_not_be_kept_are_refused(path: Path) -> None:
    assert run("detect", str(path), "--list", "--geoip", "x") == 2
    assert run("detect", "--list", "--asn", "x") == 2
    assert run("detect", str(path), "--events", "d1", "--aws-ranges", "x") == 2


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        ("--geoip", b"x", "no database in MaxMind's format"),
        ("--asn", b"", "no database in MaxMind's format"),
        ("--list", b"x", "no address or domain"),
        ("--aws-ranges", b"{}", "ip-ranges.json"),
    ],
)
def test_a_file_that_is_no_such_thing_is_refused_and_not_kept(
    path: Path, option: str, content: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = path.parent / "wrong"
    wrong.write_bytes(content)
    assert run("enrich", str(path), option, str(wrong)) == 3
    assert told in capsys.readouterr().err
    assert run("enrich", str(path), option, str(path.parent)) == 3
    assert "there is no such file" in capsys.readouterr().err
    assert run("enrich", str(path), "--format", "json") == 0
    assert rows(capsys) == []


def test_a_database_takes_the_place_of_the_one_before(
    path: Path, geoip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = geoip.with_name("other.mmdb")
    other.write_bytes(database({"203.0.113.0/24": city("NZ", "Auckland", -36.8, 174.7)}))
    assert run("enrich", str(path), "--geoip", str(geoip)) == 0
    assert run("enrich", str(path), "--geoip", str(other)) == 0
    capsys.readouterr()
    assert run("entities", str(path), "ip", "--format", "json") == 0
    assert "NZ Auckland" in [one["address is"] for one in rows(capsys)]
    assert run("enrich", str(path), "--forget", "all", "--format", "json") == 0
    assert rows(capsys) == []
