"""Which actions of the catalogue end a node, the surest and least harmful first.

Source of what ends what: IAM user guide, "Revoking IAM role temporary security credentials",
"Disabling permissions for temporary security credentials"; aws-cli's and botocore's own words on
the single calls. Names are those of `respond/`'s registry; a name that it lacks is to be done by
hand.
"""

from trailtui.lineage.drafts import Draft, account_of, last_name
from trailtui.lineage.nodes import Ending, NodeKind

_KEY_LIVES_ON = "sessions that came out of it live on"
_NEW_ONES = "new sessions can be taken as long as something is let in"
_SIGNED_IN_STAY = "who is signed in stays so"
_ALL_OF_IT = "stops everything that uses it, the lawful use too"


def endings(draft: Draft, *, made: bool) -> tuple[Ending, ...]:
    """What ends a node; `made` says whether a node of the tree made it."""
    principal = draft.principal or ""
    if principal.endswith(":root"):
        return _root(draft, principal)
    if draft.kind is NodeKind.ACCESS_KEY:
        return _key(draft, principal)
    if draft.kind in (NodeKind.SESSION, NodeKind.CONSOLE):
        return _session(draft, principal)
    if draft.kind in (NodeKind.USER, NodeKind.ROLE):
        removed = Ending(f"remove-{draft.kind}", draft.id, says="can't be undone")
        return (Ending(f"deny-{draft.kind}", draft.id), *((removed,) if made else ()))
    return _others(draft, principal)


def _others(draft: Draft, principal: str) -> tuple[Ending, ...]:
    given: dict[NodeKind, tuple[Ending, ...]] = {
        NodeKind.LOGIN: (
            Ending("remove-console-access", principal, says=_SIGNED_IN_STAY),
            Ending("deny-user", principal, says=_ALL_OF_IT),
        ),
        NodeKind.INSTANCE: (
            Ending("isolate-instance", draft.id, says="connections that stand live on"),
            Ending("stop-instance", draft.id, says="its memory is lost"),
        ),
        NodeKind.FUNCTION: (Ending("stop-function", draft.id, says="the function no longer runs"),),
        NodeKind.PROVIDER: (_provider(draft),),
    }
    return given.get(draft.kind, ())


def _provider(draft: Draft) -> Ending:
    anchor = ":rolesanywhere:" in draft.id
    name = "disable-trust-anchor" if anchor else "remove-identity-provider"
    return Ending(name, draft.id, says="sessions that it vouched for live on")


def _key(draft: Draft, principal: str) -> tuple[Ending, ...]:
    if not principal:
        return (Ending("deactivate-access-key", draft.id, says=_KEY_LIVES_ON),)
    return (
        Ending("deactivate-access-key", draft.id, says=_KEY_LIVES_ON),
        Ending("delete-access-key", draft.id, says=f"can't be undone; {_KEY_LIVES_ON}"),
        Ending("deny-user", principal, says=_ALL_OF_IT),
    )


def _session(draft: Draft, principal: str) -> tuple[Ending, ...]:
    if ":role/aws-service-role/" in principal:
        return ()  # nobody may change a service-linked role
    if "AWSReservedSSO_" in principal:
        return (
            Ending("deny-sso-user", draft.name, says="the permission set denies this user"),
            Ending("remove-sso-assignment", principal, says="sessions that were begun live on"),
        )
    if ":role/" in principal:
        one = _one_session(draft, principal)
        return (
            Ending("revoke-role-sessions", principal, says=_NEW_ONES),
            *one,
            Ending("deny-role", principal, says=_ALL_OF_IT),
        )
    if ":user/" in principal:
        return (
            Ending("revoke-user-sessions", principal, says=_NEW_ONES),
            Ending("deny-user", principal, says=_ALL_OF_IT),
            *_one_federated(draft, principal),
        )
    return ()


def _one_federated(draft: Draft, principal: str) -> tuple[Ending, ...]:
    if ":federated-user/" not in (draft.session or ""):
        return ()
    given = (("session", last_name(draft.session)),)
    says = "spares the user's other sessions"
    return (Ending("deny-federated-session", principal, given, says),)


def _one_session(draft: Draft, principal: str) -> tuple[Ending, ...]:
    if not draft.principal_id or ":" not in draft.principal_id:
        return ()
    says = "spares the role's other sessions; whoever takes the name again is denied too"
    given = (("session", draft.principal_id.partition(":")[2]),)
    return (Ending("deny-role-session", principal, given, says),)


def _root(draft: Draft, principal: str) -> tuple[Ending, ...]:
    account = draft.account or account_of(principal) or ""
    says = (
        "for a member account, by the management account; no policy of the account binds root, "
        "and sessions live on until they expire"
    )
    return (Ending("remove-member-root-credentials", account, says=says),)
