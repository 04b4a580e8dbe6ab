"""The console: sign-ins, the keys it signs with, and roles that are switched to.

Source of the fields: CloudTrail user guide, sign-in events. A console session's keys carry the
moment of the sign-in as their creation date, and their records sessionCredentialFromConsole.
"""

from trailtui.lineage.actors import Actor
from trailtui.lineage.calls import Call, text
from trailtui.lineage.drafts import CONSOLE_LIMIT_MS, Draft, Found, last_name, role_of_session
from trailtui.lineage.growth import CLOSE_MS, Growth, session_of
from trailtui.lineage.issuing import console_draft
from trailtui.lineage.nodes import Certainty

SIGN_IN = frozenset({"ConsoleLogin"})
SWITCHING = frozenset({"SwitchRole"})
_TOKEN = frozenset({"GetSigninToken"})
_TOKEN_MS = 15 * 60_000
"""A token to sign in with is good for fifteen minutes."""
_SAME_MS = 5000
"""The sign-in's record and the creation date of its keys differ by no more."""


def signed_in(call: Call) -> bool:
    """Whether a ConsoleLogin succeeded; a failed one has no error code."""
    return text(call.response, "ConsoleLogin") == "Success"


def switched(call: Call) -> list[Found]:
    """The console session of the role that was switched to."""
    if call.name not in SWITCHING or text(call.response, "SwitchRole") == "Failure":
        return []
    who = _switched_to(call)
    if who is None:
        return []
    child = console_draft(call, who, role_of_session(who) or who)
    return [Found(child, call.name, (call.row,), Certainty.ISSUED, "switched to the role")]


def _switched_to(call: Call) -> str | None:
    """The session of the role, or the role; None where the record says neither."""
    told = text(call.extra, "SwitchTo") or text(call.request, "roleArn")
    if told:
        return told
    return call.caller.arn if text(call.extra, "SwitchFrom") else None


def expand_password(growth: Growth, draft: Draft) -> None:
    """Whose password was set or made: all later sign-ins of that user."""
    actors = growth.actors.acting_as_user(draft.principal or "")
    for call in growth.finder.by_actors([actor.id for actor in actors], SIGN_IN):
        if not signed_in(call) or call.at_ms < (draft.issued_ms or 0):
            continue
        who = call.caller.arn or draft.principal or ""
        child = console_draft(call, who, draft.principal)
        says = f"signed in as {draft.name} after that, from {call.ip}"
        growth.add(draft.id, Found(child, call.name, (call.row,), Certainty.INFERRED, says))


def signed_in_alike(growth: Growth, draft: Draft) -> None:
    """Later sign-ins as the same user, from the address of this one: the same password was used.

    They come out of the user, as this one does, where it was signed in to and not switched to.
    """
    user = draft.principal or ""
    if user not in growth.drafts or draft.issued_ms is None:
        return
    actors = [actor.id for actor in growth.actors.acting_as_user(user)]
    calls = [call for call in growth.finder.by_actors(actors, SIGN_IN) if signed_in(call)]
    own = {
        call.ip for call in calls if console_draft(call, draft.session or "", user).id == draft.id
    }
    for call in calls:
        if call.ip is None or call.ip not in own or call.at_ms <= draft.issued_ms:
            continue
        child = console_draft(call, call.caller.arn or user, user)
        says = f"signed in again from {call.ip}, with the same password"
        growth.add(user, Found(child, call.name, (call.row,), Certainty.INFERRED, says))


def expand_console(growth: Growth, draft: Draft) -> None:
    """The keys that the console signed with after a sign-in, and the roles it switched to."""
    if draft.session is None or draft.issued_ms is None:
        return
    for actor in growth.actors.by("arn", [draft.session]):
        if actor.credential is None or actor.created_ms is None:
            continue
        if actor.credential in growth.drafts or not _belongs(growth, draft, actor):
            continue
        child = session_of([actor], actor.credential)
        child.limit_ms = CONSOLE_LIMIT_MS
        says = "the console signed with it: principal and creation date are the sign-in's"
        rows = (() if draft.event is None else (draft.event,)) + growth.actors.first_use(actor.id)
        growth.add(draft.id, Found(child, "ConsoleLogin", rows, Certainty.SAME_SESSION, says))
    _follow_switches(growth, draft)


def _belongs(growth: Growth, draft: Draft, actor: Actor) -> bool:
    created, at = actor.created_ms or 0, draft.issued_ms or 0
    if growth.actors.from_console(actor.id):
        since = draft.since_ms if draft.since_ms is not None else at
        if abs(created - at) <= _SAME_MS or abs(created - since) <= _SAME_MS:
            return True
        # Renewed while the sign-in lasts, unless another sign-in is nearer.
        return at < created <= at + CONSOLE_LIMIT_MS and not _signed_in_between(
            growth, actor.arn, at + _SAME_MS, created
        )
    if abs(created - at) > CLOSE_MS or not (actor.credential or "").startswith("ASIA"):
        return False
    return growth.issuer_of(actor.credential or "", created) is None


def _signed_in_between(growth: Growth, arn: str | None, since_ms: int, until_ms: int) -> bool:
    actors = [actor.id for actor in growth.actors.by("arn", [arn or ""])]
    calls = growth.finder.by_actors(actors, SIGN_IN)
    return any(since_ms < call.at_ms <= until_ms + _SAME_MS for call in calls if signed_in(call))


def _follow_switches(growth: Growth, draft: Draft) -> None:
    begun = draft.issued_ms or 0
    for call in growth.finder.between(begun, begun + CONSOLE_LIMIT_MS, SWITCHING):
        if draft.session in (text(call.extra, "SwitchFrom"), call.caller.arn):
            for found in switched(call):
                if found.child.session != draft.session:
                    growth.add(draft.id, found)


def sign_in_near(growth: Growth, arn: str, created_ms: int) -> Draft | None:
    """The sign-in from which a session of `arn` came, by its moment; None where none is there."""
    names = SIGN_IN | SWITCHING
    for call in growth.finder.between(created_ms - _SAME_MS, created_ms + _SAME_MS, names):
        if call.name in SIGN_IN and signed_in(call) and call.caller.arn == arn:
            draft = console_draft(call, arn, call.caller.principal)
            draft.name = call.caller.user_name or last_name(arn)
            return draft
        if call.name in SWITCHING and _switched_to(call) == arn:
            return switched(call)[0].child
    return None


def before_sign_in(growth: Growth, draft: Draft) -> tuple[Draft, Found] | None:
    """What a sign-in was made with: the sign-in it switched from, or the session of its token."""
    at_ms = draft.issued_ms
    if at_ms is None:
        return None
    names = SIGN_IN | SWITCHING | _TOKEN
    calls = growth.finder.between(at_ms - CONSOLE_LIMIT_MS, at_ms + _SAME_MS, names)
    for call in reversed(calls):
        if any(found.child.id == draft.id for found in switched(call)):
            source = text(call.extra, "SwitchFrom") or call.caller.arn
            console = _last_sign_in(calls, source, call)
            says = "switched to the role"
            found = Found(draft, call.name, (call.row,), Certainty.ISSUED, says)
            return None if console is None else (console, found)
        recent = at_ms - _TOKEN_MS <= call.at_ms
        if call.name in _TOKEN and recent and call.caller.arn == draft.session:
            key = call.caller.credential
            if key is None:
                return None
            session = session_of(growth.actors.by("credential", [key]), key)
            says = "asked for a token to sign in with shortly before"
            return session, Found(draft, call.name, (call.row,), Certainty.INFERRED, says)
    return None


def _last_sign_in(calls: list[Call], who: str | None, before: Call) -> Draft | None:
    """The last sign-in of somebody, or switch to it, before a call."""
    for call in reversed(calls):
        if call.row >= before.row or who is None:
            continue
        if call.name in SIGN_IN and signed_in(call) and call.caller.arn == who:
            return console_draft(call, who, call.caller.principal)
        if call.name in SWITCHING and _switched_to(call) == who:
            return switched(call)[0].child
    return None
