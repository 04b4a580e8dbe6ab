"""What a call means to a responder: a sentence, ATT&CK ids, and whether it is risky.

The table lies in `detect/shipped/meanings-*.yaml` and is read when it is first asked, in some
hundredths of a second. The sentences are the project's own. Which calls matter and which of them
attackers were seen to use is taken, as facts, from TrailDiscover by Adan Álvarez (CC BY 4.0); see
docs/enrichment.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent / "shipped"
RISKY: Final = "risky"
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
_VERSIONED = re.compile(r"(?:\d{8}|20\d\d_\d\d_\d\d)(?:v\d+)?$")
"""Lambda and CloudFront put the version of their API behind a call's name."""

_SAME_SERVICE: Final[Mapping[str, str]] = {
    "email.amazonaws.com": "ses.amazonaws.com",
    "s3express.amazonaws.com": "s3.amazonaws.com",
    "bedrock-runtime.amazonaws.com": "bedrock.amazonaws.com",
    "cloudwatch.amazonaws.com": "monitoring.amazonaws.com",
    "sms-voice.amazonaws.com": "mobiletargeting.amazonaws.com",
}
"""Other names under which the same calls are logged."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a call means."""

    says: str
    """One sentence, the project's own words: nothing of a record is in it."""
    attack: tuple[str, ...]
    """Techniques of ATT&CK for IaaS, the most telling one first."""
    risky: bool
    """Whether it gives access, weakens a guard, or takes, changes or destroys what matters."""


def meaning(event_source: str | None, event_name: str | None) -> Meaning | None:
    """What a call means, by the record's `eventSource` and `eventName`; None where nobody wrote it.

    Letters' case counts, as it does in CloudTrail. Whether the call succeeded is not asked.
    """
    if not event_source or not event_name:
        return None
    calls = _table().get(_SAME_SERVICE.get(event_source, event_source))
    if calls is None:
        return None
    return calls.get(event_name) or calls.get(_VERSIONED.sub("", event_name[:200]))


def all_meanings() -> Mapping[str, Mapping[str, Meaning]]:
    """The whole table: by the source, then by the name of the call."""
    return _table()


@cache
def _table() -> dict[str, dict[str, Meaning]]:
    found: dict[str, dict[str, Meaning]] = {}
    for path in sorted(FOLDER.glob("meanings-*.yaml")):
        for source, calls in _read(path).items():
            found[source] = {name: _parsed(text) for name, text in calls.items()}
    return found


def _read(path: Path) -> dict[str, dict[str, str]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_bytes(), loader)  # noqa: S506 - a safe loader, and our own file


def _parsed(text: str) -> Meaning:
    """`[risky] T1098.003 T1531 | A sentence.`"""
    before, bar, says = text.partition(" | ")
    words = before.split()
    risky = words[:1] == [RISKY]
    attack = tuple(words[1:] if risky else words)
    if not bar or not all(map(_TECHNIQUE.fullmatch, attack)):
        raise ValueError(f"no meaning: {text!r}")
    return Meaning(says, attack, risky)
