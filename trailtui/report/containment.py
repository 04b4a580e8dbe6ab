"""The containment actions with their times, from the actions' rows and the action log."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.model.redact import redact, redact_text
from trailtui.report.view import ActionLine, Interval, Moment

_KINDS = (
    "plan",
    "action-intent",
    "action-progress",
    "action-outcome",
    "action-verified",
    "action-undone",
)
_WHAT = {
    "plan": "planned",
    "action-intent": "intent written down",
    "action-progress": "a call was answered, more to send",
    "action-outcome": "outcome",
    "action-verified": "read back",
    "action-undone": "undone",
}
_HOLDING = ("verified", "undone")


def action_lines(case: Case) -> tuple[ActionLine, ...]:
    """The actions in the order in which they were planned."""
    logged: dict[object, list[LogEntry]] = {}
    for entry in entries(case, kinds=_KINDS):
        logged.setdefault(entry.what.get("id"), []).append(entry)
    rows = case.connection.execute(
        "SELECT id, action, target, account, state, plan_hash, undo_of, planned_ms, plan, outcome "
        "FROM actions ORDER BY id"
    ).fetchall()
    undone_by = {row[6]: row[0] for row in rows if row[6] is not None and row[4] in _HOLDING}
    return tuple(_line(row, logged.get(row[0], []), undone_by.get(row[0])) for row in rows)


def _line(row: Sequence[Any], logged: list[LogEntry], undone_by: int | None) -> ActionLine:
    id_, action, target, account, state, plan_hash, undo_of, planned_ms, plan_text, outcome = row
    plan = cast("Mapping[str, Any]", redact(json.loads(plan_text)))
    became = cast("Mapping[str, Any]", redact(json.loads(outcome)))
    return ActionLine(
        id=id_,
        name=action,
        target=target,
        account=account,
        state=state,
        plan_hash=plan_hash,
        undo_of=undo_of,
        undone_by=undone_by,
        commands=tuple(_call(call) for call in became.get("calls") or plan.get("calls") or ()),
        request_ids=tuple(dict.fromkeys(_request_ids([became, *(e.what for e in logged)]))),
        reason=str(became.get("reason") or ""),
        warnings=tuple(str(warning) for warning in plan.get("warnings") or ()),
        moments=tuple(_moment(entry) for entry in logged),
        planned_ms=planned_ms,
        sent_ms=_first(logged, "action-intent"),
        answered_ms=_first(logged, "action-outcome"),
        verified_ms=_first(logged, "action-verified", "verified"),
    )


def _call(call: object) -> str:
    """A call as `service Operation {parameters}`."""
    if not isinstance(call, dict):
        return str(call)
    named = cast("Mapping[str, Any]", call)
    parameters = json.dumps(named.get("parameters") or {}, sort_keys=True)
    return redact_text(f"{named.get('service')} {named.get('operation')} {parameters}")


def _request_ids(value: object) -> list[str]:
    """All request ids in a JSON value, wherever they stand."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, Mapping):
            for key, inner in cast("Mapping[str, object]", item).items():
                if key not in ("request_id", "request_ids"):
                    waiting.append(inner)
                elif isinstance(inner, list):
                    found += [str(one) for one in cast("list[object]", inner) if one]
                elif inner:
                    found.append(str(inner))
        elif isinstance(item, list):
            waiting += cast("list[object]", item)
    return found


def _moment(entry: LogEntry) -> Moment:
    state = str(entry.what.get("state") or "")
    what = _WHAT[entry.kind] + (f": {state}" if state else "")
    return Moment(entry.at_ms, what, who_is(entry.who), entry.seq)


def who_is(who: Mapping[str, object]) -> str:
    """The author of a log entry: user and host, where from, and as whom in AWS."""
    text = f"{who.get('os_user')}@{who.get('host')}"
    if who.get("ssh_origin"):
        text += f" from {who['ssh_origin']}"
    if who.get("aws_arn"):
        text += f", {who['aws_arn']}"
    return text


def _first(logged: list[LogEntry], kind: str, state: str | None = None) -> int | None:
    for entry in logged:
        if entry.kind == kind and (state is None or entry.what.get("state") == state):
            return entry.at_ms
    return None


def intervals(
    actions: Sequence[ActionLine], created_ms: int | None, first_pinned_ms: int | None
) -> tuple[Interval, ...]:
    """How long it took to contain and to verify, from each beginning that is known.

    Undoings are no containment; an action counts as sent with the answer that it was carried out.
    """
    counted = [a for a in actions if a.undo_of is None and a.state not in ("planned", "failed")]
    sent = [a.answered_ms for a in counted if a.answered_ms is not None]
    verified = [a.verified_ms for a in counted if a.verified_ms is not None]
    spans: list[Interval] = []
    beginnings = (
        ("the first pinned event", first_pinned_ms),
        ("the making of the case", created_ms),
    )
    for name, began_ms in beginnings:
        if began_ms is None:
            continue
        if sent:
            spans.append(Interval(f"from {name} to the first containment", began_ms, min(sent)))
        if verified:
            spans.append(Interval(f"from {name} to the last verification", began_ms, max(verified)))
    for action in counted:
        if action.sent_ms is not None and action.verified_ms is not None:
            title = f"action {action.id}, from intent to verified"
            spans.append(Interval(title, action.sent_ms, action.verified_ms))
    return tuple(spans)


def watch_intervals(case: Case, created_ms: int | None) -> tuple[Interval, ...]:
    """How long detection and containment took by what the watch found, and how it went on."""
    spans: list[Interval] = []
    begun: LogEntry | None = None
    for entry in entries(case, kinds=("watch",)):
        if entry.what.get("watch") == "begin":
            begun = entry
            spans += _since_the_intruder(entry.what, created_ms)
        elif entry.what.get("watch") == "end" and begun is not None:
            spans.append(Interval(_watched(entry.what), begun.at_ms, entry.at_ms))
            begun = None
    return tuple(dict.fromkeys(spans))


def _since_the_intruder(what: Mapping[str, object], created_ms: int | None) -> list[Interval]:
    first_ms = what.get("intruder_first_ms")
    if not isinstance(first_ms, int):
        return []
    ends = (
        ("to the making of the case (to detect)", created_ms),
        ("to the first containment (to contain)", what.get("contained_ms")),
        ("to the last verification (to verify)", what.get("verified_ms")),
    )
    return [
        Interval(f"from the first event of the lineage {name}", first_ms, end_ms)
        for name, end_ms in ends
        if isinstance(end_ms, int)
    ]


def _watched(what: Mapping[str, object]) -> str:
    told = cast("Mapping[str, int]", what.get("counts") or {})
    seen = ", ".join(f"{many} {verdict}" for verdict, many in sorted(told.items()))
    blind = what.get("blind")
    gap = f"; not everything could be asked in {blind}" if blind else ""
    return f"the watch, {what.get('rounds')} rounds ({seen or 'no calls were seen'}{gap})"
