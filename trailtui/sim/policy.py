"""Policies: statements, and what a set of them says about one request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from trailtui.sim.conditions import Context, matches_glob, satisfied, substitute
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.problems import CannotDecideError


class Verdict(Enum):
    """What policies say: an explicit denial, an allowance, or nothing."""

    DENY = "deny"
    ALLOW = "allow"
    SILENT = "silent"


@dataclass(frozen=True)
class Statement:
    """One statement of a policy; None where an element is not there."""

    allow: bool
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principal: Dynamic
    not_principal: Dynamic
    condition: Mapping[str, Mapping[str, Dynamic]]


@dataclass(frozen=True)
class Question:
    """One request, as policies see it.

    Args:
        action: such as "iam:ListUsers".
        resource: the ARN it acts on, "*" where the operation has none; None: not known here.
        context: condition keys.
    """

    action: str
    resource: str | None
    context: Context


def _many(value: Dynamic) -> tuple[str, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, str) else tuple(value)


@lru_cache(maxsize=2048)
def statements(document: str) -> tuple[Statement, ...]:
    """Read a policy document.

    Raises:
        ValueError: it is not JSON (IAM has refused it before it gets here).
    """
    policy: dict[str, Dynamic] = json.loads(document)
    given: Dynamic = policy.get("Statement", [])
    each: list[dict[str, Dynamic]] = [given] if isinstance(given, dict) else given
    return tuple(
        Statement(
            allow=one["Effect"] == "Allow",
            actions=_many(one.get("Action")),
            not_actions=_many(one.get("NotAction")),
            resources=_many(one.get("Resource")),
            not_resources=_many(one.get("NotResource")),
            principal=one.get("Principal"),
            not_principal=one.get("NotPrincipal"),
            condition=one.get("Condition", {}),
        )
        for one in each
    )


def _names_action(statement: Statement, action: str) -> bool:
    if statement.actions is not None:
        return any(matches_glob(a, action, ignore_case=True) for a in statement.actions)
    excepted = statement.not_actions or ()
    return not any(matches_glob(a, action, ignore_case=True) for a in excepted)


def _names_resource(statement: Statement, question: Question) -> bool:
    if statement.resources is None and statement.not_resources is None:
        return True  # a trust policy: the role itself is the resource
    patterns = statement.resources if statement.resources is not None else statement.not_resources
    assert patterns is not None  # noqa: S101 - one of the two is there
    if "*" in patterns:
        hit = True
    elif question.resource is None:
        raise CannotDecideError(
            f"a policy names the resources {', '.join(patterns)} and the simulator does not know "
            f"the resource of {question.action}"
        )
    else:
        hit = any(
            matches_glob(substitute(pattern, question.context), question.resource)
            for pattern in patterns
        )
    return hit == (statement.resources is not None)


def applies(statement: Statement, question: Question) -> bool:
    """Whether a statement speaks of this request (its principal left aside)."""
    return (
        _names_action(statement, question.action)
        and _names_resource(statement, question)
        and satisfied(statement.condition, question.context)
    )


def evaluate(given: Iterable[Statement], question: Question) -> Verdict:
    """What a set of statements says; an explicit denial beats every allowance."""
    verdict = Verdict.SILENT
    for statement in given:
        if statement.allow and verdict is Verdict.ALLOW:
            continue
        if applies(statement, question):
            if not statement.allow:
                return Verdict.DENY
            verdict = Verdict.ALLOW
    return verdict
