"""moto's insides, third part: GuardDuty's detectors, Security Hub, CloudWatch's alarms.

Findings lie beside moto's own state, so that they are gone when it is reset.
"""

from __future__ import annotations

from moto.cloudwatch.models import cloudwatch_backends
from moto.guardduty.models import guardduty_backends
from moto.securityhub.models import Finding, securityhub_backends

from trailtui.sim.dynamic import Dynamic

_KEPT = "kept_by_the_simulator"


def detectors(account: str, region: str) -> list[str]:
    """The ids of GuardDuty's detectors; AWS allows one in a Region."""
    return list(guardduty_backends[account][region].detectors)


def make_detector(account: str, region: str) -> str:
    """GuardDuty switched on."""
    made: Dynamic = guardduty_backends[account][region]
    return str(made.create_detector(True, "SIX_HOURS", {}, {}, []))


def detector_findings(account: str, region: str, detector: str) -> list[dict[str, Dynamic]]:
    """The findings of a detector, to read and to change.

    Raises:
        KeyError: there is no such detector.
    """
    return _kept_with(guardduty_backends[account][region].detectors[detector], [])


def hub_enabled(account: str, region: str) -> bool:
    """Whether Security Hub is switched on."""
    return securityhub_backends[account][region].enabled


def enable_hub(account: str, region: str) -> None:
    """Security Hub switched on."""
    securityhub_backends[account][region].enable_security_hub()


def hub_findings(account: str, region: str) -> list[dict[str, Dynamic]]:
    """The findings in ASFF, those that were imported among them; each can be changed."""
    return [one.data for one in securityhub_backends[account][region].findings]


def add_hub_finding(account: str, region: str, finding: dict[str, Dynamic]) -> None:
    """Put a finding in ASFF in, instead of one of the same id."""
    backend = securityhub_backends[account][region]
    others = [one for one in backend.findings if one.id != finding["Id"]]
    made: Dynamic = Finding(str(finding["Id"]), finding)
    backend.findings = [*others, made]


def hub_v2(account: str, region: str) -> dict[str, Dynamic]:
    """What there is of Security Hub's second version, to read and to change.

    `enabled_at` is a time once it is switched on, `findings` is a list in OCSF.
    """
    return _kept_with(securityhub_backends[account][region], {"enabled_at": None, "findings": []})


def _kept_with(owner: Dynamic, fresh: Dynamic) -> Dynamic:
    """What lies beside an object of moto's; `fresh` the first time."""
    if not hasattr(owner, _KEPT):
        setattr(owner, _KEPT, fresh)
    return getattr(owner, _KEPT)


def alarms(account: str, region: str) -> list[Dynamic]:
    """CloudWatch's alarms as moto has them."""
    return list(cloudwatch_backends[account][region].alarms.values())
