"""What is not known until a call is sent: the moment, and what an earlier call answered.

A plan holds a text in its place, so that it can be hashed, shown and confirmed before.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from trailtui.model.errors import AwsError
from trailtui.model.times import format_utc

_SENDING_TIME = re.compile(r"\{\{time of sending \+ (\d+) s\}\}")
_ANSWER = re.compile(r"\{\{answer (\d+): ([\w.]+)\}\}")


def sending_time(margin_s: int) -> str:
    """A placeholder that becomes the moment of sending plus a margin, when the call is sent."""
    return f"{{{{time of sending + {margin_s} s}}}}"


def fill_sending_time(value: Any, moment_ms: int) -> Any:  # noqa: ANN401  (any JSON value)
    """`value` with each placeholder replaced by its time, whole seconds, rounded up."""
    if isinstance(value, str):
        return _SENDING_TIME.sub(
            lambda found: format_utc((-(-moment_ms // 1000) + int(found[1])) * 1000), value
        )
    text = json.dumps(value)
    return json.loads(fill_sending_time(text, moment_ms)) if _SENDING_TIME.search(text) else value


def waits_for_sending(value: object) -> bool:
    """Whether a JSON value holds a placeholder for the moment of sending."""
    return _SENDING_TIME.search(json.dumps(value)) is not None


def answer_of(call_index: int, path: str) -> str:
    """A placeholder for a value of an earlier call's answer: `answer_of(0, "GroupId")`.

    `call_index` counts the change's calls from 0. `path` names members, and places in lists by
    number: `Snapshots.0.SnapshotId`. A text that is nothing but the placeholder becomes the value
    with its type; within a longer text it becomes text.
    """
    return f"{{{{answer {call_index + 1}: {path}}}}}"


def wanted_answers(value: object, call_index: int) -> list[str]:
    """The paths that are wanted of the answer to a call, anywhere in a JSON value."""
    found = _ANSWER.findall(json.dumps(value))
    return sorted({path for number, path in found if int(number) == call_index + 1})


def value_at(answer: object, path: str) -> Any:  # noqa: ANN401  (any JSON value)
    """What lies at a path in an answer; raises AwsError where nothing does."""
    value = answer
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = cast("Mapping[str, Any]", value)[part]
        elif isinstance(value, list) and part.isdigit():
            listed = cast("list[Any]", value)
            value = listed[int(part)] if int(part) < len(listed) else None
        else:
            value = None
    if value is None:
        raise AwsError(f"AWS's answer has no {path}")
    return value


def fill_answers(value: Any, answers: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """`value` with each placeholder replaced that an answer is known for (`{path: value}` each)."""
    if isinstance(value, Mapping):
        held = cast("Mapping[str, Any]", value)
        return {name: fill_answers(inner, answers) for name, inner in held.items()}
    if isinstance(value, list):
        return [fill_answers(inner, answers) for inner in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    whole = _ANSWER.fullmatch(value)
    if whole:
        return _known(whole, answers, value)
    return _ANSWER.sub(lambda found: str(_known(found, answers, found[0])), value)


def _known(found: re.Match[str], answers: Sequence[Mapping[str, Any]], otherwise: str) -> Any:  # noqa: ANN401
    at = int(found[1]) - 1
    return answers[at].get(found[2], otherwise) if at < len(answers) else otherwise
