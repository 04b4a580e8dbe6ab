"""Functions: which of Trino's are known, what they take, what they give."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.aggregates import Aggregates, is_aggregate
from trailtui.query.arities import ARITIES, NOT_HERE, in_words
from trailtui.query.array_calls import ArrayCalls
from trailtui.query.casts import cast_value
from trailtui.query.coercion import NUMBERS, unify
from trailtui.query.columns import NESTED, Kind, nearest
from trailtui.query.complaints import ValueComplaint
from trailtui.query.context import Value
from trailtui.query.fields import below
from trailtui.query.fragment import Sql, bound, joined, sql
from trailtui.query.json_paths import read_json_path
from trailtui.query.patterns import regex
from trailtui.query.records import Form, path_text
from trailtui.query.signatures import FUNCTIONS, NAMED, NUMBER, SIGNATURES, Signature
from trailtui.query.time_calls import TimeCalls

if TYPE_CHECKING:
    from trailtui.query.expressions import Expressions


class Calls:
    """Rewrites function calls; works hand in hand with Expressions."""

    def __init__(self, expressions: "Expressions") -> None:
        self.expressions = expressions
        self._in = expressions
        self._context = expressions.context
        self.aggregates = Aggregates(expressions)
        times, arrays = TimeCalls(self), ArrayCalls(self)
        self._arrays = arrays
        self._special: dict[type[exp.Expr], Callable[..., Value]] = {
            exp.Cast: partial(cast_value, self._in),
            exp.TryCast: partial(cast_value, self._in),
            exp.Concat: self._concat,
            exp.ConcatWs: self._concat_ws,
            exp.DPipe: self._concat,
            exp.Trim: self._trim,
            exp.Reverse: self._reverse,
            exp.Pad: self._pad,
            exp.Chr: self._chr,
            exp.Greatest: self._extreme,
            exp.Least: self._extreme,
            exp.RegexpExtract: self._regexp_extract,
            exp.JSONExtractScalar: self._json_extract,
            exp.JSONExtract: self._json_extract,
            exp.JSONFormat: self._json_format,
            exp.JSONArrayContains: self._json_contains,
            exp.Anonymous: self._anonymous,
            **times.special,
            **arrays.special,
        }
        self._named: dict[str, Callable[..., Value]] = {
            "json_size": self._json_size, **times.named, **arrays.named,
        }  # fmt: skip

    def call(self, node: exp.Expr) -> Value:
        """A function call as a value; refuses what is not known."""
        if is_aggregate(node):
            return self.aggregates.call(node)
        if signature := SIGNATURES.get(type(node)):
            return self._by_signature(node, signature, node.args)
        special = self._special.get(type(node))
        if special is None:
            raise self._context.unsupported(node)
        return special(node)

    def _by_signature(
        self, node: exp.Expr, signature: Signature, found: dict[str, object]
    ) -> Value:
        if node.args is found:
            self._context.only(node, *(name for name, _ in signature.arguments))
        arguments: list[Value] = []
        for name, kind in signature.arguments:
            given = found.get(name)
            if isinstance(given, exp.Expr):
                number = kind == NUMBER
                arguments.append(
                    self.number(given) if number else self.argument(given, Kind(kind), node)
                )
            elif name in signature.defaults:
                arguments.append(
                    Value(bound(signature.defaults[name]), Kind.UNKNOWN, constant=True)
                )
        constant = all(value.constant for value in arguments)
        self._in.may_fail(node, signature.fails and not constant)
        if signature.pattern:
            self._pattern(node, node.args[signature.pattern])
        listed = joined(", ", (value.sql for value in arguments))
        gives = arguments[0].kind if signature.gives == NUMBER else Kind(signature.gives)
        made = sql(f"{signature.function}({{}})", listed)
        return Value(made, gives, constant, column=signature.column)

    def exactly(self, node: exp.Anonymous, number: int) -> list[exp.Expr]:
        """The arguments of a call that takes so many."""
        if len(node.expressions) != number:
            name = str(node.this).lower()
            plural = "argument" if number == 1 else "arguments"
            raise self._context.error(f"{name} takes {number} {plural}", node)
        return list(node.expressions)

    def number(self, node: exp.Expr) -> Value:
        """An argument that must be a number."""
        value = self._in.value(node)
        if value.kind not in NUMBERS and value.kind is not Kind.UNKNOWN:
            raise self._context.error(f"a number is expected here, not {value.kind.named}", node)
        return value

    def argument(self, node: exp.Expr, kind: Kind, call: exp.Expr) -> Value:
        """An argument that must be of a type, or of one that stands for it."""
        del call
        value = self._in.value(node)
        if kind is Kind.TEXT:
            return self._in.text(node, value)
        fits = value.kind in (kind, Kind.UNKNOWN) or (kind is Kind.TIME and value.kind is Kind.DATE)
        if kind is Kind.JSON:
            fits = value.kind in NESTED or value.kind in (Kind.TEXT, Kind.UNKNOWN)
        if not fits:
            cure = "Write from_iso8601_timestamp(…) around the text." if kind is Kind.TIME else ""
            raise self._context.error(
                f"{kind.named} is expected here, not {value.kind.named}", node, cure
            )
        return value

    def _pattern(self, call: exp.Expr, node: exp.Expr) -> None:
        """A pattern that is wrong is told before the query runs, at its place."""
        value = self._in.text(node)
        self._in.may_fail(call, not value.constant)
        if value.constant and value.kind is Kind.TEXT:
            try:
                regex(str(self._context.constant(value, node)))
            except ValueComplaint as error:
                raise self._context.error(str(error), node) from None

    def _concat(self, node: exp.Expr) -> Value:
        self._context.only(node, "this", "expression", "expressions", "safe", "coalesce")
        parts = list(node.flatten() if isinstance(node, exp.DPipe) else node.expressions)
        values = [self._in.value(part) for part in parts]
        if any(value.kind is Kind.ARRAY for value in values):
            return self._arrays.concatenated(parts, values)
        texts = [self._in.text(part, value) for part, value in zip(parts, values, strict=True)]
        made = sql("({})", joined(" || ", (value.sql for value in texts)))
        return Value(made, Kind.TEXT, all(value.constant for value in texts))

    def _concat_ws(self, node: exp.ConcatWs) -> Value:
        self._context.only(node, "expressions", "safe", "coalesce")
        values = [self._in.text(part) for part in node.expressions]
        made = sql("tt_concat_ws({})", joined(", ", (value.sql for value in values)))
        return Value(made, Kind.TEXT, all(value.constant for value in values))

    def _trim(self, node: exp.Trim) -> Value:
        self._context.only(node, "this", "position", "expression")
        value = self._in.text(node.this)
        side = bound(str(node.args.get("position") or "BOTH").lower())
        if (given := node.args.get("expression")) is None:
            return Value(sql("tt_trim({}, {})", value.sql, side), Kind.TEXT, value.constant)
        characters = self._in.text(given)
        made = sql("tt_trim({}, {}, {})", value.sql, side, characters.sql)
        return Value(made, Kind.TEXT, value.constant and characters.constant)

    def _reverse(self, node: exp.Reverse) -> Value:
        self._context.only(node, "this")
        value = self._in.value(node.this)
        if value.kind is Kind.ARRAY:
            return self._arrays.reversed(value)
        value = self._in.text(node.this, value)
        return Value(sql("tt_reverse({})", value.sql), Kind.TEXT, value.constant)

    def _pad(self, node: exp.Pad) -> Value:
        self._context.only(node, "this", "expression", "fill_pattern", "is_left")
        text, size = self._in.text(node.this), self.argument(node.expression, Kind.INTEGER, node)
        if node.args.get("fill_pattern") is None:
            raise self._context.error("lpad and rpad take three arguments", node)
        fill = self._in.text(node.args["fill_pattern"])
        self._in.may_fail(node, not (size.constant and fill.constant))
        left = int(bool(node.args.get("is_left")))
        made = sql(f"tt_pad({{}}, {{}}, {{}}, {left})", text.sql, size.sql, fill.sql)
        return Value(made, Kind.TEXT, text.constant and size.constant and fill.constant)

    def _chr(self, node: exp.Chr) -> Value:
        self._context.only(node, "expressions")
        if len(node.expressions) != 1:
            raise self._context.error("chr takes one whole number", node)
        value = self.argument(node.expressions[0], Kind.INTEGER, node)
        self._in.may_fail(node, not value.constant)
        return Value(sql("tt_chr({})", value.sql), Kind.TEXT, value.constant)

    def _extreme(self, node: exp.Greatest | exp.Least) -> Value:
        """greatest and least: NULL where one of the values is."""
        self._context.only(node, "this", "expressions")
        nodes = [node.this, *node.expressions]
        values, kind = unify(self._context, nodes, [self._in.value(each) for each in nodes])
        if kind in NESTED:
            raise self._context.error(f"{kind.named} has no order", node)
        if len(values) == 1:
            return values[0]
        word = "max" if isinstance(node, exp.Greatest) else "min"
        made = sql(f"{word}({{}})", joined(", ", (value.sql for value in values)))
        return Value(made, kind, all(value.constant for value in values), zone=values[0].zone)

    def _regexp_extract(self, node: exp.RegexpExtract) -> Value:
        self._context.only(node, "this", "expression", "group", "null_if_pos_overflow")
        text, pattern = self._in.text(node.this), self._in.text(node.expression)
        self._pattern(node, node.expression)
        group = node.args.get("group")
        number = self.argument(group, Kind.INTEGER, node).sql if group is not None else Sql("0")
        made = sql("tt_regexp_extract({}, {}, {})", text.sql, pattern.sql, number)
        return Value(made, Kind.TEXT, text.constant and pattern.constant)

    def _json_extract(self, node: exp.JSONExtractScalar | exp.JSONExtract) -> Value:
        scalar = isinstance(node, exp.JSONExtractScalar)
        self._context.only(
            node, "this", "expression", "expressions", "only_json_types", "scalar_only"
        )
        kind = Kind.TEXT if scalar else Kind.JSON
        return self._at_path(node, Form.SCALAR if scalar else Form.VALUE, kind)

    def _at_path(self, node: exp.Expr, form: Form, kind: Kind) -> Value:
        arguments = node.expressions if isinstance(node, exp.Anonymous) else []
        of, where = arguments or (node.this, node.args["expression"])
        value = self.argument(of, Kind.JSON, node)
        path = read_json_path(self._context, where)
        field = value.field
        if field is not None and field.relation.is_events and value.kind in NESTED:
            return Value(below(field, path, form), kind, name=node.key)
        made = sql(f"tt_json({{}}, {{}}, '{form}')", value.sql, bound(path_text(path)))
        return Value(made, kind, value.constant)

    def _json_size(self, node: exp.Anonymous) -> Value:
        self.exactly(node, 2)
        found = self._at_path(node, Form.VALUE, Kind.JSON)
        return Value(sql("tt_json_size({})", found.sql), Kind.INTEGER, found.constant)

    def _json_contains(self, node: exp.JSONArrayContains) -> Value:
        self._context.only(node, "this", "expression")
        text, value = self.argument(node.this, Kind.JSON, node), self._in.value(node.expression)
        if value.kind not in (Kind.TEXT, Kind.BOOLEAN, *NUMBERS):
            raise self._context.error(
                f"a scalar is expected, not {value.kind.named}", node.expression
            )
        made = sql("tt_json_contains({}, {}, {})", text.sql, value.sql, bound(str(value.kind)))
        return Value(made, Kind.BOOLEAN, text.constant and value.constant)

    def _json_format(self, node: exp.JSONFormat) -> Value:
        self._context.only(node, "this", "is_json")
        value = self._in.value(node.this)
        if value.kind is not Kind.JSON:
            raise self._context.error(f"a json is expected here, not {value.kind.named}", node.this)
        return Value(value.sql, Kind.TEXT, value.constant)

    def _anonymous(self, node: exp.Anonymous) -> Value:
        name = str(node.this).lower()
        if signature := NAMED.get(name):
            arguments = self.exactly(node, len(signature.arguments))
            found: dict[str, object] = {str(at): each for at, each in enumerate(arguments)}
            return self._by_signature(node, signature, found)
        if special := self._named.get(name):
            return special(node)
        if name in ARITIES and not ARITIES[name][0] <= len(node.expressions) <= ARITIES[name][1]:
            raise self._context.error(f"{name} takes {in_words(name)}", node)
        if name in NOT_HERE:
            raise self._context.unsupported(node, name)
        guess = nearest(name, list(FUNCTIONS))
        cure = f"Did you mean {guess}?" if guess else "docs/query-format.md lists the functions."
        raise self._context.error(f"there is no function {name} here", node, cure)
