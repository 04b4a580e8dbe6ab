"""What each kind of run does: one call of another room's function, and what it gave as a Part."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.model.errors import InputError
from trailtui.model.times import TimeWindow, format_utc, parse_moment
from trailtui.playbook.collecting import Going, command_of, look_up
from trailtui.playbook.document import Run
from trailtui.playbook.result import Part, WrittenFile
from trailtui.playbook.template import Scalar

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

OpenAws: TypeAlias = Callable[[], "AwsSession"]
"""Opens the AWS session when an action needs one, and not before."""

PIVOT_COLUMNS = (
    "eventTime", "eventName", "eventSource", "principal", "accessKeyId",
    "sourceIPAddress", "awsRegion", "errorCode", "eventID",
)  # fmt: skip
MOST_ROWS = 200
"""Rows of a pivot where the step gives no limit."""

NOT_BUILT = {
    "posture": "checking the logging posture",
    "integrity": "validating AWS's digest chain",
}
"""Runs that are part of the format and whose rooms this version does not have."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run with everything filled in."""

    run: Run
    parameters: Mapping[str, Scalar]
    each: str | None = None


def perform(
    case: Case, order: Order, open_aws: OpenAws | None, going: Going = lambda _: True
) -> Part:
    """Do what `order` says and give what came of it; `going` hears how far a collect is.

    What this version can't do comes back as a part to do by hand. Raises TrailtuiError where the
    query, the plan or the report fails.
    """
    kind = order.run.kind
    if kind == "action":
        return _plan(case, order, open_aws)
    if kind == "manual":
        return _part(order)
    if kind in NOT_BUILT:
        return _part(order, by_hand=f"{NOT_BUILT[kind]} is not part of this version of trailtui")
    if kind == "collect":
        return _collect(case, order, open_aws, going)
    perform_it = {
        "query": _query, "detect": _detect, "lineage": _lineage, "pivot": _pivot, "report": _report,
    }[kind]  # fmt: skip
    return perform_it(case, order)


def _detect(case: Case, order: Order) -> Part:
    from trailtui.playbook.detecting import run_detection

    return run_detection(case, order.run.name, dict(order.parameters), order.each)


def _lineage(case: Case, order: Order) -> Part:
    from trailtui.playbook.tracing import trace

    return trace(case, order.run.name, dict(order.parameters), order.each)


def _part(
    order: Order,
    *,
    by_hand: str = "",
    target: str = "",
    plan_hash: str = "",
    already: str = "",
    files: tuple[WrittenFile, ...] = (),
) -> Part:
    return Part(
        order.run.kind, order.run.name, dict(order.parameters), order.each,
        by_hand=by_hand, target=target, plan_hash=plan_hash, already=already, files=files,
    )  # fmt: skip


def _query(case: Case, order: Order) -> Part:
    from trailtui.query.library import run_query

    result = run_query(case, order.run.name, dict(order.parameters))
    rows, event_ids = result.rows, result.event_ids
    limit = order.run.limit
    cut = limit is not None and len(rows) > limit
    return Part(
        "query", order.run.name, dict(order.parameters), order.each,
        columns=result.columns,
        rows=rows[:limit],
        event_ids=event_ids[:limit],
        truncated=result.truncated or cut,
        looked_at=result.looked_at,
    )  # fmt: skip


def _pivot(case: Case, order: Order) -> Part:
    from trailtui.case.coverage import looked_at
    from trailtui.case.events import EventFilter, page
    from trailtui.model.entity import Entity

    entity = Entity(order.run.name, str(order.parameters["value"]))
    window = _window(order.parameters)
    found = page(
        case, EventFilter(entities=(entity,), window=window), limit=order.run.limit or MOST_ROWS
    )
    rows = tuple(
        (
            None if row.time_ms is None else format_utc(row.time_ms), row.name, row.source,
            row.principal, row.credential, row.ip, row.region, row.error, row.event_id,
        )
        for row in found.rows
    )  # fmt: skip
    return Part(
        "pivot", order.run.name, dict(order.parameters), order.each,
        columns=PIVOT_COLUMNS,
        rows=rows,
        event_ids=tuple(row.id for row in found.rows),
        truncated=found.has_more,
        looked_at=looked_at(case),
    )  # fmt: skip


def _window(parameters: Mapping[str, Scalar]) -> TimeWindow:
    since, until = parameters.get("since"), parameters.get("until")
    return TimeWindow(
        None if since is None else parse_moment(str(since)),
        None if until is None else parse_moment(str(until)),
    )


def _collect(case: Case, order: Order, open_aws: OpenAws | None, going: Going) -> Part:
    source = order.run.name
    if source == "lookup":
        return look_up(case, order.parameters, order.each, open_aws, going)
    if source != "files":
        command = command_of(case.name, source, order.parameters)
        return _part(order, by_hand=f"a playbook does not collect from {source}; run `{command}`")
    from trailtui.collect.files import collect_files

    done = collect_files(case, [str(order.parameters["path"])], going)
    counts = done.as_json()
    return Part(
        "collect", source, dict(order.parameters), order.each,
        columns=tuple(counts),
        rows=(tuple(cast("Scalar", value) for value in counts.values()),),
        event_ids=(None,),
        truncated=done.cancelled,
        looked_at=str(order.parameters["path"]),
    )  # fmt: skip


def _plan(case: Case, order: Order, open_aws: OpenAws | None) -> Part:
    from trailtui.respond.action import AlreadyDone
    from trailtui.respond.planning import make_plan

    if open_aws is None:
        raise InputError(
            "this step plans an action and there is no AWS session",
            cure="Give one (--profile, --region), or skip the step with the reason.",
        )
    parameters = {key: value for key, value in order.parameters.items() if key != "target"}
    target = str(order.parameters["target"])
    texts = {key: str(value) for key, value in parameters.items()}
    try:
        plan = make_plan(case, open_aws(), order.run.name, target, texts)
    except AlreadyDone as nothing_to_do:
        return _part(order, target=target, already=str(nothing_to_do))
    return _part(order, target=target, plan_hash=plan.hash)


def _report(case: Case, order: Order) -> Part:
    named = order.parameters.get("path")
    path = Path(str(named)).expanduser() if named is not None else None
    if order.run.name == "bundle":
        from trailtui.report.bundle import export_bundle

        info = export_bundle(case, path or _free_path(case, "bundle.zip"))
        return _part(order, files=(WrittenFile(str(info.path), info.root_hash),))
    return _part(order, files=_write_report(case, path))


def _write_report(case: Case, path: Path | None) -> tuple[WrittenFile, ...]:
    """Markdown and HTML side by side; an earlier report of the same name is replaced."""
    from trailtui.report.report import build_report, render_html, render_markdown

    report = build_report(case)
    base = path or _beside(case, "report")
    written: list[WrittenFile] = []
    for ending, text in ((".md", render_markdown(report)), (".html", render_html(report))):
        target = base.with_name(f"{base.name}{ending}")
        content = text.encode("utf-8", "backslashreplace")
        _replace_file(target, content)
        written.append(WrittenFile(str(target), hashlib.sha256(content).hexdigest()))
    append(case, "report", {"files": [asdict(file) for file in written]})
    return tuple(written)


def _replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path`, mode 0600: whole or not at all, through no link."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}", where=str(path), cure="Name another place."
        ) from error


def _beside(case: Case, ending: str) -> Path:
    return case.path.with_name(f"{case.name}.{ending}")


def _free_path(case: Case, ending: str) -> Path:
    """The first name beside the case that is not taken: a bundle is never overwritten."""
    path, number = _beside(case, ending), 1
    while os.path.lexists(path):
        number += 1
        path = _beside(case, f"{number}.{ending}")
    return path
