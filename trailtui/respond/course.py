"""How far the calls of an action came, in words, for one that stopped in between."""

from collections.abc import Mapping, Sequence
from typing import Any

from trailtui.aws.calls import ApiCall


def course_of_calls(outcome: Mapping[str, Any]) -> str:
    """Which of an action's calls were carried out, for an action that stopped in between.

    Empty where there was one call only, or all were carried out.
    """
    calls = [ApiCall.from_json(call) for call in outcome.get("calls", ())]
    answers: Sequence[Mapping[str, Any]] = outcome.get("answers", ())
    done = sum("code" not in answer for answer in answers)
    if len(calls) < 2 or done == len(calls):
        return ""
    told = [
        f"call {number} ({call.permission}) {_fate(number - 1, answers)}"
        for number, call in enumerate(calls, 1)
    ]
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}."


def is_partial(outcome: Mapping[str, Any]) -> bool:
    """Whether some of an action's calls were certainly or possibly carried out, and not all."""
    return course_of_calls(outcome) != ""


def _fate(at: int, answers: Sequence[Mapping[str, Any]]) -> str:
    if at > len(answers):
        return "was not sent"
    if at == len(answers):
        refused = any("code" in answer for answer in answers)
        return "was not sent" if refused else "was not answered, if it was sent at all"
    code = answers[at].get("code")
    return "was carried out" if code is None else f"was not answered well ({code})"
