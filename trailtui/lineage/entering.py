"""Sessions given to callers without an access key in the record: services, other accounts,
certificates, SAML and OIDC identities."""

from dataclasses import dataclass, field

from trailtui.lineage.calls import Call, text
from trailtui.lineage.drafts import Draft, Found
from trailtui.lineage.growth import CLOSE_MS, Growth, issued_key
from trailtui.lineage.issuing import ASSUMING, issued
from trailtui.lineage.nodes import Certainty

_GIVEN = ASSUMING | {"CreateSession"}


@dataclass(slots=True)
class Entered:
    """Such calls of the whole case, read once, and by the name of the session."""

    all: list[Call]
    by_name: dict[str, list[Call]] = field(default_factory=dict[str, list[Call]])

    @classmethod
    def of(cls, growth: Growth) -> "Entered":
        """Those of a growing tree's case."""
        if growth.entered is None:
            found = cls(growth.finder.by_actors(growth.actors.keyless(), _GIVEN))
            for call in found.all:
                name = text(call.request, "roleSessionName") or ""
                found.by_name.setdefault(name, []).append(call)
            growth.entered = found
        return growth.entered

    def named(self, session_name: str) -> list[Call]:
        """The calls that gave a session of that name."""
        return self.by_name.get(session_name, [])


def entered_from_outside(growth: Growth, draft: Draft) -> None:
    """Roles of other accounts that a credential took, by those accounts' own records.

    They name the caller's principal id and no key. Where the caller's account has its record in
    the case too, that one names the key, and it alone decides.
    """
    if not draft.principal_id:
        return
    outside = growth.actors.outside(draft.principal_id)
    if not outside:
        return
    for call in growth.finder.by_actors(outside, ASSUMING):
        if not _alive_at(draft, call.at_ms):
            continue
        for found in issued(call):
            _take(growth, draft, call, found)


def _alive_at(draft: Draft, at_ms: int) -> bool:
    begun, ends = draft.issued_ms, draft.ends_ms
    return (begun is None or begun <= at_ms + CLOSE_MS) and (ends is None or at_ms <= ends)


def _take(growth: Growth, draft: Draft, call: Call, found: Found) -> None:
    key = found.child.id
    if (draft.id, key, call.name) in growth.edges:
        growth.add_event(draft.id, key, call.name, call.row)
        return
    if key in growth.drafts:
        return
    near = growth.finder.between(call.at_ms - CLOSE_MS, call.at_ms + CLOSE_MS, ASSUMING)
    if any(one.caller.credential and issued_key(one, key) for one in near):
        return  # the caller's own record is here, and names another key
    says = f"{found.says}; the other account's record names the caller, not its key"
    growth.add(draft.id, Found(found.child, call.name, (call.row,), Certainty.INFERRED, says))
