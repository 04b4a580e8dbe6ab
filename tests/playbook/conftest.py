"""A case with a few events, and a small playbook over it."""

from pathlib import Path

import pytest

from tests.records import record, write_log_file
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.playbook.document import Playbook
from trailtui.playbook.load import load_text

KEY = "AKIAEXAMPLEALICE0000"
HOSTILE = "curl [/x] \x1b]52;c;AAAA\x07 \u202egnp.exe {{ access_key }}"

SMALL = """\
id: small
title: A small one
version: 3
inputs:
  access_key: {type: access_key, required: true}
  since: {type: time}
  colour: {type: text}
phases:
  - phase: triage
    guide: About {{ access_key }}.
    steps:
      - id: who
        title: Who
        guide: Look at {{ access_key }}.
        run: {pivot: credential, with: {value: "{{ access_key }}", since: "{{ since }}"}}
        decide:
          question: Who?
          options: [attacker, owner]
          next: {owner: write}
        evidence: required
      - id: other
        title: Only for an attacker
        guide: x
        when: decision.who == "attacker"
        run: {manual: Think.}
  - phase: scope
    steps:
      - id: addresses
        title: Each address
        guide: x
        for_each: [input.access_key, step.who.sourceIPAddress]
        run: {pivot: ip, with: {value: "{{ each }}"}}
      - id: tree
        title: What this version can't do
        guide: x
        run: {posture: "the account"}
  - phase: containment
    steps:
      - id: cut
        title: Cut
        guide: x
        run: {action: deactivate-access-key, with: {target: "{{ access_key }}"}}
  - phase: report
    steps:
      - id: write
        title: Write
        guide: x
"""


@pytest.fixture
def events(case: Case, tmp_path: Path) -> Case:
    """The case with three events of the key from two addresses, one with a hostile agent."""
    records = [
        record(1),
        record(2, sourceIPAddress="203.0.113.9", userAgent=HOSTILE),
        record(3, eventName="CreateUser", readOnly=False),
    ]
    write_log_file(tmp_path / "logs.json.gz", records)
    collect_files(case, [str(tmp_path / "logs.json.gz")], workers=1)
    return case


@pytest.fixture
def small() -> Playbook:
    """The small playbook."""
    return load_text(SMALL, "small.yaml")
