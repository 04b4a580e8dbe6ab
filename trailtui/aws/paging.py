"""All pages of a listing, whatever its service calls the token of the next one."""

from collections.abc import Callable, Mapping
from typing import Any

from trailtui.aws.calls import Answer
from trailtui.aws.errors import Refused

MOST_PAGES = 10_000

_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("NextMarker", "Marker"),
    ("Marker", "Marker"),
)
"""What stands in an answer, and as what it is sent (EC2, Organizations; Lambda, KMS; IAM, RDS)."""


def all_pages(
    read: Callable[..., Answer],
    service: str,
    operation: str,
    member: str,
    parameters: Mapping[str, object],
) -> list[Any]:
    """The list `member` of every page that `read` gives, in order.

    Raises Refused where a token comes again or the pages do not end, and what `read` raises: a part
    is never given for the whole.
    """
    found: list[Any] = []
    seen: set[str] = set()
    asked: dict[str, object] = dict(parameters)
    for _ in range(MOST_PAGES):
        values = read(service, operation, **asked).values
        found += values.get(member) or []
        following = _next(values)
        if following is None:
            return found
        name, token = following
        if token in seen:
            break
        seen.add(token)
        asked[name] = token
    raise Refused(
        f"the pages of {service}:{operation} do not end", where=member, code="PagesWithoutEnd"
    )


def _next(values: Mapping[str, Any]) -> tuple[str, str] | None:
    for name, sent_as in _TOKENS:
        token = values.get(name)
        # An answer may repeat the marker that it was asked with; only IsTruncated tells then.
        if token and values.get("IsTruncated", True):
            return sent_as, str(token)
    return None
