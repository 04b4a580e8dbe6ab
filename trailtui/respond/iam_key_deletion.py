"""Deleting an access key for good."""

from collections.abc import Mapping

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Parameter,
    Permissions,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.iam_keys import find_key, look_around_key, read_key
from trailtui.respond.irreversible import no_way_back


def _delete(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["status"] == "gone":
        raise AlreadyDone("the key is deleted already", where=subject.id)
    # Without UserName the call would act on a key of the caller.
    named = {"UserName": subject.name, "AccessKeyId": subject.id}
    return Change((ApiCall("iam", "DeleteAccessKey", named),), {"status": "gone"})


def _look_around(scene: Scene, subject: Subject, present: State) -> Surroundings:
    seen = look_around_key(scene, subject, present)
    if present["status"] != "Active":
        return seen
    warning = (
        "The key is Active. Deactivating it cuts it as well and can be undone: delete it when "
        "nobody misses it."
    )
    return Surroundings(seen.facts, (*seen.warnings, warning), seen.certainty)


DELETE = Action(
    name="delete-access-key",
    title="Delete an access key",
    subject_kind="access-key",
    parameters=(Parameter("user", "the user that owns the key, where the case does not say"),),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "iam:ListAccessKeys", "iam:GetUser"),
        look=("sts:GetAccessKeyInfo", "iam:GetAccessKeyLastUsed"),
        apply=("iam:DeleteAccessKey", "iam:ListAccessKeys"),
        undo=(),
    ),
    does="Deletes the key: AWS refuses every call signed with it from then on.",
    does_not_stop=(
        "Sessions made with the key (GetSessionToken, GetFederationToken) live on for up to 36 "
        "hours: revoke the user's sessions as well.",
        "Roles that were assumed with it: revoke the sessions of each.",
        "Other keys, users, roles or sign-ins that the key was used to make.",
    ),
    can_hurt=(
        "Whatever works with this key stops for good and needs a new one.",
        "AWS forgets when the key was last used: note it before (the plan does).",
    ),
    undo_says="A deleted key can't be restored: its user needs a new one.",
    undo_warns="",
    find=find_key,
    read=read_key,
    change=_delete,
    restore=no_way_back,
    holds=same_state,
    look_around=_look_around,
    order=Order.REMOVE,
    irreversible=True,
)

ACTIONS = (DELETE,)
