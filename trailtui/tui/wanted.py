"""What is to be looked up or followed, as it was typed.

    from=-24h to=now eu-west-1,us-east-1 111122223333 AKIAIOSFODNN7EXAMPLE

Times, Regions, accounts, and what for: `everything`, `entities` (those of the case), or one value
that LookupEvents can look for, as it is or as `EventName=CreateUser`.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from trailtui.aws.reach import CURRENT, Reach
from trailtui.collect.following import attributes_of
from trailtui.collect.lookup import ATTRIBUTES, Attribute
from trailtui.model.entity import Entity, guess_entity
from trailtui.model.errors import InputError
from trailtui.model.times import parse_moment

EVERYTHING, ENTITIES = "everything", "entities"
OWN, ORGANIZATION, ALL = "own", "organization", "all"
_LIKE = "eu-west-1, 111122223333, AKIA..., everything, entities, EventName=CreateUser, from=T, to=T"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where, when and what to look for; times stay as typed."""

    since: str = "-24h"
    until: str = "now"
    accounts: str = OWN
    """`own`, `organization`, or numbers with commas between them."""
    role: str = ""
    """The role that other accounts are entered by."""
    regions: str = ALL
    """`all` that are enabled, `current`, or names with commas between them."""
    what: str = EVERYTHING

    def window(self) -> tuple[int, int]:
        """From when to when (exclusive), in ms. Raises InputError."""
        since, until = parse_moment(self.since), parse_moment(self.until)
        if since >= until:
            raise InputError("the time ends before it begins", cure="Times are in UTC.")
        return since, until

    def reach(self, session_name: str) -> Reach:
        """Which accounts and Regions, and how they are entered. Raises InputError."""
        accounts = () if self.accounts in (OWN, ORGANIZATION) else _listed(self.accounts)
        regions = () if self.regions == ALL else _listed(self.regions)
        for region in regions:
            if region != CURRENT and not _is(region, "region"):
                raise InputError(f"{region!r} is no Region", cure="Such as eu-west-1, or all.")
        return Reach(
            accounts=accounts,
            organization=self.accounts == ORGANIZATION,
            regions=regions,
            role=self.role or None,
            session_name=session_name,
        )

    def attributes(self, entities: Sequence[Entity]) -> tuple[Attribute | None, ...]:
        """What AWS is asked for, one after the other; None stands for everything.

        `entities`: those of the case. Raises InputError where AWS can't be asked for any.
        """
        if self.what == EVERYTHING:
            return (None,)
        if self.what != ENTITIES:
            return (attribute_of(self.what),)
        asked, left = attributes_of(entities)
        if not asked:
            named = ", ".join(str(one) for one in left)
            raise InputError(
                f"LookupEvents can't look for {named}" if left else "the case names no entity",
                cure="Look for everything, or for one value.",
            )
        return tuple(dict.fromkeys(asked))

    @property
    def line(self) -> str:
        """The words that give this again."""
        words = [f"from={self.since}", f"to={self.until}"]
        words += [self.accounts] if self.accounts != OWN else []
        words += [f"role={self.role}"] if self.role else []
        words += [self.regions] if self.regions != ALL else []
        return " ".join(shlex.quote(word) for word in (*words, self.what))


def attribute_of(text: str) -> Attribute:
    """A typed value as what LookupEvents can look for; raises InputError where it can't."""
    key, equals, value = text.partition("=")
    by_name = {name.lower(): name for name in ATTRIBUTES}
    if equals and key.lower() in by_name and value:
        return Attribute(by_name[key.lower()], value)
    asked, _ = attributes_of([guess_entity(text)]) if not equals else ([], [])
    if not asked:
        raise InputError(
            f"LookupEvents can't look for {text!r}",
            cure=f"Look for everything, or for one of {', '.join(ATTRIBUTES)} as KEY=VALUE.",
        )
    return asked[0]


def parse_wanted(line: str, default: Wanted) -> Wanted:
    """Read the words after `:collect lookup` or `:follow`; what they leave out is as `default`."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise InputError("a quotation mark is not closed", cure="Close it.") from None
    made = default
    for word in words:
        made = _with_word(made, word)
    return made


_TYPED = {"from": "since", "to": "until", "role": "role"}
_WORDS = {
    ALL: "regions", OWN: "accounts", ORGANIZATION: "accounts",
    EVERYTHING: "what", ENTITIES: "what",
}  # fmt: skip


def _with_word(made: Wanted, word: str) -> Wanted:
    key, equals, value = word.partition("=")
    parts = _listed(word)
    if equals and key in _TYPED:
        return replace(made, **{_TYPED[key]: value})
    if word in _WORDS:
        return replace(made, **{_WORDS[word]: word})
    if parts and all(_is(part, "account") for part in parts):
        return replace(made, accounts=",".join(parts))
    if parts and all(part == CURRENT or _is(part, "region") for part in parts):
        return replace(made, regions=",".join(parts))
    try:
        attribute = attribute_of(word)
    except InputError as error:
        raise InputError(error.what, cure=f"What can stand here: {_LIKE}.") from None
    return replace(made, what=f"{attribute.key}={attribute.value}")


def _listed(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.split(","))
    return tuple(dict.fromkeys(word for word in words if word))


def _is(text: str, kind: str) -> bool:
    try:
        return guess_entity(text).kind == kind and ":" not in text
    except InputError:
        return False
