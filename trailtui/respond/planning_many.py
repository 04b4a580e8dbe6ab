"""Making a containment plan of several actions. Sends reading calls only."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from trailtui.aws.errors import AccessDenied, NotFound, Refused
from trailtui.case.file import Case
from trailtui.model.errors import InputError
from trailtui.model.times import now_ms
from trailtui.respond.action import AlreadyDone, Order, Refusal
from trailtui.respond.arming import introduce
from trailtui.respond.containment import Containment, Entry, LeftOut
from trailtui.respond.containment_store import ContainmentRow, add_containment
from trailtui.respond.hit import Hit
from trailtui.respond.permitted import simulate
from trailtui.respond.plan import Plan
from trailtui.respond.planning import make_plan
from trailtui.respond.proposing import Wish, merged
from trailtui.respond.registry import find_action
from trailtui.respond.store import find_plan

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_ONLY_THIS_ONE = (Refusal, NotFound, AccessDenied, Refused, InputError)
"""What keeps one action out of a plan and says nothing against the others."""


def plan_containment(
    case: Case,
    aws: "AwsSession",
    wishes: Iterable[Wish],
    *,
    root: str | None = None,
    left_out: Sequence[LeftOut] = (),
) -> ContainmentRow:
    """Plan all wishes, in the order of their stages; stored and logged.

    What can't be planned is left out, with the reason. Raises InputError where nothing is left to
    do, and what ends every call: expired credentials, no network.
    """
    identity = introduce(case, aws)
    kept: list[tuple[Wish, Plan]] = []
    left = list(left_out)
    for wish in merged(wishes):
        try:
            plan = make_plan(case, aws, wish.action, wish.target, wish.parameters)
        except AlreadyDone as done:
            left.append(LeftOut(f"{wish.action} {wish.target}", f"Already done: {done.what}."))
        except _ONLY_THIS_ONE as refused:
            left.append(LeftOut(f"{wish.action} {wish.target}", str(refused)))
        else:
            kept.append((wish, plan))
    if not kept:
        told = "; ".join(f"{one.what}: {one.why}" for one in left)
        raise InputError(
            "there is nothing to plan" + (f": {told}" if told else ""),
            cure="Look at the lineage: `trailtui lineage CASE CREDENTIAL`.",
        )
    plans = [plan for _, plan in kept]
    hit = Hit(case, aws, plans)
    hit.look(
        {plan.subject.id for plan in plans} | {node for wish, _ in kept for node in wish.nodes}
    )
    permitted = simulate(aws, identity, plans)
    return add_containment(
        case,
        Containment(
            root=root,
            account=identity.account,
            identity=identity.arn,
            made_ms=now_ms(),
            entries=tuple(_entry(case, at, *pair) for at, pair in enumerate(kept, 1)),
            left_out=tuple(left),
            facts=tuple(hit.facts),
            warnings=(*_about_order(plans), *hit.warnings),
            missing=permitted.missing,
            simulated=permitted.says,
        ),
    )


def _entry(case: Case, position: int, wish: Wish, plan: Plan) -> Entry:
    action = find_action(plan.action)
    return Entry(
        position=position,
        action_id=find_plan(case, plan.hash).id,
        plan_hash=plan.hash,
        action=plan.action,
        target=plan.subject.id,
        order=int(action.order),
        why=wish.why,
        nodes=wish.nodes,
        irreversible=action.irreversible,
        again_after_s=(int(plan.parameters["margin"]) or None) if action.margin_again else None,
    )


def _about_order(plans: Sequence[Plan]) -> list[str]:
    """Warnings of what a plan lacks, whatever its order."""
    orders = {find_action(plan.action).order for plan in plans}
    if Order.KEYS in orders and not orders & {Order.DENY, Order.SESSIONS}:
        return [
            "Only keys are cut: sessions that were made with them live on for up to 36 hours, and "
            "can mint new ones. Plan for the credential's whole lineage: `plan --for`."
        ]
    return []
