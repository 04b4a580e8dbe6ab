"""From a step to what is to be run: templates filled in, once or for each value."""

from collections.abc import Mapping
from dataclasses import replace

from trailtui.playbook.condition import Unknown, parse_subject
from trailtui.playbook.document import Playbook, Step
from trailtui.playbook.performing import Order
from trailtui.playbook.standing import Standings
from trailtui.playbook.template import EACH, Missing, Scalar, fill, names_in

MOST_VALUES = 50
"""How many values `for_each` goes through at most; more are counted, and said."""


def orders_of(
    playbook: Playbook, step: Step, standings: Standings, inputs: Mapping[str, Scalar]
) -> tuple[list[Order], int]:
    """What to run for `step` as things stand, and how many values beyond the most were left out.

    Raises Missing where a value that is needed is not there.
    """
    if not step.for_each:
        return [_order(playbook, step, standings, inputs, None)], 0
    values = standings.each(step)
    sources = ", ".join(step.for_each)
    if isinstance(values, Unknown):
        raise Missing(
            f"step {step.id} goes through {sources}, and {values.why}",
            cure="Run that step, or skip this one with the reason.",
        )
    if not values:
        raise Missing(
            f"step {step.id} goes through {sources}, which has nothing",
            cure="Skip it with the reason.",
        )
    orders = [_order(playbook, step, standings, inputs, value) for value in values[:MOST_VALUES]]
    return orders, max(0, len(values) - MOST_VALUES)


def _order(
    playbook: Playbook,
    step: Step,
    standings: Standings,
    inputs: Mapping[str, Scalar],
    each: str | None,
) -> Order:
    def look_up(name: str, column: str | None) -> Scalar:
        if column is not None:
            return _only_value(step, standings, name, column)
        if name == EACH:
            return each
        if name not in inputs:
            raise Missing(
                f"step {step.id} needs the input {name}", cure=f"Give it: --input {name}=VALUE."
            )
        return inputs[name]

    filled: dict[str, Scalar] = {}
    for key, value in step.run.parameters.items():
        if key != "target" and _is_unset_option(playbook, value, inputs):
            continue
        filled[key] = fill(value, look_up)
    run = step.run
    if run.kind == "lineage":
        run = replace(run, name=str(fill(run.name, look_up) or ""))
    return Order(run, filled, each)


def _is_unset_option(playbook: Playbook, value: Scalar, inputs: Mapping[str, Scalar]) -> bool:
    """Whether `value` stands for an optional input that was not given: it is left out then."""
    names = list(names_in(value))
    if len(names) != 1 or names[0][1] is not None:
        return False
    item = playbook.input(names[0][0])
    return item is not None and not item.required and item.name not in inputs


def _only_value(step: Step, standings: Standings, name: str, column: str) -> str:
    values = standings.values(parse_subject(f"step.{name}.{column}"))
    if isinstance(values, Unknown):
        raise Missing(
            f"step {step.id} needs {name}.{column}, and {values.why}",
            cure="Run that step first, or skip this one with the reason.",
        )
    if len(values) != 1:
        has = f"has {len(values)}: {', '.join(values[:5])}" if values else "has nothing"
        raise Missing(
            f"step {step.id} needs one value of {name}.{column}, which {has}",
            cure="Skip the step with the reason, and act by name.",
        )
    return values[0]
