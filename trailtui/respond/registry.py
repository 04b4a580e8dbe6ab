"""Every action there is, by name. A new one is a module and a line here."""

from trailtui.model.errors import InputError
from trailtui.respond import iam_keys, iam_sessions
from trailtui.respond.action import Action

_ALL = (iam_keys.DEACTIVATE, iam_sessions.REVOKE_USER, iam_sessions.REVOKE_ROLE)


def actions() -> dict[str, Action]:
    """The actions by name, in the order in which containment usually takes them."""
    return {action.name: action for action in _ALL}


def find_action(name: str) -> Action:
    """The action of that name; raises InputError, naming those there are."""
    try:
        return actions()[name]
    except KeyError:
        raise InputError(
            f"there is no action {name!r}", cure=f"Use one of: {', '.join(actions())}."
        ) from None
