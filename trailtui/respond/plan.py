"""A plan: what exactly would be sent, on what, from which state to which; and its hash.

The hash is SHA-256 over the plan's canonical JSON (sorted keys, no blanks). What is confirmed and
applied is the plan of that hash and nothing else.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trailtui.aws.calls import ApiCall
from trailtui.model.errors import CaseError
from trailtui.respond.action import Fact, State, Subject

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """One action on one subject, ready to be confirmed."""

    action: str
    title: str
    subject: Subject
    parameters: Mapping[str, str]
    identity: str
    """The ARN of who planned it."""
    planned_ms: int
    calls: tuple[ApiCall, ...]
    prior: State
    after: State
    needs: tuple[str, ...]
    """The permissions that sending the calls takes."""
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    certainty: str
    time_bound: bool
    """Whether a time in the calls is filled in as they are sent."""
    undo_of: int | None = None

    @property
    def hash(self) -> str:
        """64 hex digits that name this plan."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """The JSON that is stored and hashed."""
        return json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))

    def as_json(self) -> dict[str, Any]:
        """All of the plan as JSON."""
        return {
            "format": FORMAT,
            "action": self.action,
            "title": self.title,
            "subject": self.subject.as_json(),
            "parameters": dict(self.parameters),
            "identity": self.identity,
            "planned_ms": self.planned_ms,
            "calls": [call.as_json() for call in self.calls],
            "prior": self.prior,
            "after": self.after,
            "needs": list(self.needs),
            "facts": [[fact.label, fact.value] for fact in self.facts],
            "warnings": list(self.warnings),
            "certainty": self.certainty,
            "time_bound": self.time_bound,
            "undo_of": self.undo_of,
        }

    @classmethod
    def from_text(cls, text: str, expected_hash: str) -> "Plan":
        """Read a stored plan; raises CaseError where it is not the one that was hashed."""
        if hashlib.sha256(text.encode()).hexdigest() != expected_hash:
            raise CaseError(
                f"the stored plan {expected_hash[:12]} was altered after it was made",
                cure="Do not apply it; plan again, and find out who wrote to the case file.",
            )
        value: dict[str, Any] = json.loads(text)
        if value["format"] != FORMAT:
            raise CaseError(f"the plan has format {value['format']}, this program knows {FORMAT}")
        return cls(
            action=value["action"],
            title=value["title"],
            subject=Subject.from_json(value["subject"]),
            parameters=value["parameters"],
            identity=value["identity"],
            planned_ms=value["planned_ms"],
            calls=tuple(ApiCall.from_json(call) for call in value["calls"]),
            prior=value["prior"],
            after=value["after"],
            needs=tuple(value["needs"]),
            facts=tuple(Fact(label, text) for label, text in value["facts"]),
            warnings=tuple(value["warnings"]),
            certainty=value["certainty"],
            time_bound=value["time_bound"],
            undo_of=value["undo_of"],
        )
