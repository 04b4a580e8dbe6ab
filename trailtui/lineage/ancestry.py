"""What a credential came from, up to the first that nobody issued in this case."""

from trailtui.lineage.calls import Call
from trailtui.lineage.compute import INSTANCE, ON_INSTANCES, reached
from trailtui.lineage.drafts import Draft, Found, account_of, last_name
from trailtui.lineage.growth import Growth, session_of
from trailtui.lineage.issuing import ISSUING, issued
from trailtui.lineage.nodes import Also, Certainty, NodeKind, Place
from trailtui.lineage.signing_in import before_sign_in, sign_in_near

_MOST_STEPS = 100


def ascend(growth: Growth, root: str) -> None:
    """Take in what the root came from, and what that came from, and so on."""
    here = root
    seen = {root}
    for _ in range(_MOST_STEPS):
        parent = _parent(growth, growth.drafts[here])
        if parent is None:
            return
        draft, found = parent
        known = draft.id in seen
        growth.plant(draft, Place.ORIGIN)
        growth.join(draft.id, here, found)
        if known:
            return  # records that go in a circle
        seen.add(draft.id)
        here = draft.id


def _parent(growth: Growth, draft: Draft) -> tuple[Draft, Found] | None:
    call = _issuing_call(growth, draft)
    if call is not None:
        own = next((one for one in issued(call) if one.child.id == draft.id), None)
        if own is not None:
            draft.learn(own.child)
            return _caller(growth, call, own)
    if draft.kind is NodeKind.SESSION:
        return _of_session(growth, draft)
    if draft.kind is NodeKind.INSTANCE:
        return _of_machine(growth, draft)
    return _of_console(growth, draft) if draft.kind is NodeKind.CONSOLE else None


def _of_console(growth: Growth, draft: Draft) -> tuple[Draft, Found] | None:
    """A sign-in: of a switch the one before, of a token the session, else the user."""
    before = before_sign_in(growth, draft)
    if before is not None:
        return before
    if ":user/" not in (draft.principal or ""):
        return None
    user = Draft(draft.principal or "", NodeKind.USER, draft.account, draft.principal, draft.name)
    rows = () if draft.event is None else (draft.event,)
    says = "signed in with this user's password"
    return user, Found(draft, "ConsoleLogin", rows, Certainty.ISSUED, says)


def _of_machine(growth: Growth, draft: Draft) -> tuple[Draft, Found] | None:
    """Who got at the machine, where only one credential did; several are told beside the tree.

    Who did so may be its lawful user: an origin is judged by the responder.
    """
    ways: dict[str, Found] = {}
    for call in growth.finder.holding(frozenset(ON_INSTANCES), draft.id):
        credential = call.caller.credential
        for found in reached(call) if credential else ():
            if found.child.id == draft.id:
                ways[credential or ""] = found
    if len(ways) == 1:
        ((credential, found),) = ways.items()
        return session_of(growth.actors.by("credential", [credential]), credential), found
    for credential, found in ways.items():
        growth.also.setdefault(credential, Also(credential, f"{found.says} ({draft.id})"))
    return None


def _issuing_call(growth: Growth, draft: Draft) -> Call | None:
    if draft.is_credential:
        return growth.issuer_anywhere(draft.id, draft.issued_ms)
    if draft.kind in (NodeKind.USER, NodeKind.ROLE, NodeKind.PROVIDER):
        made = growth.finder.holding(ISSUING - {"AssumeRole"}, last_name(draft.id))
        fitting = [call for call in made if any(one.child.id == draft.id for one in issued(call))]
        return fitting[-1] if fitting else None
    return None


def _caller(growth: Growth, call: Call, own: Found) -> tuple[Draft, Found] | None:
    """Who made the call: a credential, an AWS service, somebody outside."""
    caller = call.caller
    if caller.credential:
        actors = growth.actors.by("credential", [caller.credential])
        return session_of(actors, caller.credential), own
    if caller.type == "AWSService" or caller.invoked_by:
        name = caller.invoked_by or caller.principal or "an AWS service"
        machine = INSTANCE.fullmatch(own.child.name)
        says = f"{name} gave it"
        if machine:
            draft = Draft(own.child.name, NodeKind.INSTANCE, call.account, None, own.child.name)
            return draft, Found(own.child, call.name, own.events, Certainty.INFERRED, says)
        draft = Draft(name, NodeKind.SERVICE, None, None, name)
        return draft, Found(own.child, call.name, own.events, Certainty.ISSUED, says)
    if caller.type == "AWSAccount":
        return _outsider(growth, call, own)
    name = caller.principal or caller.principal_id
    if name is None:
        return None
    account = account_of(name) or caller.account
    return Draft(name, NodeKind.IDENTITY, account, name, caller.user_name or last_name(name)), own


def _outsider(growth: Growth, call: Call, own: Found) -> tuple[Draft, Found] | None:
    """Somebody of another account: the one credential of its that was alive, else the account."""
    principal_id = call.caller.principal_id or ""
    alive: dict[str, Draft] = {}
    for actor in growth.actors.by("principal_id", [principal_id]):
        if actor.credential:
            draft = session_of([actor], actor.credential)
            begun, ends = draft.issued_ms, draft.ends_ms
            if (begun or 0) <= call.at_ms and (ends is None or call.at_ms <= ends):
                alive[draft.id] = draft
    says = f"{own.says}; the record names the caller, not its key"
    found = Found(own.child, call.name, own.events, Certainty.INFERRED, says)
    if len(alive) == 1:
        return next(iter(alive.values())), found
    name = f"{call.caller.account or 'unknown account'} {principal_id}".strip()
    return Draft(name, NodeKind.ACCOUNT, call.caller.account, None, name), found


def _of_session(growth: Growth, draft: Draft) -> tuple[Draft, Found] | None:
    """A session without its issuing record: of a machine by its name, of a sign-in by its time."""
    if INSTANCE.fullmatch(draft.name):
        machine = Draft(draft.name, NodeKind.INSTANCE, draft.account, None, draft.name)
        says = "the session has the instance's name: its profile gave it"
        used = growth.actors.by("credential", [draft.id])
        rows = growth.actors.first_use(used[0].id) if used else ()
        return machine, Found(draft, "instance profile", rows, Certainty.INFERRED, says)
    if draft.session is None or draft.issued_ms is None:
        return None
    console = sign_in_near(growth, draft.session, draft.issued_ms)
    if console is None:
        return None
    says = "the console signed with it: principal and creation date are the sign-in's"
    rows = () if console.event is None else (console.event,)
    return console, Found(draft, "ConsoleLogin", rows, Certainty.SAME_SESSION, says)
