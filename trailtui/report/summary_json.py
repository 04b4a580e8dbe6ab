"""The page of a case as JSON: the values behind its lines."""

from dataclasses import asdict
from typing import Any, cast

from trailtui.case.detections import Detection
from trailtui.case.entities import EntitySummary
from trailtui.case.findings import StoredFinding
from trailtui.model.redact import redact
from trailtui.model.times import format_utc
from trailtui.report.summary import CaseSummary, RiskyCall
from trailtui.report.view import ActionLine


def summary_as_json(found: CaseSummary, most: int) -> dict[str, Any]:
    """All values; lists are cut to `most`, and `in_all` says how long they are."""
    times = found.times
    made: dict[str, Any] = {
        "case": found.name,
        "read": asdict(found.read)
        | {"first": _utc(found.read.first_ms), "last": _utc(found.read.last_ms)},
        "window": {"from": _utc(found.window.since_ms), "to": _utc(found.window.until_ms)},
        "times": times
        and {"from": _utc(times.since_ms), "part_ms": times.part_ms, "events": list(times.counts)},
        "credentials": found.credentials,
        "rules_ran": found.rules_ran,
        "pins": found.pins,
        "notes": found.notes,
        "not_seen": {"in_short": found.blind.in_short, "why": list(found.blind.sentences)},
    }
    for name, listed in (
        ("principals", list(map(_entity, found.principals[:most]))),
        ("addresses", list(map(_entity, found.addresses[:most]))),
        ("regions", list(map(asdict, found.regions[:most]))),
        ("accounts", list(map(asdict, found.accounts[:most]))),
        ("calls", list(map(asdict, found.calls[:most]))),
        ("errors", list(map(asdict, found.errors[:most]))),
        ("risky_calls", list(map(_risky, found.risky[:most]))),
        ("findings", list(map(_detection, found.detections[:most]))),
        ("alerts", list(map(_alert, found.alerts[:most]))),
        ("judged", list(map(asdict, found.judged[:most]))),
        ("actions", list(map(_action, found.actions[:most]))),
    ):
        made[name] = listed
    made["in_all"] = {
        "principals": len(found.principals),
        "addresses": len(found.addresses),
        "calls": len(found.calls),
        "errors": len(found.errors),
        "risky_calls": len(found.risky),
        "findings": len(found.detections),
        "alerts": len(found.alerts),
        "judged": len(found.judged),
        "actions": len(found.actions),
    }
    return cast("dict[str, Any]", redact(made))


def _utc(at_ms: int | None) -> str | None:
    return None if at_ms is None else format_utc(at_ms)


def _entity(one: EntitySummary) -> dict[str, Any]:
    return {
        "value": one.entity.value,
        "events": one.events,
        "risky_ok": one.risky_succeeded,
        "risky_failed": one.risky_failed,
        "other_ok": one.other_succeeded,
        "other_failed": one.other_failed,
        "first": _utc(one.first_ms),
        "last": _utc(one.last_ms),
        "verdict": one.verdict,
        "risky_calls": [asdict(call) for call in one.risky_calls],
    }


def _risky(one: RiskyCall) -> dict[str, Any]:
    ends = {"first": _utc(one.first_ms), "last": _utc(one.last_ms)}
    return asdict(one) | ends


def _detection(one: Detection) -> dict[str, Any]:
    return {"name": one.name} | asdict(one)


def _alert(stored: StoredFinding) -> dict[str, Any]:
    return {"number": stored.number} | stored.finding.as_json()


def _action(one: ActionLine) -> dict[str, Any]:
    return {"id": one.id, "action": one.name, "target": one.target, "state": one.state}
