"""What removing a user and removing a role have in common: who made them, their policies, the end.

What removes either is irreversible: it wants an event of the case that shows the making.
"""

from typing import TYPE_CHECKING

from trailtui.respond.action import Scene, State, Subject
from trailtui.respond.case_changes import Recorded, concerns, members, recorded
from trailtui.respond.iam_principals import kind_word, naming, unique_id
from trailtui.respond.inline_policies import PRINCIPAL
from trailtui.respond.irreversible import refuse_unless_attackers
from trailtui.respond.looking import Around, document_text

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_OURS = ("Trailtui", "AWSRevoke")
"""How the names of inline policies begin that deny: this program's, and AWS's own revocation."""


def refuse_unless_made_by_attackers(scene: Scene, subject: Subject) -> None:
    """Raise Refusal unless it was said so, and the case shows the making of this user or role."""
    made = maker_of(scene, subject, unique_id(scene.aws, subject))
    refuse_unless_attackers(scene, subject, made, f"Create{kind_word(subject)}")


def maker_of(scene: Scene, subject: Subject, present_id: str | None) -> Recorded | None:
    """The event of the case in which the user or role was made; not that of a namesake before."""
    word = kind_word(subject)
    member = word.lower()
    made = [
        call
        for call in recorded(scene.case, subject.account, (f"Create{word}",))
        if concerns(call, **{f"{member}Name": subject.name})
        and members(call.answer.get(member)).get(f"{member}Id") in (None, present_id)
    ]
    return made[-1] if made else None


def tell_maker(scene: Scene, subject: Subject, present: State, around: Around) -> None:
    """Who made it, as far as the case knows."""
    made = maker_of(scene, subject, present[PRINCIPAL])
    around.fact("made", made.says() if made else "not seen in the case: it was forced")


def certainty(subject: Subject, present: State) -> str:
    """How sure it is that the right one is removed."""
    return (
        f"IAM knows {subject.arn} as {present[PRINCIPAL]}. That it is the attacker's is the "
        "responder's word."
    )


def inline_texts(aws: "AwsSession", subject: Subject) -> dict[str, str]:
    """The inline policies' texts by their names: evidence, as they are gone with their owner."""
    word, named = kind_word(subject), naming(subject)
    names = sorted(aws.read_all("iam", f"List{word}Policies", "PolicyNames", **named))
    return {
        name: document_text(
            aws.read("iam", f"Get{word}Policy", **named, PolicyName=name).values["PolicyDocument"]
        )
        for name in names
    }


def denials_last(names: list[str]) -> list[str]:
    """Policies in the order in which they are taken away: what denies stands the longest."""
    return sorted(names, key=lambda name: (name.startswith(_OURS), name))


def is_gone(expected: State, present: State) -> bool:
    """Whether the removal holds."""
    return expected[PRINCIPAL] is None and present[PRINCIPAL] is None
