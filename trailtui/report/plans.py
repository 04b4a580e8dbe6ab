"""The plans of several actions, and the break-glass list, as a case's report says them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trailtui.case.file import Case
from trailtui.case.journal import LogEntry, entries
from trailtui.model.errors import CaseError
from trailtui.model.redact import redact_text
from trailtui.report.containment import who_is
from trailtui.report.view import ListChange, PlanEntry, PlanLine, Protected
from trailtui.respond.carried_out import is_settled
from trailtui.respond.containment import Containment
from trailtui.respond.containment_store import ContainmentRow, Standing, standings
from trailtui.respond.refusals import break_glass_list


def plan_lines(case: Case) -> tuple[PlanLine, ...]:
    """The plans in the order in which they were made; one that was altered is listed and told."""
    logged: dict[object, list[LogEntry]] = {}
    for entry in entries(case, kinds=("containment-plan", "containment-run")):
        logged.setdefault(entry.what.get("containment"), []).append(entry)
    rows = case.connection.execute(
        "SELECT id, hash, account, content, made_ms FROM containments ORDER BY id"
    ).fetchall()
    return tuple(_plan(case, row, logged.get(row[0], [])) for row in rows)


def _plan(case: Case, row: tuple[int, str, str, str, int], logged: list[LogEntry]) -> PlanLine:
    number, digest, account, content, made_ms = row
    made = next((one for one in logged if "actions" in one.what), None)
    known = PlanLine(
        name=f"p{number}",
        hash=digest,
        account=account,
        made_ms=made_ms,
        log_entry=None if made is None else made.seq,
        went=tuple(
            ListChange(one.at_ms, who_is(one.who), _went(one.what), one.seq)
            for one in logged
            if one is not made
        ),
        fault="" if made is None or made.what.get("plan") == digest else "the log has another hash",
    )
    try:
        plan = Containment.from_text(content, digest)
        return _with_contents(known, plan, standings(case, ContainmentRow(number, digest, plan)))
    except CaseError as error:
        return replace(known, fault=error.what)
    except (ValueError, TypeError, KeyError):
        return replace(known, fault="the stored plan can't be read")


def _with_contents(known: PlanLine, plan: Containment, standing: Sequence[Standing]) -> PlanLine:
    return replace(
        known,
        root=redact_text(plan.root or ""),
        identity=plan.identity,
        entries=tuple(_entry(one) for one in standing),
        left_out=tuple((redact_text(one.what), redact_text(one.why)) for one in plan.left_out),
        hit=tuple(redact_text(f"{fact.label}: {fact.value}") for fact in plan.facts),
        warnings=tuple(map(redact_text, plan.warnings)),
        missing=plan.missing,
        simulated=redact_text(plan.simulated),
    )


def _went(what: Mapping[str, object]) -> str:
    """`run begun`, or which action counts from here on."""
    if "run" in what:
        if what["run"] != "end":
            return f"run: {what['run']}"
        stopped = what.get("stopped")
        good = "all verified" if what.get("good") else "not all verified"
        return redact_text(f"run ended, stopped: {stopped}" if stopped else f"run ended, {good}")
    place = f"action {what.get('action')} counts at place {what.get('position')}"
    again = ", once more after the margin" if what.get("repeats") else ""
    instead = f", instead of action {what['instead_of']}" if what.get("instead_of") else ""
    return f"{place}{again}{instead}"


def _entry(standing: Standing) -> PlanEntry:
    entry = standing.entry
    again = ""
    if entry.again_after_s is not None and not is_settled(standing):
        again = "to come" if standing.again is None else standing.again.state
    elif standing.again is not None:
        again = standing.again.state
    return PlanEntry(
        position=entry.position,
        stage=entry.stage,
        action=entry.action,
        target=redact_text(entry.target),
        why=redact_text(entry.why),
        nodes=tuple(map(redact_text, entry.nodes)),
        irreversible=entry.irreversible,
        action_id=standing.row.id,
        state=standing.row.state,
        again=again,
    )


def protected(case: Case) -> Protected:
    """The break-glass list as it is, and each change of it."""
    changes = tuple(
        ListChange(entry.at_ms, who_is(entry.who), _changed(entry.what), entry.seq)
        for entry in entries(case, kinds=("break-glass",))
    )
    return Protected(tuple(break_glass_list(case)), changes)


def _changed(what: Mapping[str, object]) -> str:
    told: list[str] = []
    for word in ("added", "removed"):
        listed = what.get(word)
        if isinstance(listed, Sequence) and not isinstance(listed, str):
            told.append(f"{word} {', '.join(map(str, listed))}")  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return redact_text("; ".join(told))
