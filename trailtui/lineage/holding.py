"""What follows from a node without a record that names both: sign-ins, sessions of machines and
functions, what acts as a user or role that was made, what an opened trust let in."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from trailtui.lineage.actors import Actor
from trailtui.lineage.calls import Call, text
from trailtui.lineage.drafts import INSTANCE_LIMIT_MS, Draft, Found, last_name
from trailtui.lineage.endings import bare
from trailtui.lineage.entering import Entered, entered_from_outside
from trailtui.lineage.growth import CLOSE_MS, Growth, session_of
from trailtui.lineage.issuing import ASSUMING, issued
from trailtui.lineage.nodes import Also, Certainty, NodeKind
from trailtui.lineage.signing_in import expand_console, expand_password

_MOST_ALIKE = 200
"""Identities of one role or source identity that are looked at one by one."""
_INSTANCE_MS = INSTANCE_LIMIT_MS
_PORTAL = frozenset({"GetRoleCredentials"})
_FOR_USERS = frozenset({"CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile"})


def expand_holder(growth: Growth, node: str, stage: int) -> None:
    """Take in what follows from a node; `stage` is how often it was looked at before."""
    draft = growth.drafts[node]
    expand = _EXPAND.get((draft.kind, stage))
    if expand is not None:
        expand(growth, draft)


def _take(growth: Growth, draft: Draft, actors: Iterable[Actor], how: str, says: str) -> None:
    """Take in the credentials of some identities that no record explains."""
    for actor in actors:
        if actor.credential and actor.credential not in growth.drafts:
            child = session_of([actor], actor.credential)
            rows = growth.actors.first_use(actor.id)
            growth.add(draft.id, Found(child, how, rows, Certainty.INFERRED, says))


def _take_calls(growth: Growth, draft: Draft, calls: Iterable[Call], says: str) -> None:
    """Take in the sessions that some calls issued."""
    for call in calls:
        for found in issued(call):
            if found.child.id not in growth.drafts:
                inferred = Found(found.child, call.name, (call.row,), Certainty.INFERRED, says)
                growth.add(draft.id, inferred)


def _user(growth: Growth, draft: Draft) -> None:
    """All that acts as a user that was made: first its sign-ins and keys, then its sessions."""
    if not draft.owned:
        return
    expand_password(growth, draft)
    for call in growth.finder.holding(_FOR_USERS, last_name(draft.id)):
        if call.at_ms >= (draft.issued_ms or 0):
            own = [one for one in issued(call) if bare(one.child.principal or "") == bare(draft.id)]
            for one in own:
                growth.add(draft.id, replace(one, certainty=Certainty.INFERRED))
    _take(growth, draft, _acting_as(growth, draft, "AKIA"), "acts as", "acts as this user")
    growth.wait(1, draft.id)


def _user_sessions(growth: Growth, draft: Draft) -> None:
    _take(growth, draft, _acting_as(growth, draft, ""), "acts as", "acts as this user")


def _acting_as(growth: Growth, draft: Draft, begins: str) -> list[Actor]:
    found: list[Actor] = []
    for actor in growth.actors.acting_as_user(draft.id):
        same = not (draft.principal_id and actor.principal_id) or (
            draft.principal_id == actor.principal_id
        )
        if same and (actor.credential or "").startswith(begins):
            found.append(actor)
    return found


def _role(growth: Growth, draft: Draft) -> None:
    """Sessions of a role that was made, whoever took it."""
    if not draft.owned:
        return
    says = "a session of this role, whoever took it"
    calls = [
        call
        for call in growth.finder.on_resource(draft.id, ASSUMING)
        if call.at_ms >= (draft.issued_ms or 0)
    ]
    _take_calls(growth, draft, calls, says)
    growth.wait(1, draft.id)


def _role_sessions(growth: Growth, draft: Draft) -> None:
    begun = draft.issued_ms or 0
    actors = [
        a for a in growth.actors.by("issuer_arn", [draft.id]) if (a.created_ms or begun) >= begun
    ]
    _take(growth, draft, actors, "acts as", "a session of this role, whoever took it")


def _machine(growth: Growth, draft: Draft) -> None:
    """Sessions that carry the machine's name: those alive when it was reached, and later ones."""
    begun = (draft.issued_ms or 0) - _INSTANCE_MS
    name = last_name(draft.id)
    says = f"the credentials of {name}: whoever is on it can read them"
    calls = [
        call
        for call in Entered.of(growth).named(name)
        if call.at_ms >= begun and _same_account(draft, call.account)
    ]
    _take_calls(growth, draft, calls, says)
    actors = [
        actor
        for actor in growth.actors.named(name)
        if (actor.created_ms is None or actor.created_ms >= begun)
        and _same_account(draft, actor.account)
    ]
    _take(growth, draft, actors, "acts as", says)


def _same_account(draft: Draft, account: str | None) -> bool:
    return draft.account is None or account is None or draft.account == account


def _function(growth: Growth, draft: Draft) -> None:
    """Sessions of the function since its code was written: by its name, or by inScopeOf."""
    begun = draft.issued_ms or 0
    says = f"the session of the function {draft.name}, whose code was written in this tree"
    role = draft.principal
    calls = [
        call
        for call in Entered.of(growth).named(draft.name)
        if call.at_ms >= begun and role in (None, text(call.request, "roleArn"))
    ]
    _take_calls(growth, draft, calls, says)
    actors = growth.actors.named(draft.name) if role is None else growth.actors.by(
        "issuer_arn", [role]
    )  # fmt: skip
    since = [actor for actor in actors if (actor.created_ms or 0) >= begun]
    mine = [a for a in since if a.session_name == draft.name or _in_scope(growth, a, draft, since)]
    _take(growth, draft, mine, "acts as", says)


def _in_scope(growth: Growth, actor: Actor, draft: Draft, among: list[Actor]) -> bool:
    """Whether a record of the session says that it was issued to the function."""
    if len(among) > _MOST_ALIKE:
        return False
    identity = growth.finder.identity_of(actor.id)
    told = text(identity, "inScopeOf", "credentialsIssuedTo") or ""
    return ":".join(told.split(":")[:7]) == draft.id


def _provider(growth: Growth, draft: Draft) -> None:
    """Sessions that a provider or trust anchor vouched for since it was made."""
    calls = [
        call
        for call in Entered.of(growth).all
        if call.at_ms >= (draft.issued_ms or 0) and _vouched(call, draft.id)
    ]
    _take_calls(growth, draft, calls, "this identity provider vouched for it")


def _vouched(call: Call, provider: str) -> bool:
    return provider in (
        text(call.request, "principalArn"),
        text(call.request, "trustAnchorArn"),
        text(call.response, "provider"),
        text(call.identity, "identityProvider"),
    )


def _identity(growth: Growth, draft: Draft) -> None:
    """Sessions on behalf of a user of Identity Center."""
    if not draft.owned:
        return
    actors = growth.actors.by("on_behalf_of", [draft.id])
    portal = growth.finder.by_actors([actor.id for actor in actors], _PORTAL)
    for call in portal:
        role, account = text(call.extra, "role_name"), text(call.extra, "account_id")
        near = growth.finder.between(call.at_ms - CLOSE_MS, call.at_ms + CLOSE_MS, ASSUMING)
        taken = [
            one
            for one in near
            if one.name == "AssumeRoleWithSAML"
            and role in (last_name(text(one.request, "roleArn")), None)
            and account in (one.account, None)
        ]
        if len(taken) == 1:
            says = "taken through the access portal at this moment"
            _take_calls(growth, draft, taken, says)
    _take(growth, draft, actors, "onBehalfOf", "a session on behalf of this user")


def _session(growth: Growth, draft: Draft) -> None:
    entered_from_outside(growth, draft)
    if draft.source_identity:
        growth.wait(2, draft.id)


def _key(growth: Growth, draft: Draft) -> None:
    entered_from_outside(growth, draft)


def _same_source(growth: Growth, draft: Draft) -> None:
    """Sessions that carry the source identity which this one was the first to have.

    Source: IAM user guide, source identity: once set, it stays through every role taken from there.
    """
    sought = draft.source_identity or ""
    parents = [growth.drafts[e.parent] for e in growth.edges.values() if e.child == draft.id]
    if any(parent.source_identity == sought for parent in parents):
        return
    begun, ends = draft.issued_ms or 0, draft.ends_ms
    unknown: list[Actor] = []
    for actor in growth.actors.by("source_identity", [sought])[:_MOST_ALIKE]:
        created = actor.created_ms
        if not actor.credential or actor.credential in growth.drafts or created is None:
            continue
        if begun <= created and (ends is None or created <= ends):
            unknown.append(actor)
    explained = [a for a in unknown if growth.issuer_of(a.credential or "", a.created_ms or 0)]
    if explained:
        for actor in unknown:
            known = Also(actor.credential or "", f"has the source identity {sought} too")
            growth.also.setdefault(known.id, known)
        return
    says = f"carries the source identity {sought}; the record that issued it is not in the case"
    _take(growth, draft, unknown, "sourceIdentity", says)


_EXPAND: dict[tuple[NodeKind, int], Callable[[Growth, Draft], None]] = {
    (NodeKind.CONSOLE, 0): expand_console,
    (NodeKind.LOGIN, 0): expand_password,
    (NodeKind.USER, 0): _user,
    (NodeKind.USER, 1): _user_sessions,
    (NodeKind.ROLE, 0): _role,
    (NodeKind.ROLE, 1): _role_sessions,
    (NodeKind.INSTANCE, 0): _machine,
    (NodeKind.TASK, 0): _machine,
    (NodeKind.FUNCTION, 0): _function,
    (NodeKind.PROVIDER, 0): _provider,
    (NodeKind.IDENTITY, 0): _identity,
    (NodeKind.SESSION, 0): _session,
    (NodeKind.SESSION, 2): _same_source,
    (NodeKind.ACCESS_KEY, 0): _key,
}
