"""Looking at what stands around a subject, and saying what could not be seen."""

import json
import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from trailtui.aws.errors import AccessDenied, NotFound, Refused
from trailtui.model.times import format_utc
from trailtui.respond.action import Fact

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


class Around:
    """Collects facts and warnings; a look that AWS denies becomes a warning, never a gap."""

    def __init__(self, aws: "AwsSession") -> None:
        self._aws = aws
        self.facts: list[Fact] = []
        self.warnings: list[str] = []

    def fact(self, label: str, value: str) -> None:
        """Note something seen."""
        self.facts.append(Fact(label, value))

    def look(
        self,
        operation: str,
        tell: Callable[[dict[str, Any]], object],
        *,
        service: str = "iam",
        absent: Collection[str] = (),
        **parameters: str,
    ) -> None:
        """Make a reading call and hand its values to `tell`, unless it is denied or finds none.

        `absent` are the error codes by which AWS says that nothing of the kind is set.
        """
        try:
            answer = self._aws.read(service, operation, **parameters)
        except (AccessDenied, Refused) as refused:
            if refused.code in absent:
                return
            self.warnings.append(f"Not looked at: {refused.what}.")
            return
        except NotFound:
            return
        tell(answer.values)
        if answer.values.get("IsTruncated"):
            self.warnings.append(f"{service}:{operation} listed only the first of several pages.")


def moment(value: object) -> str:
    """A time of an AWS answer."""
    if isinstance(value, datetime):
        return format_utc(int(value.timestamp()) * 1000)
    return "never, or longer ago than AWS remembers"


def document_text(quoted: str) -> str:
    """A policy document as it was put: IAM hands it out percent-encoded."""
    return unquote(quoted)


def parsed_document(text: str) -> dict[str, Any] | str:
    """A policy document as JSON; as the bare text where it is none."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return cast("dict[str, Any]", value) if isinstance(value, dict) else text


def trusted_principals(document: dict[str, Any] | str) -> list[str]:
    """Who a trust policy lets in, with a mark where conditions narrow it."""
    if isinstance(document, str):
        return ["(the trust policy can't be read)"]
    found: list[str] = []
    for statement in _listed(document.get("Statement")):
        if statement.get("Effect") != "Allow":
            continue
        narrowed = " (under conditions)" if statement.get("Condition") else ""
        named: Any = statement.get("Principal", "everybody but some (NotPrincipal)")
        groups = cast("dict[str, Any]", named).values() if isinstance(named, dict) else [named]
        found += [f"{_told(one)}{narrowed}" for group in groups for one in _listed(group)]
    return found


def _told(principal: object) -> str:
    """A principal of a policy; an account stands for everybody in it whose policies allow it."""
    whole = re.fullmatch(r"(?:arn:aws[\w-]*:iam::)?(\d{12})(?::root)?", str(principal))
    if whole:
        return f"whoever in account {whole[1]} has the permission"
    return "everybody" if principal == "*" else str(principal)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401  (IAM writes one element without its list)
    return cast("list[Any]", value) if isinstance(value, list) else [value]
