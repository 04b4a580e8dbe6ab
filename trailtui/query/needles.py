"""What must stand in a record's bytes for a condition to hold: looked for before it is decoded.

`strpos(requestParameters, 'bucket-1') > 0` can only be true of a record whose bytes have
`bucket-1` in them. Looking for bytes takes a hundredth of what decoding takes.
"""

import re

from sqlglot import exp

from trailtui.query.context import Context, Value
from trailtui.query.expressions import Expressions
from trailtui.query.fragment import Sql, bound, joined, sql
from trailtui.query.reading_order import ONE_READ, reads_records

_PLAIN = re.compile(r"[A-Za-z0-9_.@=+-]+")
"""What JSON may only write as it is or as \\u…, and no blank or structure can stand within."""
_MADE_HERE = re.compile(r"x[89a-f][0-9a-f]|[0-9a-f]+")
"""What may stand in a shown text and not in the record: bytes that are no UTF-8, and hashes."""
_WORDS_MADE_HERE = ("redacted", "characters", "sha256")


def needle(text: str) -> str:
    """The longest part of a text that must stand in a record as it is; "" where there is none."""
    parts: list[str] = _PLAIN.findall(text)
    best = max(parts, key=len, default="")
    made_here = _MADE_HERE.fullmatch(best) or re.search(r"x[89a-f][0-9a-f]", best)
    if made_here or any(best in word for word in _WORDS_MADE_HERE):
        return ""
    return best


def implied_by(context: Context, expressions: Expressions, node: exp.Expr) -> Sql | None:
    """SQL that is true for every record that meets the condition, or None where there is none."""
    asked = _asked_for(node)
    if asked is None:
        return None
    value, text = expressions.value(asked[0]), expressions.value(asked[1])
    found = ONE_READ.fullmatch(value.sql.text)
    wanted = needle(_constant(context, text, asked[1])) if found else ""
    if found is None or not wanted:
        return None
    row = found[1]
    place = f"{row}.evidence, {row}.offset, {row}.length, {row}.flags"
    return sql(f"tt_holds({place}, {{}})", bound(wanted))


def _asked_for(node: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """What is searched, and for what, where the condition is such a search."""
    if isinstance(node, exp.GT) and isinstance(node.this, exp.StrPosition):
        if isinstance(node.expression, exp.Literal) and node.expression.name == "0":
            return node.this.this, node.this.args["substr"]
    elif isinstance(node, exp.EQ | exp.Like) and not node.args.get("negate"):
        return node.this, node.expression
    return None


def _constant(context: Context, text: Value, node: exp.Expr) -> str:
    found = context.constant(text, node) if text.constant else None
    if not isinstance(found, str):
        return ""
    if isinstance(node.parent, exp.Like):  # whatever its wildcards stand for may not be there
        return " ".join(re.split(r"[%_]", found))
    return found


class Implied:
    """For conditions over records: what they imply that needs no decoding."""

    def __init__(self) -> None:
        self._of: dict[Sql, Sql] = {}

    def note(self, condition: Sql, implied: Sql | None) -> None:
        """Remember what a condition implies."""
        if implied is not None:
            self._of[condition] = implied

    def of(self, condition: Sql) -> Sql | None:
        """What was noted, or the condition itself where it decodes nothing."""
        return self._of.get(condition) if reads_records(condition) else condition

    def note_any(self, whole: Sql, parts: list[Sql]) -> None:
        """Of an OR: what each part implies, where all imply something."""
        each = [found for part in parts if (found := self.of(part)) is not None]
        if reads_records(whole) and len(each) == len(parts):
            self._of[whole] = sql("({})", joined(" OR ", dict.fromkeys(each)))

    def note_all(self, whole: Sql, parts: list[Sql]) -> None:
        """Of an AND: what any part implies."""
        each = [found for part in parts if (found := self.of(part)) is not None]
        if reads_records(whole) and each:
            self._of[whole] = sql("({})", joined(" AND ", dict.fromkeys(each)))
