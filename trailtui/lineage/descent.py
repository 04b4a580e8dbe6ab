"""What came out of a credential, followed until nothing new is found."""

from heapq import heappop

from trailtui.lineage.calls import Call
from trailtui.lineage.compute import REACHING, reached
from trailtui.lineage.drafts import Found
from trailtui.lineage.growth import Growth, session_of
from trailtui.lineage.holding import expand_holder
from trailtui.lineage.issuing import ASSUMING, ISSUING, issued, role_session
from trailtui.lineage.nodes import Certainty
from trailtui.lineage.opening import OPENING
from trailtui.lineage.signing_in import SWITCHING, switched

_WAVE = 500
_FOLLOWED = ISSUING | REACHING | OPENING | SWITCHING


def descend(growth: Growth) -> None:
    """Follow everything that is noted to be followed, to the end.

    What records name goes first: a guess is made only about what no record explains.
    """
    while growth.credentials or growth.holders:
        if growth.credentials:
            _expand_credentials(growth)
        else:
            stage, _, node = heappop(growth.holders)
            expand_holder(growth, node, stage)


def _expand_credentials(growth: Growth) -> None:
    wave = [growth.credentials.popleft() for _ in range(min(_WAVE, len(growth.credentials)))]
    signed = growth.actors.by("credential", wave)
    signer = {actor.id: actor.credential or "" for actor in signed}
    for credential in wave:
        mine = [actor for actor in signed if actor.credential == credential]
        growth.drafts[credential].learn(session_of(mine, credential))
    for call in growth.finder.by_actors(signer, _FOLLOWED):
        follow_call(growth, signer[call.actor], call)


def follow_call(growth: Growth, parent: str, call: Call) -> None:
    """Take in what one call of a node issued, reached or opened."""
    found = [*issued(call), *reached(call), *switched(call)]
    for one in found:
        growth.add(parent, one)
    if call.name in ASSUMING and not found:
        _seek_session(growth, parent, call)
    if call.name in OPENING:
        growth.opening.append((parent, call))


def _seek_session(growth: Growth, parent: str, call: Call) -> None:
    """A session that was issued by a record without its key's id: by its name and time."""
    draft = role_session(call)
    if draft is None or draft.session is None:
        return
    for actor in growth.actors.in_session(draft.session):
        created = actor.created_ms
        if actor.credential and created is not None and abs(created - call.at_ms) <= 2000:
            child = session_of([actor], actor.credential)
            child.expires_ms, child.limit_ms = draft.expires_ms, draft.limit_ms
            says = "the answer is not in the record; role, session name and time are the same"
            growth.add(parent, Found(child, call.name, (call.row,), Certainty.SAME_SESSION, says))
