"""The plans of several actions, and the break-glass list, as a case's report says them."""

from collections.abc import Mapping, Sequence

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
    logged = {
        entry.what.get("containment"): entry for entry in entries(case, kinds=("containment-plan",))
    }
    rows = case.connection.execute(
        "SELECT id, hash, account, content, made_ms FROM containments ORDER BY id"
    ).fetchall()
    return tuple(_plan(case, row, logged.get(row[0])) for row in rows)


def _plan(
    case: Case, row: tuple[int, str, str, str, int], entry: LogEntry | None
) -> PlanLine:  # fmt: skip
    number, digest, account, content, made_ms = row
    seq = None if entry is None else entry.seq
    try:
        plan = Containment.from_text(content, digest)
        stored = ContainmentRow(number, digest, plan)
        standing = standings(case, stored)
    except (CaseError, ValueError, TypeError, KeyError) as error:
        said = error.what if isinstance(error, CaseError) else "the stored plan can't be read"
        return PlanLine(
            f"p{number}", digest, "", account, "", made_ms, (), (), (), (), (), "", said, seq
        )
    fault = "" if entry is None or entry.what.get("plan") == digest else "the log has another hash"
    return PlanLine(
        name=stored.name,
        hash=digest,
        root=redact_text(plan.root or ""),
        account=plan.account,
        identity=plan.identity,
        made_ms=plan.made_ms,
        entries=tuple(_entry(one) for one in standing),
        left_out=tuple((redact_text(one.what), redact_text(one.why)) for one in plan.left_out),
        hit=tuple(redact_text(f"{fact.label}: {fact.value}") for fact in plan.facts),
        warnings=tuple(map(redact_text, plan.warnings)),
        missing=plan.missing,
        simulated=redact_text(plan.simulated),
        fault=fault,
        log_entry=seq,
    )


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
