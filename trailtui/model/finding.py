"""What an alert from outside IS: one finding, whatever product and shape it came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trailtui.model.entity import Entity
from trailtui.model.times import EVER, HOUR_MS, TimeWindow

FINDING_KINDS = ("guardduty", "securityhub", "ocsf", "alarm")
"""The shapes: GuardDuty's own, Security Hub's ASFF, OCSF, CloudWatch's alarms."""

SEVERITIES = ("critical", "high", "medium", "low", "informational")

BEFORE_MS = 24 * HOUR_MS
"""A finding's first call is the first that was noticed; the theft, and quiet calls, come before."""
AFTER_MS = HOUR_MS
"""The last call seen is as old as the finding's last update, and records arrive minutes late."""
ALARM_BEFORE_MS = HOUR_MS
"""An alarm counts what had already arrived: its calls are older than its datapoints by minutes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. Its texts are an attacker's, cut to a bound; its entities passed their check."""

    kind: str
    """One of FINDING_KINDS."""
    id: str
    """By which its source knows it: a second one of the same id is the same finding again."""
    type: str
    """`UnauthorizedAccess:IAMUser/TorIPCaller`, a control's title, an alarm's name."""
    types: tuple[str, ...] = ()
    """All its types; one that Security Hub respelled stands here in GuardDuty's spelling too."""
    product: str = ""
    title: str = ""
    description: str = ""
    severity: float | None = None
    """On the scale of its source."""
    severity_word: str = ""
    """One of SEVERITIES; empty where the source says nothing, as with every alarm."""
    account: str = ""
    region: str = ""
    first_ms: int | None = None
    """When what it is about was first and last seen."""
    last_ms: int | None = None
    updated_ms: int | None = None
    count: int | None = None
    entities: tuple[Entity, ...] = ()
    window: TimeWindow = EVER
    """Where to look; see docs/alerts.md."""
    details: tuple[tuple[str, str], ...] = ()
    """Names and texts that are worth reading and are nothing one can pivot on."""
    missing: tuple[str, ...] = ()
    """What it lacks, and what it holds that was not taken for an entity, a sentence each."""
    position: str = ""
    """Where in the document it stood, such as `detail.findings[0]`."""

    @property
    def names_somebody(self) -> bool:
        """Whether it says who acted or from where, and not only what is the matter."""
        return any(one.kind in ("credential", "principal", "ip", "agent") for one in self.entities)

    def as_json(self) -> dict[str, Any]:
        """All of it, for the case."""
        return {
            "kind": self.kind,
            "id": self.id,
            "type": self.type,
            "types": list(self.types),
            "product": self.product,
            "title": self.title,
            "description": self.description,
            "severity": self.severity,
            "severity_word": self.severity_word,
            "account": self.account,
            "region": self.region,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "updated_ms": self.updated_ms,
            "count": self.count,
            "entities": [[one.kind, one.value] for one in self.entities],
            "window": [self.window.since_ms, self.window.until_ms],
            "details": [list(pair) for pair in self.details],
            "missing": list(self.missing),
            "position": self.position,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Finding":
        """The finding that `as_json` wrote."""
        members: dict[str, Any] = {
            **value,
            "types": tuple(value["types"]),
            "entities": tuple(Entity(kind, text) for kind, text in value["entities"]),
            "window": TimeWindow(*value["window"]),
            "details": tuple((name, text) for name, text in value["details"]),
            "missing": tuple(value["missing"]),
        }
        return cls(**members)


def window_around(
    first_ms: int | None, last_ms: int | None, before_ms: int = BEFORE_MS
) -> TimeWindow:
    """Where to look for what was seen from `first_ms` to `last_ms`; open where both are unknown."""
    known = [at_ms for at_ms in (first_ms, last_ms) if at_ms is not None]
    if not known:
        return EVER
    return TimeWindow(max(0, min(known) - before_ms), max(known) + AFTER_MS)
