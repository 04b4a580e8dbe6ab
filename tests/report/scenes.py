"""A small case with something of everything, for the tests of report and bundle."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.records import record, role_session, write_log_file
from tests.report.deeds import do_everything
from trailtui.case.events import page
from trailtui.case.file import Case
from trailtui.case.marks import add_note, judge_entity, pin_event, tag_event
from trailtui.case.opening import Opening, open_new_case
from trailtui.collect.files import collect_files
from trailtui.model.entity import Entity

TOKEN = "FwoGZXIvYXdzEXAMPLETOKEN" + "x" * 300
HOSTILE = (
    "<script>alert(1)</script> [click](http://evil.example) `code` | ![i](x) "
    "\x1b[31m \u202e www.evil.example\n# heading\n```\n<b>"
)

PLAYBOOK = """\
id: leaked-key
title: A leaked key
version: 3
phases:
  - phase: triage
    steps:
      - id: who
        title: Whose key is it?
        guide: Look.
        decide: {question: 'Is it ours?', options: [yes, no]}
      - id: left
        title: A step nobody came to
        guide: Look.
  - phase: report
    steps:
      - id: skipped
        title: A step that was passed over
        guide: Look.
"""


def full_case(folder: Path) -> Case:
    """A case with events, sightings, a problem, marks, a token and hostile strings."""
    logs = folder / "logs"
    assumed = record(
        3,
        eventName="AssumeRole",
        userIdentity=role_session(),
        responseElements={"credentials": {"sessionToken": TOKEN, "accessKeyId": "ASIAEXAMPLE"}},
    )
    denied = record(
        4, errorCode="AccessDenied", eventName="DeleteTrail", readOnly=False, userAgent=HOSTILE
    )
    write_log_file(logs / "a.json.gz", [record(1), record(2), assumed, denied])
    write_log_file(logs / "b.json.gz", [record(2), record(5, awsRegion="eu-west-1")])
    (logs / "listed.json").write_text(json.dumps([record(6)], indent=2))
    looked_up = {"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(record(7))}]}
    (logs / "lookup.json").write_text(json.dumps(looked_up))
    (logs / "broken.json.gz").write_bytes(b"\x1f\x8bnot gzip at all")
    (logs / "..").joinpath("odd name;$(x).json").write_text(json.dumps([record(8)]))
    case = open_new_case(
        folder / "incident.case",
        Opening(entities=(Entity("credential", "AKIAEXAMPLEALICE0000"),)),
    )
    collect_files(case, [str(logs), str(folder / "odd name;$(x).json")])
    rows = {row.name: row for row in page(case).rows}
    pin_event(case, rows["DeleteTrail"], step="who", reason=HOSTILE)
    tag_event(case, rows["DeleteTrail"], "impact")
    add_note(case, HOSTILE)
    add_note(case, "Seen by hand.", event=rows["DeleteTrail"].id)
    judge_entity(case, Entity("ip", "198.51.100.7"), "indicator", "an address of the attacker")
    _run_playbook(case)
    do_everything(case, folder)
    return case


def _run_playbook(case: Case) -> None:
    execute = case.connection.execute
    execute(
        "INSERT INTO playbook_runs VALUES (1, 'leaked-key', 3, ?, ?, ?, 1772352000000)",
        ["ab" * 32, PLAYBOOK, json.dumps({"access_key": "AKIA1"})],
    )
    part = {
        "kind": "query", "name": "key-activity", "columns": ["eventName"],
        "rows": [["ListUsers"]], "truncated": True, "looked_at": "7 events",
    }  # fmt: skip
    execute(
        "INSERT INTO step_states VALUES (1, 'who', 'done', 'yes', NULL, ?, 1772352060000)",
        [json.dumps({"parts": [part], "left_out": 0})],
    )
    execute(
        "INSERT INTO step_states VALUES (1, 'skipped', 'skipped', NULL, 'no time', NULL, "
        "1772352090000)"
    )


def members(bundle: Path) -> dict[str, bytes]:
    """The files of a bundle by name, in their order."""
    with zipfile.ZipFile(bundle) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def rezip(bundle: Path, files: Iterable[tuple[str, bytes]], target: Path) -> Path:
    """A zip of the given files, each packed as the bundle packs the file of that name."""
    with zipfile.ZipFile(bundle) as opened:
        methods = {info.filename: info.compress_type for info in opened.infolist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in files:
            made.writestr(name, data, compress_type=methods.get(name, zipfile.ZIP_STORED))
    target.write_bytes(buffer.getvalue())
    return target


def altered(
    bundle: Path, target: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]
) -> Path:
    """The bundle with its files changed and zipped again."""
    return rezip(bundle, change(members(bundle)).items(), target)
