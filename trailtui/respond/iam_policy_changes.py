"""Taking back what an attacker did to the policies of a user or role.

`detach-...` takes away a policy that was attached or put; `restore-...` puts back one that was
detached, deleted or overwritten. The former text of an inline policy is what the case's events say
of it, or what is given.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from trailtui.model.errors import InputError
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Parameter,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import Recorded, concerns, in_order, recorded
from trailtui.respond.iam_principals import (
    find_role,
    find_user,
    kind_word,
    name_of_part,
    part_of,
    split_target,
)
from trailtui.respond.iam_surroundings import (
    LOOKS_AROUND_ROLE,
    LOOKS_AROUND_USER,
    around_role,
    around_user,
    surroundings,
)
from trailtui.respond.inline_policies import PRINCIPAL, put_inline
from trailtui.respond.looking import parsed_document
from trailtui.respond.policy_parts import (
    attach,
    is_attached,
    is_there,
    read_part,
    restore_part,
    take_away,
)

if TYPE_CHECKING:
    from trailtui.case.file import Case

_CHANGES = ("Put", "Delete", "Attach", "Detach")
_CHOSEN = "from-event"
_POLICY = Parameter("policy", "the policy's ARN or inline name, where the target is a name alone")


def _finder(principal: Callable[[Scene, str], Subject], kind: str) -> Callable[..., Subject]:
    def find(scene: Scene, target: str) -> Subject:
        name, policy = split_target(
            target, scene.parameters.get("policy"), what="policy", parameter="policy"
        )
        return part_of(principal(scene, name), kind, policy)

    return find


def changes_of(case: "Case", subject: Subject) -> list[Recorded]:
    """The calls in the case that changed the policy that the subject names, in time order."""
    word, policy = kind_word(subject), name_of_part(subject)
    principal = {f"{word[0].lower()}{word[1:]}Name": subject.name}
    named = {"policyArn" if is_attached(policy) else "policyName": policy}
    names = [f"{verb}{word}Policy" for verb in _CHANGES]
    return [
        call
        for call in recorded(case, subject.account, names)
        if concerns(call, **principal, **named)
    ]


def _detach(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if not is_there(present):
        raise AlreadyDone("there is no such policy (any more)", where=subject.id)
    return take_away(subject, present)


def _former(scene: Scene, subject: Subject, present: State) -> Mapping[str, str]:
    """The parameters with the text that is put back, and the event that it comes from."""
    given = dict(scene.parameters)
    if is_attached(name_of_part(subject)) or "document" in given:
        return given
    changes = in_order(changes_of(scene.case, subject), "policyDocument", present["policy"])
    found = chosen_document(changes, "policyDocument", given.get(_CHOSEN), subject)
    return {**given, _CHOSEN: found.event_id, "document": str(found.request["policyDocument"])}


def chosen_document(
    changes: list[Recorded], member: str, event_id: str | None, subject: Subject
) -> Recorded:
    """The event whose document is put back: the one named, else the last before the last change.

    Raises Refusal where the case has none.
    """
    if event_id is not None:
        named = [call for call in changes if call.event_id == event_id and call.request.get(member)]
        if named:
            return named[-1]
        raise Refusal(f"event {event_id} has no document for it", where=subject.id)
    former = [call for call in changes[:-1] if call.request.get(member)]
    if former:
        return former[-1]
    raise Refusal(
        "the case has no event that tells how it was before",
        where=subject.id,
        cure="Collect older events, or give the text: --parameter document='{...}'.",
    )


def document_of(parameters: Mapping[str, str]) -> str:
    """The policy text that was given or found; raises InputError where it is no policy."""
    text = parameters.get("document", "")
    parsed = parsed_document(text)
    if isinstance(parsed, str) or "Statement" not in parsed:
        raise InputError("the document is no policy", cure="It is JSON with a Statement.")
    return text


def _put_back(subject: Subject, present: State, parameters: Mapping[str, str]) -> Change:
    policy = name_of_part(subject)
    if present[PRINCIPAL] is None:
        raise Refusal("there is nobody of that name any more", where=subject.name)
    if is_attached(policy):
        if present["attached"]:
            raise AlreadyDone("the policy is attached", where=subject.id)
        return Change((attach(subject, policy),), {**present, "attached": True})
    text = document_of(parameters)
    parsed = json.loads(text)
    if present["policy"] == parsed:
        raise AlreadyDone("the policy says that already", where=subject.id)
    after = {**present, "policy": parsed, "exact": text}
    return Change((put_inline(subject, policy, text),), after)


def _holds(expected: State, present: State) -> bool:
    """As expected; a policy that was taken away also stays away with its user or role."""
    gone = present[PRINCIPAL] is None and not is_there(expected)
    return gone or same_state(expected, present)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    look = around_role if kind_word(subject) == "Role" else around_user
    around = look(scene, subject)
    changes = changes_of(scene.case, subject)
    for call in changes[-3:]:
        around.fact("changed", call.says())
    if not changes:
        around.warnings.append(
            "No event of the case changed this policy: make sure that it is the attacker's doing."
        )
    certainty = f"IAM knows {subject.arn}. What the case tells is only as whole as its coverage."
    return surroundings(scene, subject, around, certainty)


def _permissions(word: str, *, puts_back: bool) -> Permissions:
    reads = (f"iam:Get{word}", f"iam:Get{word}Policy", f"iam:ListAttached{word}Policies")
    away = (f"iam:Detach{word}Policy", f"iam:Delete{word}Policy")
    back = (f"iam:Attach{word}Policy", f"iam:Put{word}Policy")
    return Permissions(
        plan=("sts:GetCallerIdentity", *reads),
        look=LOOKS_AROUND_USER if word == "User" else LOOKS_AROUND_ROLE,
        apply=(*(back if puts_back else away), *reads),
        undo=(*away, *back, *reads) if puts_back else (*back, *reads),
    )


def _detaching(word: str, find: Callable[[Scene, str], Subject]) -> Action:
    kind = word.lower()
    return Action(
        name=f"detach-{kind}-policy",
        title=f"Take a policy from a {kind}",
        subject_kind=f"{kind}-policy",
        parameters=(_POLICY,),
        permissions=_permissions(word, puts_back=False),
        does="Detaches the managed policy, or deletes the inline one, that an attacker gave the "
        f"{kind}. Its text is kept for undo.",
        does_not_stop=(
            f"What else allows the {kind} something: other policies"
            f"{', groups' if word == 'User' else ''}, resource policies.",
            "Whoever gave it can give it again: contain that credential first.",
        ),
        can_hurt=(f"If the {kind} needed the policy, what it does lawfully fails.",),
        undo_says="Attaches the managed policy again, or puts the inline one back to the byte.",
        undo_warns=f"The {kind} has the attacker's policy again.",
        find=_finder(find, f"{kind}-policy"),
        read=read_part,
        change=_detach,
        restore=restore_part,
        holds=_holds,
        look_around=_look_around,
        order=Order.SOURCES,
    )


def _restoring(word: str, find: Callable[[Scene, str], Subject]) -> Action:
    kind = word.lower()
    return Action(
        name=f"restore-{kind}-policy",
        title=f"Give a {kind} a policy back",
        subject_kind=f"{kind}-policy",
        parameters=(
            _POLICY,
            Parameter("document", "the inline policy's text; else the case's events tell it"),
            Parameter(_CHOSEN, "the event whose text is put back; else the one before the last"),
        ),
        permissions=_permissions(word, puts_back=True),
        does="Attaches a managed policy that was detached, or puts an inline policy back as it was "
        "before the last change that the case knows of.",
        does_not_stop=(
            "Whoever changed it can change it again: contain that credential first.",
            "A new version of a managed policy: what it says is not looked at.",
        ),
        can_hurt=(
            f"The {kind} has the policy's permissions, or its denials, again.",
            "Lawful changes made since are overwritten: see the events that changed it.",
        ),
        undo_says="Back to the state at the time of the plan, to the byte.",
        undo_warns="The policy is as the attacker left it again.",
        find=_finder(find, f"{kind}-policy"),
        read=read_part,
        change=_put_back,
        restore=restore_part,
        holds=same_state,
        look_around=_look_around,
        order=Order.SOURCES,
        complete=_former,
    )


DETACH_USER_POLICY = _detaching("User", find_user)
RESTORE_USER_POLICY = _restoring("User", find_user)
DETACH_ROLE_POLICY = _detaching("Role", find_role)
RESTORE_ROLE_POLICY = _restoring("Role", find_role)

ACTIONS = (DETACH_USER_POLICY, RESTORE_USER_POLICY, DETACH_ROLE_POLICY, RESTORE_ROLE_POLICY)
