"""What a bundle's files are called; docs/bundle-format.md describes what is in them."""

import re

FORMAT = "trailtui-bundle"
VERSION = 2
KNOWN_VERSIONS = (1, 2)
"""Version 1 had nothing of engines' answers, plans, watches, rules and enrichment."""

REPORT_MARKDOWN = "report.md"
REPORT_HTML = "report.html"
EVENTS = "events.jsonl"
SIGHTINGS = "sightings.jsonl"
PINNED = "pinned.jsonl"
EVIDENCE_LIST = "evidence.jsonl"
EVIDENCE_FOLDER = "evidence/"
ACTION_LOG = "action-log.jsonl"
PLAYBOOK = "playbook.yaml"
NOTES = "notes.json"
TAGS = "tags.json"
ENTITIES = "entities.json"
STEPS = "steps.json"
ACTIONS = "actions.json"
COVERAGE = "coverage.json"
PROBLEMS = "problems.jsonl"
SUMMARY = "summary.json"
ANSWERS = "answers.json"
ANSWERS_FOLDER = "answers/"
ORIGINAL_ANSWERS_FOLDER = "evidence/answers/"
CONTAINMENT = "containment.json"
DETECTIONS = "detections.json"
ALERTS = "alerts.json"
ENRICHMENT = "enrichment.json"
VERIFY = "VERIFY.md"
MANIFEST = "MANIFEST.json"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
SIGNATURE_NAMESPACE = "trailtui"

_ALWAYS_IN_1 = (
    VERIFY, REPORT_MARKDOWN, REPORT_HTML, EVENTS, SIGHTINGS, PINNED, EVIDENCE_LIST, ACTION_LOG,
    PROBLEMS, NOTES, TAGS, ENTITIES, STEPS, ACTIONS, COVERAGE, MANIFEST, SUMS,
)  # fmt: skip
ALWAYS = (*_ALWAYS_IN_1, SUMMARY, ANSWERS, CONTAINMENT, DETECTIONS, ALERTS, ENRICHMENT)
"""The files that every bundle has."""


def always_in(version: int) -> tuple[str, ...]:
    """The files that every bundle of a version of the format has."""
    return ALWAYS if version >= 2 else _ALWAYS_IN_1


_LONGEST_BASENAME = 100
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def evidence_name(number: int, origin: str) -> str:
    """The file in the bundle that holds a piece of evidence: its number and what it was called.

    The number makes it unique; of the name only harmless characters are left, and its end, where
    the ending is. Origins may be paths, URIs or API calls, and anything an attacker could choose.
    """
    basename = origin.replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = _ODD.sub("_", basename)[-_LONGEST_BASENAME:].lstrip(".-_") or "evidence"
    return f"{EVIDENCE_FOLDER}{number:06d}-{plain}"


_NAME = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


def is_plain_name(name: str) -> bool:
    """Whether a file's name is one an export could give: relative, no `..`, nothing odd."""
    parts = name.split("/")
    return _NAME.fullmatch(name) is not None and "." not in parts and ".." not in parts


def sums_line(digest: str, name: str) -> str:
    """One line of SHA256SUMS, in the format that sha256sum writes and reads."""
    return f"{digest}  {name}\n"


_SUMS_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)")


def read_sums(text: str) -> tuple[dict[str, str], list[str]]:
    """Hashes by file name out of SHA256SUMS, and what is wrong with the list itself."""
    sums: dict[str, str] = {}
    wrong: list[str] = []
    if not text.endswith("\n"):
        wrong.append("its last line has no end")
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        found = _SUMS_LINE.fullmatch(line)
        if found is None:
            wrong.append(f"line {number} is not a hash, two blanks and a name")
        elif found[2] in sums:
            wrong.append(f"line {number} names a file for the second time")
        else:
            sums[found[2]] = found[1]
    return sums, wrong
