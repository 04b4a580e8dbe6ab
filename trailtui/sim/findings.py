"""The door through which findings get into the simulated account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

from trailtui.sim import moto_findings
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.world import World

PRODUCTS = ("guardduty", "securityhub", "securityhub-v2")


def add(
    world: World,
    product: str,
    finding: Mapping[str, Dynamic],
    *,
    region: str = "us-east-1",
    account: str | None = None,
) -> str:
    """Let a product have a finding; it is switched on where it was not.

    Args:
        world: the account.
        product: one of PRODUCTS.
        finding: as EventBridge or the API has it; in OCSF for securityhub-v2.
        region: where.
        account: whose; the world's own where it is not given.
    Returns:
        the finding's id.
    """
    whose = account or world.account
    enable(world, product, region=region, account=whose)
    if product == "guardduty":
        (detector, *_) = moto_findings.detectors(whose, region)
        kept = moto_findings.detector_findings(whose, region, detector)
        made = shaped(finding, guardduty_shape())
        _as_the_api_has_it(finding, made)
        kept[:] = [one for one in kept if one["Id"] != made["Id"]]
        kept.append(made)
        return str(made["Id"])
    if product == "securityhub":
        moto_findings.add_hub_finding(whose, region, dict(finding))
        return str(finding["Id"])
    kept = moto_findings.hub_v2(whose, region)["findings"]
    uid = str(finding["finding_info"]["uid"])
    kept[:] = [one for one in kept if one["finding_info"]["uid"] != uid]
    kept.append(dict(finding))
    return uid


def enable(
    world: World, product: str, *, region: str = "us-east-1", account: str | None = None
) -> None:
    """Switch a product on in a Region; it stays on where it is on.

    Raises:
        ValueError: no such product.
    """
    whose = account or world.account
    if product == "guardduty":
        if not moto_findings.detectors(whose, region):
            moto_findings.make_detector(whose, region)
    elif product == "securityhub":
        moto_findings.enable_hub(whose, region)
    elif product == "securityhub-v2":
        state = moto_findings.hub_v2(whose, region)
        state["enabled_at"] = state["enabled_at"] or world.clock.now()
    else:
        raise ValueError(f"{product} is none of {', '.join(PRODUCTS)}")


def _as_the_api_has_it(given: Mapping[str, Dynamic], made: dict[str, Dynamic]) -> None:
    """What EventBridge has as an object under additionalInfo is JSON in a text in the API."""
    service: Mapping[str, Dynamic] = given.get("service") or {}
    told: Dynamic = service.get("additionalInfo")
    if isinstance(told, dict) and "value" not in told and "Service" in made:
        made["Service"]["AdditionalInfo"] = {"Value": json.dumps(told), "Type": "default"}


def guardduty_shape() -> Shape:
    """GuardDuty's Finding in its service model."""
    return get_service_model("guardduty").shape_for("Finding")


def shaped(value: Dynamic, shape: Shape) -> Dynamic:
    """A value under the names and types of a service model, whatever the case of its own names."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        given = {str(k).lower(): v for k, v in cast("Mapping[str, Dynamic]", value).items()}
        return {
            name: shaped(given[name.lower()], member)
            for name, member in shape.members.items()
            if given.get(name.lower()) is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [shaped(one, shape.member) for one in cast("list[Dynamic]", value)]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        members = cast("Mapping[str, Dynamic]", value)
        return {name: shaped(one, shape.value) for name, one in members.items()}
    if shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
