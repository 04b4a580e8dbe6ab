"""The check: each rule of the format with its line, its key, and what is allowed there."""

import json
from pathlib import Path

import pytest

from trailtui.playbook.check import Complaint, check_playbook, checked_bytes

SOUND = """\
id: sound
title: A sound playbook
version: 1
inputs:
  access_key: {type: access_key, required: true}
  since: {type: time}
phases:
  - phase: triage
    steps:
      - id: who
        title: Who
        guide: The key is {{ access_key }}.
        run:
          query: key-activity
          with: {key: "{{ access_key }}"}
          limit: 10
        decide:
          question: Who?
          options: [attacker, {id: owner, means: all explained}]
          next: {owner: done}
        evidence: required
      - id: each-address
        title: Each address
        guide: Look.
        when: decision.who == "attacker" and step.who.eventName exists
        for_each: step.who.sourceIPAddress
        run: {pivot: ip, with: {value: "{{ each }}", since: "{{ since }}"}}
  - phase: containment
    steps:
      - id: cut
        title: Cut
        guide: Cut it.
        run: {action: deactivate-access-key, with: {target: "{{ access_key }}"}}
      - id: later
        title: What this version can't do
        guide: By hand.
        for_each: lineage.live
        run: {lineage: "{{ access_key }}"}
  - phase: report
    steps:
      - id: done
        title: Report
        guide: Write it.
        run: {report: write}
"""


def check(text: str) -> list[Complaint]:
    return checked_bytes(text.encode(), "p.yaml")[1]


def changed(before: str, after: str) -> str:
    assert SOUND.count(before) == 1, before
    return SOUND.replace(before, after)


def test_the_sound_one_is_sound() -> None:
    playbook, complaints = checked_bytes(SOUND.encode(), "p.yaml")
    assert complaints == []
    assert playbook is not None
    assert [step.id for _, step in playbook.steps()] == [
        "who", "each-address", "cut", "later", "done",
    ]  # fmt: skip
    assert playbook.text == SOUND


SCHEMA = [
    # before, after, line, key, message, allowed (a part of each)
    ("title: A sound playbook\n", "", 1, "", "lacks title", "id, title, version"),
    ("version: 1", "version: one", 3, "version", "is text", "a whole number"),
    ("version: 1", "version: 0", 3, "version", "can't be 0", "from 1 on"),
    ("version: 1", "versoin: 1", 3, "versoin", "is no key of the format", "version"),
    ("id: sound", "id: So und", 1, "id", "can't be 'So und'", "lower-case words"),
    ("id: sound", 'id: "sound\\n"', 1, "id", "can't be", "lower-case words"),
    ("{type: time}", "{type: date}", 6, "inputs.since.type", "'date' is not known", "time"),
    ("  since: {type", "  Since: {type", 6, "inputs.Since", "can't be 'Since'", "lower-case"),
    ("phase: triage", "phase: panic", 8, "phases[0].phase", "'panic' is not known", "triage"),
    ("        title: Who\n", "", 10, "phases[0].steps[0]", "lacks title", "guide"),
    ("guide: Cut it.", "guide:", 32, "phases[1].steps[0].guide", "is empty", "text"),
    ("limit: 10", "limit: 5000", 16, "phases[0].steps[0].run.limit", "can't be 5000", "1 to 1000"),
    ("          query: key-activity\n", "", 13, "phases[0].steps[0].run",
     "has none of what can be run", "query, detect, lineage"),
    ("run: {report: write}", "run: {report: write, manual: x}", 44, "phases[2].steps[0].run",
     "has report and manual", "exactly one of"),
    ("report: write", "report: pdf", 44, "phases[2].steps[0].run.report",
     "'pdf' is not known", "write, bundle"),
    ("pivot: ip", "pivot: shoe", 27, "phases[0].steps[1].run.pivot", "'shoe'", "principal"),
    ('{key: "{{ access_key }}"}', "{key: 2026-01-01}", 15, "phases[0].steps[0].run.with.key",
     "is a date", "a date in quotes"),
    ("[attacker, {id: owner, means: all explained}]", "[attacker]", 19,
     "phases[0].steps[0].decide.options", "can't be a list with 1 entries", "two to nine"),
    ("{id: owner, means: all explained}", "{id: owner, mean: x}", 19,
     "phases[0].steps[0].decide.options[1].mean", "is no key", "means"),
    ("evidence: required", "evidence: maybe", 21, "phases[0].steps[0].evidence",
     "'maybe' is not known", "required, optional"),
    ("for_each: lineage.live", "for_each: all", 37, "phases[1].steps[1].for_each",
     "can't be 'all'", "given.KIND"),
]  # fmt: skip

RULES = [
    ("id: done", "id: who", 41, "phases[2].steps[0].id", "is the id of the step in line 10",
     "an id of its own"),
    ("id: later", "id: decision", 34, "phases[1].steps[1].id", "a word of the format", "any but"),
    ("id: later", "id: since", 34, "phases[1].steps[1].id", "an input too", "any but"),
    ("  since: {type", "  each: {type", 6, "inputs.each", "a word of the format", "any but"),
    ("{type: time}", "{type: time, default: soon}", 6, "inputs.since.default",
     "can't be 'soon'", "-24h"),
    ("phase: report", "phase: alert", 39, "phases[2].phase", "alert comes after containment",
     "each phase once, in the order alert, triage"),
    ("phase: report", "phase: containment", 39, "phases[2].phase", "containment comes after",
     "each phase once"),
    ("query: key-activity", "query: key-activty", 14, "phases[0].steps[0].run.query",
     "there is no query key-activty (did you mean key-activity?)", "key-errors"),
    ("action: deactivate-access-key", "action: burn-it", 33, "phases[1].steps[0].run.action",
     "there is no action burn-it", "revoke-user-sessions"),
    ('{key: "{{ access_key }}"}', '{kye: "{{ access_key }}"}', 15,
     "phases[0].steps[0].run.with.kye", "is no parameter here", "key"),
    (', with: {target: "{{ access_key }}"}', "", 33, "phases[1].steps[0].run",
     "with lacks target", "target"),
    ('value: "{{ each }}", ', "", 27, "phases[0].steps[1].run.with", "with lacks value", "value"),
    ("run: {report: write}", "run: {report: write, limit: 3}", 44,
     "phases[2].steps[0].run.limit", "means nothing for report", "query or pivot"),
    ("is {{ access_key }}.", "is {{ acces_key }}.", 12, "phases[0].steps[0].guide",
     "{{ acces_key }} is no input", "access_key, since"),
    ("is {{ access_key }}.", "is {{ access_key.", 12, "phases[0].steps[0].guide",
     "braces that are no template", "{{ INPUT }}"),
    ("guide: Cut it.", "guide: Cut {{ who.arn }}.", 32, "phases[1].steps[0].guide",
     "{{ who.arn }} is no input", "access_key"),
    ('target: "{{ access_key }}"', 'target: "{{ key }}"', 33,
     "phases[1].steps[0].run.with.target", "there is no input key", "access_key"),
    ('target: "{{ access_key }}"', 'target: "{{ each }}"', 33,
     "phases[1].steps[0].run.with.target", "without for_each", "for_each"),
    ('target: "{{ access_key }}"', 'target: "{{ done.path }}"', 33,
     "phases[1].steps[0].run.with.target", "comes no earlier", "who"),
    ('target: "{{ access_key }}"', 'target: "{{ a + b }}"', 33,
     "phases[1].steps[0].run.with.target", "braces that are no template", "STEP.COLUMN"),
    ("for_each: step.who.sourceIPAddress", "for_each: step.cut.x", 26,
     "phases[0].steps[1].for_each", "comes no earlier", "who"),
    ("for_each: lineage.live", "for_each: step.cut.x", 37, "phases[1].steps[1].for_each",
     "step cut has no rows", "who, each-address"),
    ("for_each: lineage.live", "for_each: given.shoe", 37, "phases[1].steps[1].for_each",
     "no kind of entity 'shoe'", "principal"),
    ('when: decision.who == "attacker"', 'when: decision.who == "thief"', 25,
     "phases[0].steps[1].when", 'no option "thief"', "attacker, owner"),
    ('when: decision.who == "attacker"', "when: decision.who ~ attacker", 25,
     "phases[0].steps[1].when", "can't be read", "SUBJECT exists"),
    ('when: decision.who == "attacker"', "when: decision.cut exists", 25,
     "phases[0].steps[1].when", "comes no earlier", "who"),
    ('when: decision.who == "attacker"', "when: input.shoe exists", 25,
     "phases[0].steps[1].when", "there is no input shoe", "since"),
    ("step.who.eventName exists", "step.whom.eventName exists", 25, "phases[0].steps[1].when",
     "there is no step whom (did you mean who?)", "who"),
    ("next: {owner: done}", "next: {owner: who}", 20, "phases[0].steps[0].decide.next.owner",
     "step who comes no later", "a later step"),
    ("next: {owner: done}", "next: {owner: dome}", 20, "phases[0].steps[0].decide.next.owner",
     "step dome does not exist (did you mean done?)", "each-address"),
    ("next: {owner: done}", "next: {thief: done}", 20, "phases[0].steps[0].decide.next.thief",
     "there is no option thief", "attacker, owner"),
    ("next: {owner: done}", "next: nowhere", 20, "phases[0].steps[0].decide.next",
     "does not exist", "a later step"),
    ("[attacker, {id: owner, means: all explained}]", "[attacker, attacker, owner]", 19,
     "phases[0].steps[0].decide.options[1]", "attacker stands twice", "each option once"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "line", "key", "message", "allowed"), SCHEMA + RULES)
def test_each_rule_has_its_line_key_and_what_is_allowed(
    before: str, after: str, line: int, key: str, message: str, allowed: str
) -> None:
    complaints = check(changed(before, after))
    [complaint] = [found for found in complaints if message in found.message]
    assert (complaint.file, complaint.line, complaint.key) == ("p.yaml", line, key)
    assert allowed in complaint.allowed
    assert str(complaint).startswith(f"p.yaml:{line}: {key}: " if key else f"p.yaml:{line}: ")


def test_all_complaints_are_listed_in_order_of_lines() -> None:
    text = changed("version: 1", "version: x").replace("phase: triage", "phase: panic")
    assert [complaint.line for complaint in check(text.replace("write}", "pdf}"))] == [3, 8, 44]


def test_a_list_at_the_top_is_no_playbook() -> None:
    [complaint] = check("- a\n- b\n")
    assert (complaint.line, complaint.message) == (1, "is a list")


def test_a_hostile_value_is_shown_harmlessly() -> None:
    [complaint] = check(changed("id: sound", 'id: "\\e]52;c;AAAA\\a"'))
    assert "\x1b" not in str(complaint)
    assert "\x07" not in str(complaint)


def test_a_folder_is_checked_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SOUND)
    (tmp_path / "b.yml").write_text(changed("version: 1", "version: x"))
    (tmp_path / "c.yaml").write_text(SOUND)
    (tmp_path / "notes.txt").write_text("no playbook")
    found = [(Path(one.file).name, one.line, one.key) for one in check_playbook(tmp_path)]
    assert found == [("b.yml", 3, "version"), ("c.yaml", 1, "id")]


def test_a_folder_without_playbooks_is_a_complaint(tmp_path: Path) -> None:
    [complaint] = check_playbook(tmp_path)
    assert complaint.message == "holds no playbook"


def test_the_shipped_ones_are_sound() -> None:
    from trailtui.shipped import shipped_folder

    assert check_playbook(shipped_folder("playbooks")) == []


def test_the_example_of_the_documentation_is_sound() -> None:
    page = (Path(__file__).parents[2] / "docs" / "playbook-format.md").read_text()
    assert check(page.split("```yaml\n")[1].split("```")[0]) == []


def test_the_documentation_names_every_kind_of_run_and_every_type() -> None:
    import trailtui.playbook.check as module

    schema = json.loads((Path(module.__file__).parent / "playbook.schema.json").read_text())
    page = (Path(__file__).parents[2] / "docs" / "playbook-format.md").read_text()
    definitions = schema["$defs"]
    words = [entry["required"][0] for entry in definitions["run"]["oneOf"]]
    words += definitions["input"]["properties"]["type"]["enum"]
    words += definitions["step"]["properties"]
    assert [word for word in words if word not in page] == []


def test_the_guides_of_the_shipped_ones_fit_a_narrow_terminal() -> None:
    from trailtui.playbook.load import find_playbooks

    for found in find_playbooks():
        assert found.playbook is not None
        for phase, step in found.playbook.steps():
            wide = [line for line in f"{phase.guide}\n{step.guide}".splitlines() if len(line) > 78]
            assert wide == [], step.id
