"""A folder of Sigma rules, read and run a second time: no pySigma, no columns, every window.

Written from the Sigma specification; see also tests/detect/plain_sigma.py.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.detect.plain_sigma import Record, detected, moment, text, values

Rule = dict[str, Any]
Hits = dict[tuple[str, str], set[str]]
"""For each rule's title and, of a correlation, its group: the ids of the events."""


def rules_of(folder: Path) -> Iterator[Rule]:
    """Every rule below a folder, those of collections written out."""
    for path in sorted(folder.rglob("*.yml")):
        common: Rule = {}
        before: Rule = {}
        for document in yaml.safe_load_all(path.read_text()):
            action = document.pop("action", None)
            if action == "reset":
                common = {}
            elif action == "global":
                common = document
            else:
                below = before if action == "repeat" else {}
                single = "correlation" not in document
                before = merged(merged(below, document), common if single else {})
                yield before


def merged(below: Rule, above: Rule) -> Rule:
    made = dict(below)
    for key, value in above.items():
        both = isinstance(made.get(key), dict) and isinstance(value, dict)
        made[key] = merged(made[key], value) if both else value
    return made


def hits_of(folder: Path, records: list[Record]) -> Hits:
    """What every rule for CloudTrail finds in the records."""
    rules = [
        rule
        for rule in rules_of(folder)
        if "correlation" in rule or rule["logsource"].get("product") == "aws"
    ]
    referred = {name for rule in rules for name in rule.get("correlation", {}).get("rules", ())}
    met = {
        rule["title"]: [one for one in records if detected(rule["detection"], one)]
        for rule in rules
        if "detection" in rule
    }
    found: Hits = {}
    for rule in rules:
        if "correlation" in rule:
            named = {r["name"]: met[r["title"]] for r in rules if "name" in r}
            found |= correlated(rule["title"], rule["correlation"], named)
        elif rule.get("name") not in referred and met[rule["title"]]:
            found[rule["title"], ""] = {one["eventID"] for one in met[rule["title"]]}
    return found


SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gte": lambda a, b: a >= b, "gt": lambda a, b: a > b, "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b, "eq": lambda a, b: a == b,
}  # fmt: skip


def correlated(title: str, rule: Rule, named: dict[str, list[Record]]) -> Hits:
    """Every window that begins at an event, looked at by itself; no two events share a second."""
    span = int(rule["timespan"][:-1]) * SECONDS[rule["timespan"][-1]]
    groups: dict[tuple[str, ...], list[tuple[float, str, Record]]] = {}
    for name in rule["rules"]:
        for one in named[name]:
            group = tuple(
                value_in(one, rule.get("aliases", {}).get(field, {}).get(name, field))
                for field in rule.get("group-by", ())
            )
            at = moment(one["eventTime"]).timestamp()
            groups.setdefault(group, []).append((at, name, one))
    found: Hits = {}
    for group, members in groups.items():
        members.sort(key=lambda member: member[0])
        for begin, _, _ in members:
            window = [member for member in members if begin <= member[0] <= begin + span]
            if holds(rule, window):
                ids = {one["eventID"] for _, _, one in window}
                found.setdefault((title, " · ".join(group)), set()).update(ids)
    return found


def holds(rule: Rule, window: list[tuple[float, str, Record]]) -> bool:
    names = [name for _, name, _ in window]
    if rule["type"] == "temporal":
        return set(names) == set(rule["rules"])
    if rule["type"] == "temporal_ordered":  # as a subsequence, beginning with the window
        rest = iter(names)
        return names[0] == rule["rules"][0] and all(name in rest for name in rule["rules"])
    condition = dict(rule["condition"])
    field = condition.pop("field", None)
    ((operator, limit),) = condition.items()
    number = len(window)
    if rule["type"] == "value_count":
        number = len({value_in(one, field) for _, _, one in window} - {"(none)"})
    return COMPARE[operator](number, limit)


def value_in(record: Record, field: str) -> str:
    found = [text(one) for one in values(record, field.split(".")) if one is not None]
    return ", ".join(found) if found else "(none)"
