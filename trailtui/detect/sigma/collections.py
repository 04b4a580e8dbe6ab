"""Collections of rules in one file, put together by `action`: global, reset, repeat.

`global` gives what all rules after it have in common, `reset` ends that, `repeat` is the rule
before with something changed. Objects are merged key by key; where a rule and the global part say
different things, the global part holds, as with pySigma. Correlations and filters take nothing
from it. (Sigma specification 1, "Rule Collections"; later versions leave it out.)
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from trailtui.detect.sigma.documents import Document, Fault

Data = dict[str, Any]


class Collection:
    """The documents of one file, each completed by those before it."""

    def __init__(self) -> None:
        self._common: Document | None = None
        self._before: Document | None = None

    def complete(self, document: Document | Fault) -> Iterator[Document | Fault]:
        """The rule that a document makes; nothing for one that only says what others have."""
        if isinstance(document, Fault):
            yield document
            return
        action = document.data.get("action")
        if action is None:
            made = document
            if self._common is not None and not {"correlation", "filter"} & document.data.keys():
                made = replace(document, data=_together(document.data, self._common.data))
            self._before = made
            yield made
        elif action == "global":
            self._common = self._before = _without_action(document)
        elif action == "reset":
            self._common = None
        elif action == "repeat" and self._before is not None:
            changed = _without_action(document)
            self._before = replace(changed, data=_together(self._before.data, changed.data))
            yield self._before
        else:
            what = (
                "there is no rule before this one to repeat"
                if action == "repeat"
                else f"there is no action {action!r}; there are global, reset, repeat"
            )
            yield Fault(document.place("action"), what)


def _without_action(document: Document) -> Document:
    data = {key: value for key, value in document.data.items() if key != "action"}
    return replace(document, data=data)


def _together(below: Data, above: Data) -> Data:
    """Both; where they say different things, what `above` says."""
    made = dict(below)
    for key, value in above.items():
        old = made.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            made[key] = _together(cast("Data", old), cast("Data", value))
        else:
            made[key] = value
    return made
