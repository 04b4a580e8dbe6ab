"""Functions of arrays and maps, and the ways to make them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from trailtui.query.arrays import filtered, matched, transformed
from trailtui.query.coercion import SCALARS, unify
from trailtui.query.columns import NESTED, Column, Kind
from trailtui.query.context import Value
from trailtui.query.fragment import NULL, Sql, bound, joined, sql

if TYPE_CHECKING:
    from trailtui.query.calls import Calls


def array_of(element: Column) -> Column:
    """The type of an array of such members."""
    return Column("", Kind.ARRAY, member=element)


def element_of(value: Value) -> Column:
    """The type of an array's members or a map's values."""
    return value.column.element if value.column is not None else Column("", Kind.UNKNOWN)


def type_of(value: Value) -> Column:
    """The type of a value, as a member of something else."""
    known = value.column if value.column is not None and value.kind in NESTED else Column("")
    return Column("", value.kind, children=known.children, member=known.member, zone=value.zone)


class ArrayCalls:
    """Rewrites functions of arrays and maps; their arguments are expressions again."""

    def __init__(self, calls: "Calls") -> None:
        self._calls = calls
        self._in = calls.expressions
        self._context = calls.expressions.context
        self.special: dict[type[exp.Expr], Callable[..., Value]] = {
            exp.Array: self._array,
            exp.Map: self._map,
            exp.ArraySize: self._cardinality,
            exp.ArrayContains: self._contains,
            exp.ArrayPosition: partial(
                self._with_member, function="tt_position", gives=Kind.INTEGER
            ),
            exp.ArrayDistinct: partial(self._same, function="tt_distinct"),
            exp.ArraySort: partial(self._same, function="tt_sorted"),
            exp.ArrayMin: partial(self._one_of, function="tt_least"),
            exp.ArrayMax: partial(self._one_of, function="tt_greatest"),
            exp.ArrayExcept: partial(self._two, function="tt_except"),
            exp.ArrayIntersect: partial(self._two, function="tt_intersection"),
            exp.ArrayRemove: partial(self._with_member, function="tt_without", gives=None),
            exp.ArraySlice: self._slice,
            exp.Flatten: self._flatten,
            exp.ArrayToString: self._join,
            exp.MapKeys: self._keys,
            exp.ArrayFilter: partial(filtered, self._in),
            exp.Transform: partial(transformed, self._in),
        }
        self.named: dict[str, Callable[..., Value]] = {
            "map_values": self._values,
            "array_union": partial(self._two, function="tt_union"),
            "arrays_overlap": self._overlap,
            "sequence": self._sequence,
            "any_match": partial(matched, self._in, name="any_match"),
            "all_match": partial(matched, self._in, name="all_match"),
            "none_match": partial(matched, self._in, name="none_match"),
        }

    def array(self, node: exp.Expr, value: Value | None = None, *, scalars: bool = False) -> Value:
        """An argument that must be an array, perhaps one of scalars."""
        value = value or self._in.value(node)
        if value.kind not in (Kind.ARRAY, Kind.UNKNOWN):
            raise self._context.error(f"an array is expected here, not {value.kind.named}", node)
        element = element_of(value).kind
        if scalars and element not in SCALARS and element is not Kind.UNKNOWN:
            raise self._context.error(f"this is not defined for {value.type}", node)
        return value

    def _array(self, node: exp.Array) -> Value:
        """ARRAY[…]"""
        if not node.expressions:
            return Value(bound("[]"), Kind.ARRAY, True, column=array_of(Column("", Kind.UNKNOWN)))
        given = [self._in.value(each) for each in node.expressions]
        values, kind = unify(self._context, node.expressions, given)
        known = next((v for v in values if v.kind is kind), values[0])
        constant = all(value.constant for value in values)
        made = self._listed(node, values, kind, constant=constant)
        element = replace(type_of(known), kind=kind)
        return Value(made, Kind.ARRAY, constant, column=array_of(element))

    def _listed(
        self, node: exp.Expr, values: Sequence[Value], kind: Kind, *, constant: bool
    ) -> Sql:
        """The values as a list; SQLite takes no more than some hundred arguments at a time."""
        chunks: list[Sql] = []
        for start in range(0, len(values), 50):
            listed = joined(", ", (value.sql for value in values[start : start + 50]))
            chunks.append(sql("tt_list({}, {})", bound(str(kind)), listed))
        while len(chunks) > 1:
            groups = [chunks[at : at + 50] for at in range(0, len(chunks), 50)]
            chunks = [sql("tt_concatenated({})", joined(", ", group)) for group in groups]
        return bound(self._context.evaluate(chunks[0], node)) if constant else chunks[0]

    def _map(self, node: exp.Map) -> Value:
        """map(keys, values)"""
        self._context.only(node, "keys", "values")
        if node.args.get("keys") is None:
            return Value(bound("{}"), Kind.MAP, True)
        keys, values = self.array(node.args["keys"]), self.array(node.args["values"])
        if element_of(keys).kind not in (Kind.TEXT, Kind.UNKNOWN):
            raise self._context.error("the keys of a map must be varchar here", node.args["keys"])
        self._in.may_fail(node, not (keys.constant and values.constant))
        made = sql("tt_map({}, 'varchar', {})", keys.sql, values.sql)
        column = Column("", Kind.MAP, member=element_of(values))
        return Value(made, Kind.MAP, keys.constant and values.constant, column=column)

    def _cardinality(self, node: exp.ArraySize) -> Value:
        self._context.only(node, "this")
        value = self._in.value(node.this)
        if value.kind not in (Kind.ARRAY, Kind.MAP, Kind.UNKNOWN):
            raise self._context.error(
                f"an array is expected here, not {value.kind.named}", node.this
            )
        return Value(sql("tt_size({})", value.sql), Kind.INTEGER, value.constant)

    def _contains(self, node: exp.ArrayContains) -> Value:
        self._context.only(node, "this", "expression")
        network = self._in.value(node.this)
        if network.kind is Kind.TEXT:  # contains(network, address)
            address = self._in.value(node.expression)
            if address.kind not in (Kind.IP, Kind.UNKNOWN):
                raise self._context.error(
                    f"an ipaddress is expected here, not {address.kind.named}",
                    node.expression,
                    "Write TRY_CAST(sourceIPAddress AS ipaddress).",
                )
            self._in.may_fail(node, not network.constant)
            made = sql("tt_in_network({}, {})", network.sql, address.sql)
            return Value(made, Kind.BOOLEAN, network.constant and address.constant)
        return self._with_member(node, "tt_contains", Kind.BOOLEAN)

    def _arguments(self, node: exp.Expr) -> list[exp.Expr]:
        if isinstance(node, exp.Anonymous):
            return self._calls.exactly(node, 2)
        if node.expressions:
            self._context.only(node, "expressions")
            if len(node.expressions) != 2:
                raise self._context.error(f"{node.key} takes two arrays here", node)
            return list(node.expressions)
        return [node.this, node.expression]

    def _with_member(self, node: exp.Expr, function: str, gives: Kind | None) -> Value:
        """A function of an array and one value; without `gives` it gives such an array."""
        array_node, member_node = self._arguments(node)
        array = self.array(array_node, scalars=True)
        element = element_of(array)
        other = self._in.value(member_node)
        if element.kind is not Kind.UNKNOWN:
            stand_in = Value(NULL, element.kind)
            (_, other), kind = unify(self._context, [array_node, member_node], [stand_in, other])
            if kind is not element.kind:
                raise self._context.error(f"{element.kind.named} is expected here", member_node)
        made = sql(f"{function}({{}}, {{}}, {{}})", array.sql, bound(str(element.kind)), other.sql)
        constant = array.constant and other.constant
        if gives is None:
            return Value(made, Kind.ARRAY, constant, column=array_of(element))
        return Value(made, gives, constant)

    def _same(self, node: exp.Expr, function: str) -> Value:
        self._context.only(node, "this", "nulls_first")
        array = self.array(node.this, scalars=True)
        element = element_of(array)
        made = sql(f"{function}({{}}, {{}})", array.sql, bound(str(element.kind)))
        return Value(made, Kind.ARRAY, array.constant, column=array_of(element))

    def _one_of(self, node: exp.Expr, function: str) -> Value:
        self._context.only(node, "this")
        array = self.array(node.this, scalars=True)
        element = element_of(array)
        made = sql(f"{function}({{}}, {{}})", array.sql, bound(str(element.kind)))
        return Value(made, element.kind, array.constant, zone=element.zone)

    def _pair(self, node: exp.Expr) -> tuple[Value, Value, Column]:
        nodes = self._arguments(node)
        left, right = (self.array(each, scalars=True) for each in nodes)
        one, other = element_of(left), element_of(right)
        if Kind.UNKNOWN not in (one.kind, other.kind) and one.kind is not other.kind:
            raise self._context.error(f"{left.type} and {right.type} are not alike", nodes[1])
        return left, right, other if one.kind is Kind.UNKNOWN else one

    def _two(self, node: exp.Expr, function: str) -> Value:
        left, right, element = self._pair(node)
        made = sql(f"{function}({{}}, {{}}, {{}})", left.sql, bound(str(element.kind)), right.sql)
        constant = left.constant and right.constant
        return Value(made, Kind.ARRAY, constant, column=array_of(element))

    def _overlap(self, node: exp.Anonymous) -> Value:
        left, right, element = self._pair(node)
        made = sql("tt_overlap({}, {}, {})", left.sql, bound(str(element.kind)), right.sql)
        return Value(made, Kind.BOOLEAN, left.constant and right.constant)

    def _slice(self, node: exp.ArraySlice) -> Value:
        self._context.only(node, "this", "start", "end")
        array = self.array(node.this)
        start, length = (
            self._calls.argument(node.args[key], Kind.INTEGER, node) for key in ("start", "end")
        )
        self._in.may_fail(node, not (start.constant and length.constant))
        made = sql("tt_slice({}, {}, {})", array.sql, start.sql, length.sql)
        return Value(made, Kind.ARRAY, column=array_of(element_of(array)))

    def _flatten(self, node: exp.Flatten) -> Value:
        self._context.only(node, "this")
        array = self.array(node.this)
        inner = element_of(array)
        if inner.kind is not Kind.ARRAY:
            raise self._context.error("flatten takes an array of arrays", node.this)
        return Value(sql("tt_flatten({})", array.sql), Kind.ARRAY, column=array_of(inner.element))

    def _join(self, node: exp.ArrayToString) -> Value:
        self._context.only(node, "this", "expression", "null")
        array = self.array(node.this, scalars=True)
        element = element_of(array).kind
        if element not in (Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.IP, Kind.UNKNOWN):
            raise self._context.error(f"array_join is not defined for {array.type} here", node.this)
        separator = self._in.text(node.expression)
        instead = node.args.get("null")
        other = self._in.text(instead).sql if instead is not None else NULL
        kind = bound(str(element))
        made = sql("tt_array_join({}, {}, {}, {})", array.sql, kind, separator.sql, other)
        return Value(made, Kind.TEXT, array.constant and separator.constant)

    def _the_map(self, node: exp.Expr) -> Value:
        value = self._in.value(node)
        if value.kind is not Kind.MAP:
            raise self._context.error(f"a map is expected here, not {value.kind.named}", node)
        return value

    def _keys(self, node: exp.MapKeys) -> Value:
        self._context.only(node, "this")
        made = sql("tt_keys({})", self._the_map(node.this).sql)
        return Value(made, Kind.ARRAY, column=array_of(Column("", Kind.TEXT)))

    def _values(self, node: exp.Anonymous) -> Value:
        (given,) = self._calls.exactly(node, 1)
        value = self._the_map(given)
        element = element_of(value) if value.column is not None else Column("", Kind.TEXT)
        return Value(sql("tt_values({})", value.sql), Kind.ARRAY, column=array_of(element))

    def _sequence(self, node: exp.Anonymous) -> Value:
        if len(node.expressions) not in (2, 3):
            raise self._context.error("sequence takes two or three whole numbers", node)
        parts = [self._calls.argument(each, Kind.INTEGER, node) for each in node.expressions]
        constant = all(part.constant for part in parts)
        self._in.may_fail(node, not constant)
        if len(parts) == 2:
            first, last = parts
            step = sql("(CASE WHEN {} > {} THEN -1 ELSE 1 END)", first.sql, last.sql)
            parts.append(Value(step, Kind.INTEGER, constant))
        made = sql("tt_sequence({})", joined(", ", (part.sql for part in parts)))
        column = array_of(Column("", Kind.INTEGER))
        return Value(made, Kind.ARRAY, constant, column=column)

    def concatenated(self, nodes: Sequence[exp.Expr], values: Sequence[Value]) -> Value:
        """Arrays, and values that fit into them, one after the other."""
        arrays = [value for value in values if value.kind is Kind.ARRAY]
        element = next((element_of(a) for a in arrays if element_of(a).kind is not Kind.UNKNOWN),
                       Column("", Kind.UNKNOWN))  # fmt: skip
        parts: list[Sql] = []
        for node, value in zip(nodes, values, strict=True):
            if value.kind is Kind.ARRAY:
                fits = element_of(value).kind in (element.kind, Kind.UNKNOWN)
                parts.append(value.sql)
            else:
                fits = value.kind in (element.kind, Kind.UNKNOWN)
                parts.append(sql("tt_list({}, {})", bound(str(element.kind)), value.sql))
            if not fits:
                raise self._context.error(f"{value.type} is no array of {element.type}", node)
        made = sql("tt_concatenated({})", joined(", ", parts))
        return Value(made, Kind.ARRAY, column=array_of(element))

    def reversed(self, value: Value) -> Value:
        """reverse of an array."""
        return replace(value, sql=sql("tt_backwards({})", value.sql), field=None)
