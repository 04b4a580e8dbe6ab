"""What a schema can't say of a playbook: that its names mean something, and come in order."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from trailtui.model.errors import InputError
from trailtui.playbook import condition
from trailtui.playbook.collecting import KEYS as COLLECT_KEYS
from trailtui.playbook.document import PHASES, RUN_KINDS
from trailtui.playbook.known import Known
from trailtui.playbook.source import KeyPath, Source
from trailtui.playbook.sources import parse_source
from trailtui.playbook.template import EACH, Scalar, is_malformed, names_in

RESERVED = (EACH, *condition.ROOTS)
"""Words that templates and conditions use themselves."""

ROWS = ("query", "detect", "lineage", "pivot")
"""The kinds of run whose result has rows and columns."""

_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pivot": (("value", "since", "until"), ("value",)),
    "report": (("path",), ()),
    "manual": ((), ()),
}
"""What may stand in `with`, and what must."""


@dataclass(slots=True)
class Seen:
    """What the steps above the present one have defined."""

    inputs: Mapping[str, Any]
    steps: dict[str, Mapping[str, Any]]
    """Every step of the playbook so far, by id."""
    order: list[str]
    """Every step id of the playbook, in order."""


def check_rules(source: Source, known: Known | None) -> None:
    """Complain of all that breaks a rule; the schema has passed already.

    `known` are the queries and actions there are; None leaves their names unchecked.
    """
    data = cast(Mapping[str, Any], source.data)
    inputs: Mapping[str, Any] = data.get("inputs", {})
    order = [str(step["id"]) for phase in data["phases"] for step in phase["steps"]]
    seen = Seen(inputs, {}, order)
    _check_inputs(source, inputs)
    _check_phase_order(source, data)
    for number, phase in enumerate(data["phases"]):
        _check_guide(source, ("phases", number, "guide"), phase.get("guide", ""), seen)
        for position, step in enumerate(phase["steps"]):
            path = ("phases", number, "steps", position)
            _check_step(source, path, step, seen, known)
            seen.steps.setdefault(step["id"], step)


def _check_inputs(source: Source, inputs: Mapping[str, Any]) -> None:
    from trailtui.playbook.inputs import read_input

    for name, spec in inputs.items():
        path = ("inputs", name)
        if name in RESERVED:
            source.complain(path, "is a word of the format", f"any but {', '.join(RESERVED)}")
        if "default" in spec:
            try:
                read_input(name, spec["type"], spec["default"])
            except InputError as error:
                source.complain((*path, "default"), error.what, error.cure.rstrip("."))


def _check_phase_order(source: Source, data: Mapping[str, Any]) -> None:
    last = -1
    for number, phase in enumerate(data["phases"]):
        place = PHASES.index(phase["phase"])
        if place <= last:
            source.complain(
                ("phases", number, "phase"),
                f"{phase['phase']} comes after {PHASES[last]}",
                f"each phase once, in the order {', '.join(PHASES)}",
            )
        last = max(last, place)


def _check_step(
    source: Source, path: KeyPath, step: Mapping[str, Any], seen: Seen, known: Known | None
) -> None:
    step_id = str(step["id"])
    if step_id in seen.steps:
        line = source.line(_path_of(source, step_id))
        source.complain((*path, "id"), f"{step_id} is the id of the step in line {line}",
                        "an id of its own for each step")  # fmt: skip
    if step_id in RESERVED or step_id in seen.inputs:
        what = "an input" if step_id in seen.inputs else "a word of the format"
        source.complain((*path, "id"), f"{step_id} is {what} too",
                        f"any but {', '.join((*RESERVED, *seen.inputs))}")  # fmt: skip
    _check_guide(source, (*path, "guide"), step["guide"], seen)
    if "for_each" in step:
        sources = step["for_each"]
        listed = enumerate([sources] if isinstance(sources, str) else sources)
        for place, written in listed:
            here = (*path, "for_each") if isinstance(sources, str) else (*path, "for_each", place)
            _check_for_each(source, here, written, seen)
    if "when" in step:
        _check_when(source, (*path, "when"), step["when"], seen)
    if "collect" in step:
        _check_collect(source, (*path, "collect"), step["collect"], seen)
    if "run" in step:
        _check_run(source, (*path, "run"), step, seen, known)
    if "decide" in step:
        _check_decide(source, (*path, "decide"), step["decide"], step_id, seen)


def _check_collect(source: Source, path: KeyPath, collect: Mapping[str, Any], seen: Seen) -> None:
    """What is offered before the step runs is filled with inputs alone."""
    parameters: Mapping[str, Scalar] = collect.get("with", {})
    for key, value in parameters.items():
        here = (*path, "with", key)
        if is_malformed(value):
            source.complain(here, "holds braces that are no template", "{{ INPUT }}")
        for name, column in names_in(value):
            if column is not None or name not in seen.inputs:
                shown = name if column is None else f"{name}.{column}"
                source.complain(here, f"{{{{ {shown} }}}} is no input", _listed(seen.inputs))
    if collect["source"] in COLLECT_KEYS:
        allowed, _ = COLLECT_KEYS[collect["source"]]
        _check_with(source, path, parameters, allowed, ())


def _path_of(source: Source, step_id: str) -> KeyPath:
    data = cast(Mapping[str, Any], source.data)
    for number, phase in enumerate(data["phases"]):
        for position, step in enumerate(phase["steps"]):
            if step["id"] == step_id:
                return ("phases", number, "steps", position, "id")
    return ()


def _check_guide(source: Source, path: KeyPath, guide: str, seen: Seen) -> None:
    """A guide names inputs only: a result could smuggle its own words into the instructions."""
    if is_malformed(guide):
        source.complain(path, "holds braces that are no template", "{{ INPUT }}")
    for name, column in names_in(guide):
        if column is not None or name not in seen.inputs:
            shown = name if column is None else f"{name}.{column}"
            source.complain(path, f"{{{{ {shown} }}}} is no input", _listed(seen.inputs))


def _check_for_each(source: Source, path: KeyPath, written: str, seen: Seen) -> None:
    try:
        subject = parse_source(written).subject
    except InputError as error:
        source.complain(path, error.what, error.cure.removeprefix("Allowed: ").rstrip("."))
        return
    if subject.root == "step":
        _check_step_reference(source, path, subject.name, seen, rows=True)
    elif subject.root == "input" and subject.name not in seen.inputs:
        source.complain(path, f"there is no input {subject.name}", _listed(seen.inputs))


def _check_when(source: Source, path: KeyPath, written: str, seen: Seen) -> None:
    try:
        parsed = condition.parse_condition(written)
    except InputError as error:
        source.complain(path, error.what, error.cure.removeprefix("Allowed: ").rstrip("."))
        return
    for test in parsed.tests:
        subject = test.subject
        if subject.root == "input" and subject.name not in seen.inputs:
            source.complain(path, f"there is no input {subject.name}", _listed(seen.inputs))
        elif subject.root == "step":
            _check_step_reference(source, path, subject.name, seen, rows=True)
        elif subject.root == "decision":
            _check_decision_reference(source, path, test, seen)


def _check_decision_reference(
    source: Source, path: KeyPath, test: condition.Test, seen: Seen
) -> None:
    name = test.subject.name
    if not _check_step_reference(source, path, name, seen, rows=False):
        return
    deciding = [step_id for step_id, step in seen.steps.items() if "decide" in step]
    if name not in deciding:
        source.complain(path, f"step {name} decides nothing", _listed(deciding))
        return
    options = _option_ids(seen.steps[name]["decide"])
    if test.operator in ("==", "!=") and test.text not in options:
        source.complain(path, f'step {name} has no option "{test.text}"', ", ".join(options))


def _check_step_reference(
    source: Source, path: KeyPath, name: str, seen: Seen, *, rows: bool
) -> bool:
    """Complain unless `name` is a step above, and one with rows where `rows` are meant."""
    usable = [
        step_id
        for step_id, step in seen.steps.items()
        if not rows or any(kind in step.get("run", {}) for kind in ROWS)
    ]
    if name in usable:
        return True
    if name in seen.steps:
        message = f"step {name} has no rows"
    elif name in seen.order:
        message = f"step {name} comes no earlier than this one"
    else:
        message = f"there is no step {name}{_nearest(name, seen.order)}"
    source.complain(path, message, f"an earlier step: {_listed(usable)}")
    return False


def _check_run(
    source: Source, path: KeyPath, step: Mapping[str, Any], seen: Seen, known: Known | None
) -> None:
    run: Mapping[str, Any] = step["run"]
    kind = next(kind for kind in RUN_KINDS if kind in run)
    parameters: Mapping[str, Scalar] = run.get("with", {})
    for key, value in parameters.items():
        _check_value(source, (*path, "with", key), value, step, seen)
    for key in ("detect", "lineage", "posture", "integrity"):
        if key in run:
            _check_value(source, (*path, key), run[key], step, seen)
    if "limit" in run and kind not in ("query", "pivot"):
        source.complain((*path, "limit"), f"means nothing for {kind}", "a limit for query or pivot")
    if kind in ("query", "action"):
        if known is not None:
            _check_named(
                source, path, run, kind, known.queries if kind == "query" else known.actions
            )
    elif kind in _KEYS:
        _check_with(source, path, parameters, *_KEYS[kind])
    elif kind == "collect" and run["collect"] in COLLECT_KEYS:
        _check_with(source, path, parameters, *COLLECT_KEYS[run["collect"]])


def _check_named(
    source: Source,
    path: KeyPath,
    run: Mapping[str, Any],
    kind: str,
    known: Mapping[str, Mapping[str, bool]],
) -> None:
    name = str(run[kind])
    needed = ("target",) if kind == "action" else ()
    if name not in known:
        message = f"there is no {kind} {name}{_nearest(name, known)}"
        source.complain((*path, kind), message, _listed(known))
        return
    required = (*needed, *(key for key, must in known[name].items() if must))
    _check_with(source, path, run.get("with", {}), (*needed, *known[name]), required)


def _check_with(
    source: Source,
    path: KeyPath,
    parameters: Mapping[str, Scalar],
    allowed: Collection[str],
    needed: Collection[str],
) -> None:
    for key in parameters:
        if key not in allowed:
            source.complain((*path, "with", key), "is no parameter here", _listed(allowed))
    for key in dict.fromkeys(needed):
        if key not in parameters:
            place = (*path, "with") if parameters else path
            source.complain(place, f"with lacks {key}", _listed(allowed))


def _check_value(
    source: Source, path: KeyPath, value: Scalar, step: Mapping[str, Any], seen: Seen
) -> None:
    if is_malformed(value):
        source.complain(path, "holds braces that are no template", "{{ NAME }}, {{ STEP.COLUMN }}")
    for name, column in names_in(value):
        if column is not None:
            _check_step_reference(source, path, name, seen, rows=True)
        elif name == EACH:
            if "for_each" not in step:
                source.complain(path, "{{ each }} stands in a step without for_each",
                                "for_each beside run, or another name")  # fmt: skip
        elif name not in seen.inputs:
            message = f"there is no input {name}{_nearest(name, seen.inputs)}"
            source.complain(path, message, _listed((*seen.inputs, EACH)))


def _check_decide(
    source: Source, path: KeyPath, decide: Mapping[str, Any], step_id: str, seen: Seen
) -> None:
    options = _option_ids(decide)
    for position, option in enumerate(options):
        if option in options[:position]:
            source.complain((*path, "options", position), f"{option} stands twice",
                            "each option once")  # fmt: skip
    following = decide.get("next", {})
    targets = {"": following} if isinstance(following, str) else dict(following)
    position = seen.order.index(step_id)
    later = seen.order[position + 1 :]
    for option, target in targets.items():
        here = (*path, "next", option) if option else (*path, "next")
        if option and option not in options:
            source.complain(here, f"there is no option {option}", ", ".join(options))
        if target not in later:
            known = "comes no later" if target in seen.order else "does not exist"
            near = "" if target in seen.order else _nearest(target, later)
            source.complain(here, f"step {target} {known}{near}", f"a later step: {_listed(later)}")


def _option_ids(decide: Mapping[str, Any]) -> list[str]:
    return [entry if isinstance(entry, str) else str(entry["id"]) for entry in decide["options"]]


def _nearest(word: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def _listed(words: Collection[str]) -> str:
    return ", ".join(words) or "none so far"
