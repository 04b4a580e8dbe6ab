"""Actions that nothing takes back, and what has to be shown before one removes a whole identity."""

from trailtui.respond.action import Change, Parameter, Refusal, Scene, State, Subject
from trailtui.respond.case_changes import Recorded

ATTACKERS = Parameter(
    "attackers", "yes: it is the attacker's own, and nobody else's", required=True
)
FORCE = Parameter("force", "yes: also where no event of the case shows who made it")


def no_way_back(subject: Subject, _prior: State, _left: State) -> Change:
    """In the place of a way back. The engine refuses before it gets here."""
    raise Refusal("this can't be taken back", where=subject.id)


def refuse_unless_attackers(
    scene: Scene, subject: Subject, made: Recorded | None, calls: str
) -> None:
    """Raise Refusal unless it was said that it is the attacker's, and the case shows its making.

    `made` is the event in which it was made; `calls` names the calls that would show it.
    """
    if scene.parameters.get("attackers") != "yes":
        raise Refusal(
            "it is not said that the attacker made it",
            where=subject.id,
            cure="Give --parameter attackers=yes, if that is so. What is not the attacker's is "
            "denied or deactivated, and not removed.",
        )
    if made is None and scene.parameters.get("force") != "yes":
        raise Refusal(
            f"no event of the case shows its making ({calls})",
            where=subject.id,
            cure="Collect the events of that time; or give --parameter force=yes, if it is known "
            "from elsewhere that the attacker made it.",
        )
