"""What has to be typed before something is sent."""

import hmac
from collections.abc import Collection

from trailtui.model.errors import UsageError
from trailtui.respond.containment_store import ContainmentRow
from trailtui.respond.registry import find_action
from trailtui.respond.store import SHORT_HASH, ActionRow


def check_action(row: ActionRow, confirmation: str) -> None:
    """Raise UsageError unless the target was typed, or the plan's hash given.

    An action that can't be undone wants its target: a hash can be pasted without a thought.
    """
    word, target = confirmation.strip(), row.plan.subject.id
    if row.plan.undo_of is None and find_action(row.plan.action).irreversible and word != target:
        raise UsageError(
            "this can't be undone, so that its target has to be typed",
            where=f"action {row.id}",
            cure=f"Type the target ({target}): a plan's hash is not enough here.",
        )
    if word != target and not begins(row.plan_hash, word):
        raise UsageError(
            "the confirmation does not match the plan",
            where=f"action {row.id}",
            cure=f"Type the target ({target}) or give the plan's hash ({row.short_hash}).",
        )


def check_containment(
    found: ContainmentRow, confirmation: str, irreversible: Collection[str]
) -> None:
    """Raise UsageError unless the plan's word was typed, or its hash given.

    `irreversible` are the targets that were typed singly: each has to be one of the plan's.
    """
    if " ".join(confirmation.split()) != found.plan.word and not begins(found.hash, confirmation):
        raise UsageError(
            "the confirmation does not match the plan",
            where=found.name,
            cure=f"Type {found.plan.word!r}, or give the plan's hash ({found.short_hash}).",
        )
    known = {entry.target for entry in found.plan.entries if entry.irreversible}
    for target in irreversible:
        if target not in known:
            raise UsageError(
                f"{target!r} is no target of an action of this plan that can't be undone",
                where=found.name,
                cure=f"There are: {', '.join(sorted(known)) or 'none'}.",
            )


def begins(digest: str, typed: str) -> bool:
    """Whether what was typed is a hash, or enough of its beginning."""
    word = typed.strip().lower()
    return len(word) >= SHORT_HASH and hmac.compare_digest(
        digest[: len(word)].encode(), word.encode()
    )
