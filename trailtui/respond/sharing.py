"""With whom something is shared, and taking that away: what snapshots and images have in common."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    AlreadyDone,
    Change,
    Parameter,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import recorded
from trailtui.respond.looking import Around

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

FROM = Parameter("from", "from whom it is taken: accounts, with commas, or all; else everybody")
EVERYBODY = "all"
_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Sharing:
    """How one kind of thing is shared: accounts' numbers, `all`, ARNs of an organisation's."""

    shared_with: Callable[["AwsSession", Subject], list[str] | None]
    """None where the thing is gone."""
    set: Callable[[Subject, list[str], list[str]], ApiCall]
    """The call that adds some and takes some away."""
    calls: tuple[str, ...]
    """The names, in records, of the calls that share it."""
    source: str

    def read(self, aws: "AwsSession", subject: Subject) -> State:
        """With whom it is shared now."""
        found = self.shared_with(aws, subject)
        return {"shared with": None if found is None else sorted(found)}

    def take_away(self, subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
        """Shared with those that are left."""
        there = present["shared with"]
        if there is None:
            raise Refusal("it is gone", where=subject.id)
        wanted = _wanted(parameters.get("from"), subject)
        away = [one for one in there if wanted is None or one in wanted]
        if not away:
            raise AlreadyDone("it is not shared (with those)", where=subject.id)
        left = [one for one in there if one not in away]
        return Change((self.set(subject, [], away),), {"shared with": left})

    def give_back(self, subject: Subject, prior: State, present: State) -> Change:
        """Shared again with those that it was shared with."""
        missing = [one for one in prior["shared with"] if one not in present["shared with"]]
        return Change((self.set(subject, missing, []),), prior)

    @staticmethod
    def holds(expected: State, present: State) -> bool:
        """As expected; what is gone is shared with nobody."""
        return present["shared with"] is None or same_state(expected, present)

    def look_around(self, scene: Scene, subject: Subject, present: State) -> Surroundings:
        """Who shared it, as far as the case knows, and what nobody in the case shared."""
        around = Around(scene.aws)
        named = [
            call
            for call in recorded(scene.case, subject.account, self.calls, self.source)
            if subject.name in _texts(call.request.values())
        ]
        for call in named[-5:]:
            around.fact("changed", call.says())
        told = " ".join(json.dumps(dict(call.request)) for call in named)
        there: list[str] = present["shared with"] or []
        unseen = [one for one in there if f'"{one}"' not in told]
        if unseen:
            around.warnings.append(
                f"No event of the case shared it with {', '.join(unseen)}: that may be lawful, and "
                "older. Give --parameter from=... to spare them."
            )
        certainty = f"AWS knows {subject.id} in {subject.region}, and with whom it is shared."
        return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


def _wanted(given: str | None, subject: Subject) -> set[str] | None:
    if given is None:
        return None
    words = {word.strip() for word in given.split(",")}
    wrong = [w for w in words if w != EVERYBODY and not _ACCOUNT.fullmatch(w) and "arn:" not in w]
    if wrong:
        raise Refusal(
            f"this is no account: {', '.join(wrong)}",
            where=subject.id,
            cure="Give accounts' numbers with commas between, or all (which means the public).",
        )
    return words


def _texts(values: Iterable[object]) -> set[str]:
    """The texts anywhere in values: records wrap some names in lists."""
    found: set[str] = set()
    for value in values:
        found.update(re.findall(r'[^"\\\s]+', json.dumps(value)))
    return found
