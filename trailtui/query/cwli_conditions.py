"""SQL's conditions as Logs Insights' `filter`, with SQL's three truths.

A condition is written so that it holds exactly where SQL's is true. What `!=` and `not` say of a
field that an event lacks is not documented there, so whatever is denied stands beside ispresent().
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from trailtui.query.columns import Kind
from trailtui.query.cwli_fields import Fields, Read
from trailtui.query.cwli_words import (
    Unwritable,
    before,
    exactly,
    like_pattern,
    pattern,
    quoted,
    since,
)
from trailtui.query.times import parse_time

Said = str | bool
"""A condition in CWLI's words, or what it says of every event."""

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE,
}  # fmt: skip
_OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GTE, exp.LTE: exp.GT, exp.GT: exp.LTE, exp.GTE: exp.LT, exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
}  # fmt: skip
_COMPARISONS: tuple[type[exp.Expr], ...] = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_POSITIONS: dict[tuple[type[exp.Expr], str], bool] = {
    (exp.GT, "0"): True, (exp.GTE, "1"): True, (exp.NEQ, "0"): True, (exp.EQ, "0"): False,
    (exp.LT, "1"): False,
}  # fmt: skip
"""What a comparison of a position with a number says of there being one."""
Test = Callable[[str], str]
"""What holds of a field that is there, given its name."""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One question to one value."""

    holds: Test
    fails: Test
    constant: Callable[[str], bool]
    """The same for a text that is known."""


class Conditions:
    """Writes the conditions of one query."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def written(self, node: exp.Expr, *, holds: bool = True) -> Said:
        """A condition that holds where SQL's is true (or, without `holds`, is false).

        Raises QueryError with the place of what can't be written.
        """
        if isinstance(node, exp.Paren):
            return self.written(node.this, holds=holds)
        if isinstance(node, exp.Not):
            return self.written(node.this, holds=not holds)
        if isinstance(node, exp.And | exp.Or):
            parts = [self.written(part, holds=holds) for part in node.flatten()]
            return _joined(parts, every=isinstance(node, exp.And) is holds)
        if isinstance(node, exp.Boolean):
            return bool(node.this) is holds
        if isinstance(node, exp.Null):
            return False
        try:
            return self._leaf(node, holds=holds)
        except Unwritable as error:
            cure = "Leave out quotes, backslashes and control characters, or look for less of it."
            raise self._fields.error(str(error), node, cure) from None

    def _leaf(self, node: exp.Expr, *, holds: bool) -> Said:
        if isinstance(node, exp.Is):
            return self._is_null(node, holds=holds)
        if isinstance(node, exp.Between):
            low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
            high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
            return self._between(node, low, high, holds=holds)
        if isinstance(node, _COMPARISONS):
            return self._comparison(node, holds=holds)
        if isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ):
            return self._distinct(node, equal=isinstance(node, exp.NullSafeEQ) is holds)
        if isinstance(node, exp.In):
            return self._membership(node, holds=holds)
        return self._pattern(node, holds=holds)

    def _pattern(self, node: exp.Expr, *, holds: bool) -> Said:
        if not isinstance(node, exp.Like | exp.RegexpLike | exp.StartsWith):
            raise self._fields.unsupported(node)
        text = self._text(node.expression, node)
        made = like_pattern(text) if isinstance(node, exp.Like) else pattern(text)
        if isinstance(node, exp.StartsWith):
            made = f"/^{exactly(text)}/"
        said = {key for key, value in node.args.items() if value not in (None, False)}
        if not said <= {"this", "expression", "negate"}:
            raise self._fields.unsupported(node)
        wanted = holds is not bool(node.args.get("negate"))
        return self._asked(node.this, _matches(made), node, holds=wanted)

    def _distinct(self, node: exp.Expr, *, equal: bool) -> Said:
        """IS [NOT] DISTINCT FROM a text: never unknown."""
        leaf = _is_one_of([self._text(node.expression, node)])
        if equal:
            return self._asked(node.this, leaf, node, holds=True)
        read = self._fields.read(node.this)
        other = self._asked(node.this, leaf, node, holds=False)
        if read.constant is not None:
            return other
        nothing = _joined([f"not ispresent({one})" for one in read.fields], every=True)
        return _joined([nothing, other], every=False)

    def _is_null(self, node: exp.Is, *, holds: bool) -> Said:
        if not isinstance(node.expression, exp.Null):
            raise self._fields.unsupported(node)
        read = self._fields.read(node.this)
        if read.constant is not None:
            return not holds
        there = [f"ispresent({one})" for one in read.fields]
        if holds:
            return _joined([f"not {one}" for one in there], every=True)
        return _joined(list(there), every=False)

    def _between(self, node: exp.Expr, low: exp.Expr, high: exp.Expr, *, holds: bool) -> Said:
        """Its two comparisons, which know their columns by the place where they stand."""
        both = exp.And(this=low, expression=high)
        self._fields.adopt(node.this, low.this, high.this)
        return self.written(both, holds=holds)

    def _comparison(self, node: exp.Expr, *, holds: bool) -> Said:
        kind, left, right = type(node), node.this, node.expression
        if isinstance(left, exp.Boolean) and isinstance(right, exp.Boolean):
            return (left.this is right.this) is (kind is exp.EQ) is holds
        if self._fields.is_constant(left) and not self._fields.is_constant(right):
            kind, left, right = _FLIPPED.get(kind, kind), right, left
        if isinstance(right, exp.Null):
            return False
        if isinstance(left, exp.StrPosition):
            return self._position(node, kind, left, right, holds=holds)
        wanted = kind if holds else _OPPOSITE[kind]
        if self._fields.kind(left) is Kind.TIME:
            return self._moment(node, wanted, left, right)
        if kind not in (exp.EQ, exp.NEQ):
            what = "Logs Insights orders texts by rules of its own, so only = and <> are asked"
            raise self._fields.error(what, node)
        leaf = _is_one_of([self._text(right, node)])
        return self._asked(left, leaf, node, holds=(wanted is exp.EQ))

    def _position(
        self, node: exp.Expr, kind: type[exp.Expr], left: exp.StrPosition, right: exp.Expr, *,
        holds: bool,
    ) -> Said:  # fmt: skip
        """`strpos(x, 'text') > 0` and the ways to say the same."""
        number = str(right.this) if isinstance(right, exp.Literal) else ""
        says = _POSITIONS.get((kind, number))
        plain = all(left.args.get(key) is None for key in ("position", "occurrence"))
        if says is None or not plain:
            what = "of a position only whether there is one can be asked of Logs Insights"
            raise self._fields.error(what, node)
        leaf = _contains(self._text(left.args["substr"], node))
        return self._asked(left.this, leaf, node, holds=says is holds)

    def _membership(self, node: exp.In, *, holds: bool) -> Said:
        if node.args.get("query") is not None or node.args.get("unnest") is not None:
            raise self._fields.error("Logs Insights is asked no sub-query", node)
        values = [one for one in node.expressions if not isinstance(one, exp.Null)]
        if len(values) < len(node.expressions) and not holds:
            return False  # NOT IN of a list with NULL in it is never true
        if not values:
            return False
        leaf = _is_one_of([self._text(one, node) for one in values])
        return self._asked(node.this, leaf, node, holds=holds)

    def _moment(
        self, node: exp.Expr, kind: type[exp.Expr], left: exp.Expr, right: exp.Expr
    ) -> Said:
        """A time against a moment; a field that lacks matches no pattern."""
        at_ms = self._moment_of(right)
        if at_ms is None:
            raise self._fields.error("this is no moment that is known beforehand", node)
        (name,) = self._fields.read(left).fields
        first, later = f"{name} like {since(at_ms)}", f"{name} like {since(at_ms + 1)}"
        earlier, up_to = f"{name} like {before(at_ms)}", f"{name} like {before(at_ms + 1)}"
        words: dict[type[exp.Expr], str] = {
            exp.GTE: first, exp.GT: later, exp.LT: earlier, exp.LTE: up_to,
            exp.EQ: f"({first} and {up_to})", exp.NEQ: f"({earlier} or {later})",
        }  # fmt: skip
        return words[kind]

    def _moment_of(self, node: exp.Expr) -> int | None:
        while isinstance(node, exp.Cast | exp.FromISO8601Timestamp | exp.Paren):
            node = node.this
        if isinstance(node, exp.Literal) and node.is_string:
            return parse_time(str(node.this))
        return None

    def _text(self, node: exp.Expr, whole: exp.Expr) -> str:
        """A text that is known, a boolean as text where a text is compared with it."""
        if isinstance(node, exp.Literal) and node.is_string:
            return str(node.this)
        if isinstance(node, exp.Boolean):
            return str(bool(node.this)).lower()
        what = "Logs Insights is asked to compare with a text that is known beforehand only"
        raise self._fields.error(what, whole)

    def _asked(self, value: exp.Expr, leaf: _Leaf, node: exp.Expr, *, holds: bool) -> Said:
        """A question to the first of a value's fields that is there."""
        return _of_first(self._fields.read(value), 0, leaf, holds=holds)


def _of_first(read: Read, at: int, leaf: _Leaf, *, holds: bool) -> Said:
    if at == len(read.fields):
        return read.constant is not None and leaf.constant(read.constant) is holds
    there = f"ispresent({read.fields[at]})"
    value = read.called(at)
    mine = leaf.holds(value) if holds else f"{there} and {leaf.fails(value)}"
    rest = _of_first(read, at + 1, leaf, holds=holds)
    if rest is False:
        return f"({mine})" if " and " in mine else mine
    others = [f"not {there}"] if rest is True else [f"not {there}", rest]
    return _joined([f"({mine})", _joined(list(others), every=True)], every=False)


def _joined(parts: Sequence[Said], *, every: bool) -> Said:
    if (not every) in [part for part in parts if isinstance(part, bool)]:
        return not every
    kept = [part for part in parts if isinstance(part, str)]
    if not kept:
        return every
    return kept[0] if len(kept) == 1 else f"({(' and ' if every else ' or ').join(kept)})"


def _matches(made: str) -> _Leaf:
    def constant(_text: str) -> bool:
        raise Unwritable("a pattern for a text that is known already is not written")

    return _Leaf(lambda name: f"{name} like {made}", lambda name: f"{name} not like {made}",
                 constant)  # fmt: skip


def _contains(text: str) -> _Leaf:
    made = quoted(text)
    return _Leaf(lambda name: f"{name} like {made}", lambda name: f"{name} not like {made}",
                 lambda known: text in known)  # fmt: skip


def _is_one_of(texts: Sequence[str]) -> _Leaf:
    """Membership compares whole texts; `=` would take texts of digits for numbers."""
    listed = f"[{', '.join(map(quoted, texts))}]"
    return _Leaf(lambda name: f"{name} in {listed}", lambda name: f"{name} not in {listed}",
                 lambda known: known in texts)  # fmt: skip
