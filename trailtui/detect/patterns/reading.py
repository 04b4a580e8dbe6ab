"""Filters from files: this project's own format, and what AWS's tools print of an account's.

A filter with a threshold is replayed as its alarm would ring; one without gives each of its events.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from trailtui.detect.patterns.account import rules_of_account
from trailtui.detect.patterns.alarms import Alarm, AlarmRule
from trailtui.detect.patterns.compiling import DEFAULTS, Options
from trailtui.detect.patterns.telling import compile_readable, filter_sha256
from trailtui.detect.rule import FILTER, NEXT_STEP, EventRule, Rule, RuleFacts
from trailtui.detect.rules import RuleSet
from trailtui.model.errors import InputError
from trailtui.model.finding import SEVERITIES

LARGEST_FILE = 2_000_000
_KEYS = {
    "id", "title", "severity", "pattern", "attack", "description", "next_step", "threshold",
    "period_seconds",
}  # fmt: skip
_REQUIRED = ("id", "title", "severity", "pattern")
_ATTACK = re.compile(r"T\d{4}(\.\d{3})?")


def read_filters(path: Path, *, origin: str = "", options: Options = DEFAULTS) -> RuleSet:
    """The filters of a file; what is wrong with one is told, and the others are taken.

    A file with `metricFilters` is read as DescribeMetricFilters answers (its alarms may stand
    beside them as `MetricAlarms`). Raises InputError where the file can't be read at all.
    """
    text, data = _loaded(path)
    if isinstance(data, dict) and "metricFilters" in data:
        answer = cast("dict[str, Any]", data)
        return rules_of_account(
            _listed(answer, "metricFilters", path), _listed(answer, "MetricAlarms", path),
            origin or str(path), options,
        )  # fmt: skip
    if not isinstance(data, list):
        raise InputError("this is no list of filters", where=str(path),
                         cure="docs/detections.md has the format.")  # fmt: skip
    found = RuleSet()
    lines = _lines_of_items(text)
    for number, item in enumerate(cast("list[object]", data)):
        where = f"{path}:{lines[number]}" if number < len(lines) else str(path)
        try:
            found.rules.append(_rule(item, where, origin, options))
        except InputError as error:
            found.refused.append(str(InputError(error.what, where=where, cure=error.cure)))
    return found


def _loaded(path: Path) -> tuple[str, object]:
    """The file's text and its values; JSON is YAML too, only slower."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise InputError(f"larger than {LARGEST_FILE:,} bytes", where=str(path))
        text = content.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            return text, json.loads(text)
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise InputError("references (*name) are not taken", where=str(path))
        return text, yaml.safe_load(text)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror or error}", where=str(path)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"no YAML: {error.problem or error}", where=where) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InputError(f"can't be read: {error}", where=str(path)) from None


def _listed(answer: Mapping[str, Any], name: str, path: Path) -> list[Mapping[str, Any]]:
    value = answer.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in cast("Any", value)):
        raise InputError(f"{name} is no list of objects", where=str(path))
    return cast("list[Mapping[str, Any]]", value)


def _lines_of_items(text: str) -> list[int]:
    """The line that each item of a list begins in."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    items = cast("list[yaml.Node]", node.value) if isinstance(node, yaml.SequenceNode) else []
    return [item.start_mark.line + 1 for item in items]


def _rule(item: object, where: str, origin: str, options: Options) -> Rule:
    if not isinstance(item, dict):
        raise InputError("this is no filter: it has no keys")
    entry = cast("dict[str, object]", item)
    _check_keys(entry)
    pattern = " ".join(str(entry["pattern"]).split("\n")).strip()
    facts = RuleFacts(
        kind=FILTER,
        id=str(entry["id"]),
        title=str(entry["title"]),
        severity=str(entry["severity"]),
        sha256=filter_sha256(entry, options),
        description=str(entry.get("description", "")),
        attack=tuple(cast("list[str]", entry.get("attack", []))),
        next_step=str(entry.get("next_step", NEXT_STEP)),
        origin=origin or where,
    )
    condition = compile_readable(pattern, options)
    if "threshold" not in entry:
        return EventRule(facts, condition)
    alarm = Alarm(
        cast("int", entry.get("period_seconds", 300)), float(cast("float", entry["threshold"]))
    )
    return AlarmRule(facts, condition, alarm)


def _check_keys(entry: Mapping[str, object]) -> None:
    for key in _REQUIRED:
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise InputError(f"the filter has no {key}")
    unknown = sorted(str(key) for key in entry if key not in _KEYS)
    if unknown:
        raise InputError(f"there is no key {unknown[0]!r}", cure=f"There are {', '.join(_KEYS)}.")
    if entry["severity"] not in SEVERITIES:
        raise InputError(
            f"{entry['severity']!r} is no severity", cure=f"Use {', '.join(SEVERITIES)}."
        )
    attack = entry.get("attack", [])
    listed = cast("list[object]", attack) if isinstance(attack, list) else [attack]
    if not all(isinstance(one, str) and _ATTACK.fullmatch(one) for one in listed):
        raise InputError("attack is a list of technique ids, such as [T1078.004]")
    for key in ("threshold", "period_seconds"):
        value = entry.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise InputError(f"{key} is a number above 0")
    if not isinstance(entry.get("period_seconds", 1), int):
        raise InputError("period_seconds is a whole number")
