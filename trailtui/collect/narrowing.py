"""What a source with a query language is asked to leave out: values to look for, or a condition.

Values of one kind are alternatives, kinds narrow each other, as with `timeline --entity`. What is
meant by a kind differs a little: the SQL engines compare the field, Logs Insights looks for the
value anywhere in the record, which finds more and never less.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from trailtui.model.entity import guess_entity
from trailtui.model.errors import InputError
from trailtui.query.parse import DIALECT, Parsed, parse_expression
from trailtui.query.where import compile_condition

OWN_KINDS = ("name", "source", "user", "error")
"""Kinds beside those of entities: event name, event source, user name, error code."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EVENT_NAME = re.compile(r"[A-Z][A-Za-z0-9]{2,}")
_LONGEST = 1024
_LONGEST_CONDITION = 4000


@dataclass(frozen=True, slots=True)
class Term:
    """One value that is looked for."""

    kind: str
    """One of entity.ENTITY_KINDS or OWN_KINDS."""
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is asked for; empty: everything."""

    terms: tuple[Term, ...] = ()
    where: str = ""
    """A condition over CloudTrail's field names, checked by the product's own parser."""

    @property
    def words(self) -> str:
        """For the coverage: what the answer is limited to; empty where it is everything."""
        kinds = [" or ".join(map(str, alternatives)) for alternatives in self.by_kind()]
        return " and ".join([*kinds, *([f"where {self.where}"] if self.where else [])])

    def by_kind(self) -> list[list[Term]]:
        """The terms, alternatives together, in the order given."""
        found: dict[str, list[Term]] = {}
        for term in self.terms:
            found.setdefault(term.kind, []).append(term)
        return list(found.values())

    def condition(self) -> Parsed | None:
        """The condition's tree; None where there is none."""
        return parse_condition(self.where) if self.where else None


EVERYTHING = Narrowing()


def parse_term(text: str) -> Term:
    """What a typed value means: `kind:value`, an event's name, or an entity by how it looks.

    Raises InputError where it could be anything, or can't be a value in a record.
    """
    kind, colon, value = text.partition(":")
    if colon and kind in OWN_KINDS and value:
        term = Term(kind, value)
    elif _EVENT_NAME.fullmatch(text) and not text.isupper():
        term = Term("name", text)
    else:
        entity = guess_entity(text)
        term = Term(entity.kind, entity.value)
    if _CONTROL.search(term.value) or len(term.value) > _LONGEST:
        raise InputError(
            f"{term.value[:60]!r} can't be looked for",
            cure=f"A value has no control characters and at most {_LONGEST} characters.",
        )
    return term


def narrowing_of(values: Sequence[str], where: str = "") -> Narrowing:
    """The narrowing that a user typed; raises InputError or QueryError for what makes no sense."""
    if where:
        parse_condition(where)
        compile_condition(where)  # it knows the fields, and says which one was meant
    return Narrowing(tuple(map(parse_term, values)), where.strip())


_ALLOWED_FUNCTIONS = (
    exp.Lower, exp.Upper, exp.StartsWith, exp.StrPosition, exp.Substring, exp.Length,
    exp.JSONExtractScalar, exp.JSONExtract, exp.RegexpLike, exp.Coalesce, exp.Cast, exp.And, exp.Or,
)  # fmt: skip
_ALLOWED_NAMES = frozenset({"ELEMENT_AT", "CONTAINS", "CARDINALITY", "JSON_EXTRACT_SCALAR"})


def parse_condition(text: str) -> Parsed:
    """One condition and nothing but a condition; raises QueryError with its place.

    Sub-queries, parameters, variables and functions that are not known to be harmless are refused:
    the text goes to an engine that this program does not look into.
    """
    parsed = parse_expression(text)
    if len(text) > _LONGEST_CONDITION:
        raise parsed.error(f"more than {_LONGEST_CONDITION:,} characters", parsed.tree)
    for node in parsed.tree.walk():
        if isinstance(node, exp.Query | exp.Subquery):
            raise parsed.error("a query inside a condition is not asked for", node)
        if isinstance(node, exp.Placeholder | exp.Parameter | exp.SessionParameter | exp.Command):
            raise parsed.error("a parameter has no value here", node)
        if isinstance(node, exp.Func) and not _is_known(node):
            name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
            raise parsed.error(
                f"{name} can't be asked here",
                node,
                cure="Collect more with a simpler condition, then query the case.",
            )
    return parsed


def _is_known(node: exp.Func) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.upper() in _ALLOWED_NAMES
    return isinstance(node, _ALLOWED_FUNCTIONS) or node.sql_name().upper() in _ALLOWED_NAMES


def sql_of(tree: exp.Expr) -> str:
    """A tree as the SQL that Trino and Presto read; literals are quoted anew."""
    return tree.sql(dialect=DIALECT, comments=False)


def text_literal(value: str) -> str:
    """A text as a literal of SQL."""
    return exp.Literal.string(value).sql(dialect=DIALECT)
