"""Policy documents as calls carry them."""

import json
import re
from typing import cast
from urllib.parse import unquote

from trailtui.lineage.calls import Call, Json, text
from trailtui.lineage.drafts import strings_in

_ANYTHING = re.compile(r".+", re.DOTALL)
_ACCOUNT = re.compile(r"(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::.*)?", re.DOTALL)


def policy_document(call: Call) -> Json:
    """The policy that a call carries; empty where it has none, or none that can be read."""
    written = text(call.request, "policyDocument") or ""
    try:
        value = json.loads(unquote(written) if written.startswith("%7B") else written)
    except (ValueError, RecursionError):
        return {}
    return cast("Json", value) if isinstance(value, dict) else {}


def policy_statements(document: Json) -> list[Json]:
    """The statements of a policy, of which there may be one without a list around it."""
    listed = document.get("Statement")
    many = cast("list[object]", listed) if isinstance(listed, list) else [listed]
    return [cast("Json", one) for one in many if isinstance(one, dict)]


def texts_in(value: object) -> list[str]:
    """The texts of a JSON value, such as a statement's actions, one or many."""
    return strings_in([value], _ANYTHING)


def outsiders_let_in(call: Call) -> frozenset[str]:
    """Accounts other than its own that a new trust policy names; `*` where it names everybody."""
    found: set[str] = set()
    for statement in policy_statements(policy_document(call)):
        if statement.get("Effect") != "Allow":
            continue
        for one in texts_in(statement.get("Principal")):
            match = _ACCOUNT.fullmatch(one)
            if one == "*":
                found.add("*")
            elif match and match[1] != call.account:
                found.add(match[1])
    return frozenset(found)
