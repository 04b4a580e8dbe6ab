"""Values that stand in a query as they are: texts, numbers, intervals."""

import math

from sqlglot import exp

from trailtui.query import times
from trailtui.query.columns import Kind
from trailtui.query.context import Context, Value
from trailtui.query.fragment import NULL, bound

_INTERVAL_HINT = "Write INTERVAL '7' DAY (second, minute, hour, day, week, month, year)."


def literal(context: Context, node: exp.Literal) -> Value:
    """A text or a number; one with a point or an exponent is a double."""
    if node.is_string:
        return Value(bound(str(node.this)), Kind.TEXT, constant=True)
    try:
        whole = int(str(node.this))
    except ValueError:
        number = float(str(node.this))
        if math.isinf(number):
            raise context.error("the number is too large for a double", node) from None
        return Value(bound(number), Kind.DOUBLE, constant=True)
    if whole >= 1 << 63:
        raise context.error("the number is too large for a bigint", node)
    return Value(bound(whole), Kind.INTEGER, constant=True)


def interval(context: Context, node: exp.Interval) -> Value:
    """INTERVAL '7' DAY, of whole units."""
    unit = str(node.args.get("unit") or "").lower().rstrip("s")
    count = node.this
    if unit not in times.UNITS or not isinstance(count, exp.Literal):
        raise context.error("this interval is not supported", node, _INTERVAL_HINT)
    try:
        number = int(count.name)
    except ValueError:
        raise context.error("this interval is not supported", node, _INTERVAL_HINT) from None
    return Value(NULL, Kind.INTERVAL, constant=True, interval=(unit, number))
