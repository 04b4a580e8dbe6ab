"""In which Region something is that was named by a bare id: ids of EC2 and Lambda do not tell."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from trailtui.aws.errors import RegionDisabled
from trailtui.case.entities import summarize_entities
from trailtui.respond.action import Parameter, Refusal, Scene
from trailtui.respond.placing import is_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

Found = TypeVar("Found")

REGION = Parameter("region", "where it is; else the session's Region and those of the case")
MOST = 20
"""In so many Regions is looked at most."""


def find_in_region(
    scene: Scene, target: str, told: str | None, look: Callable[["AwsSession"], Found | None]
) -> tuple[str, Found]:
    """The Region that something is in, and what `look` found there.

    `told` is the Region of its ARN, None where only an id was given: then the parameter `region`
    says, else the session's Region is tried, and those of the case's events after it. Raises
    Refusal where it is in none of them.
    """
    tried: list[str] = []
    for region in _regions(scene, told):
        tried.append(region)
        try:
            found = look(scene.aws.in_region(region))
        except RegionDisabled:
            continue
        if found is not None:
            return region, found
    raise Refusal(
        f"it is not there, or gone (looked in {', '.join(tried)})",
        where=target,
        cure="Give its ARN, or --parameter region=REGION.",
    )


def _regions(scene: Scene, told: str | None) -> Iterator[str]:
    given = told or scene.parameters.get("region")
    if given:
        if not is_region(given):
            raise Refusal("this is no Region", where=given, cure="Such as us-east-1.")
        yield given
        return
    listed = summarize_entities(scene.case, "region", limit=MOST)
    seen = [one.entity.value for one in listed if one.entity.value in scene.aws.known_regions]
    yield from dict.fromkeys([scene.aws.region, *seen])
