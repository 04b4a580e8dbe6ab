"""What a value of a query is called in Logs Insights, which finds the fields of a record itself.

Source: CloudWatch Logs User Guide, "Supported logs and discovered fields": nested fields have
dotted names, members of a list their number, booleans are shown as 1 or 0, of an event the first
200 fields are found.
"""

import re
from dataclasses import dataclass

from sqlglot import exp

from trailtui.query.columns import Kind, Store
from trailtui.query.cwli_words import TEXT_MEMBERS, TEXT_PATHS
from trailtui.query.errors import QueryError
from trailtui.query.parse import Parsed
from trailtui.query.resolving import Named, named_fields

_CALLED: dict[type[exp.Expr], str] = {exp.Lower: "tolower", exp.Upper: "toupper", exp.Trim: "trim"}
_NO_SHAPE = (
    "Logs Insights takes nested values apart and shows booleans as 1 or 0, so {name} would be "
    "another answer there"
)


@dataclass(frozen=True, slots=True)
class Read:
    """A value: the first of some fields that is there, else a text."""

    fields: tuple[str, ...]
    constant: str | None = None
    function: str = ""
    """What is made of the field that is there."""

    def called(self, at: int) -> str:
        """One of the fields, with what is made of it."""
        return f"{self.function}({self.fields[at]})" if self.function else self.fields[at]

    @property
    def words(self) -> str:
        """The whole as an expression of `fields`."""
        if len(self.fields) == 1:
            return self.called(0)
        return f"coalesce({', '.join(self.fields)})"


class Fields:
    """The names of one query's values. Every complaint has its place in the query's text."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._named: dict[int, Named] = {id(one.node): one for one in named_fields(parsed.tree)}
        self.needs_principal = False

    def error(self, what: str, node: exp.Expr | None, cure: str = "") -> QueryError:
        """A complaint about a part of the query."""
        return self._parsed.error(what, node, cure)

    def unsupported(self, node: exp.Expr) -> QueryError:
        """The complaint about a part that has no counterpart."""
        words = " ".join(node.sql(dialect="trino").split())[:80]
        return self.error(f"Logs Insights can't be asked for {words}", node)

    def adopt(self, original: exp.Expr, *copies: exp.Expr) -> None:
        """Let copies of a part mean the same fields as the original."""
        for copy in copies:
            for old, new in zip(original.walk(), copy.walk(), strict=True):
                if id(old) in self._named:
                    self._named[id(new)] = self._named[id(old)]

    def named(self, node: exp.Expr) -> Named | None:
        """The field of the events that a name means."""
        return self._named.get(id(node))

    def is_constant(self, node: exp.Expr) -> bool:
        """Whether no field stands in it."""
        return not any(id(each) in self._named for each in node.walk())

    def kind(self, node: exp.Expr) -> Kind:
        """Of a plain field, its type; everything else is a text."""
        named = self.named(node)
        return named.column.kind if named is not None else Kind.TEXT

    def read(self, node: exp.Expr) -> Read:
        """What a value is called; raises QueryError where it has no name there."""
        if isinstance(node, exp.Paren):
            return self.read(node.this)
        if isinstance(node, exp.Coalesce):
            return self._first_of([node.this, *node.expressions], node)
        if type(node) in _CALLED and not node.expression and not node.args.get("position"):
            inner = self.read(node.this)
            if inner.function or inner.constant is not None or len(inner.fields) != 1:
                raise self.unsupported(node)
            return Read(inner.fields, function=_CALLED[type(node)])
        if isinstance(node, exp.Bracket):
            return Read((self._member(node),))
        if isinstance(node, exp.JSONExtractScalar):
            return Read((self._by_path(node),))
        named = self.named(node)
        if named is None:
            raise self.unsupported(node)
        return Read((self.field(named),))

    def _first_of(self, nodes: list[exp.Expr], whole: exp.Expr) -> Read:
        fields: list[str] = []
        for node in nodes:
            if isinstance(node, exp.Literal) and node.is_string:
                return Read(tuple(fields), str(node.this))
            if isinstance(node, exp.Null):
                continue
            read = self.read(node)
            if read.function:
                raise self.unsupported(whole)
            fields += read.fields
            if read.constant is not None:
                return Read(tuple(fields), read.constant)
        return Read(tuple(fields))

    def field(self, named: Named, *, shown: bool = False) -> str:
        """A field's name there. `shown`: it is only shown or counted, not compared.

        Raises QueryError for what is no field of a record, and for a boolean that is compared.
        """
        name, column = named.path[-1], named.column
        if named.path == ("principal",):
            self.needs_principal = True
            return "principal"
        if named.path == ("accessKeyId",):
            return "userIdentity.accessKeyId"
        if named.path == ("region",):
            return "awsRegion"
        if column.virtual:
            raise self.error(f"Logs Insights has no {name}", named.node)
        if column.kind is Kind.BOOLEAN and column.store is Store.FLAGS and not shown:
            what = f"how a boolean as {name} compares in Logs Insights is not documented"
            raise self.error(what, named.node, "Ask Athena, Lake or the case.")
        if column.kind not in (Kind.TEXT, Kind.TIME, Kind.BOOLEAN):
            raise self.error(_NO_SHAPE.format(name=name), named.node, "Ask for one of its members.")
        return ".".join(named.path)

    def _member(self, node: exp.Bracket) -> str:
        named, key = self.named(node.this), node.expressions[0]
        exact = isinstance(key, exp.Literal) and key.is_string
        if named is None or named.column.kind is not Kind.MAP or not exact:
            raise self.unsupported(node)
        if not node.args.get("safe"):
            cure = "Write element_at(…), which is NULL where the key is missing."
            raise self.error("Logs Insights does not stop where a key is missing", node, cure)
        return self._known(node, [*named.path, str(key.this)])

    def _by_path(self, node: exp.JSONExtractScalar) -> str:
        named = self.named(node.this)
        if named is None or named.column.kind is not Kind.MAP:
            raise self.unsupported(node)
        path = str(node.args["expression"].this)
        if not re.fullmatch(r"\$(\.\w+)+", path):
            raise self.unsupported(node)
        return self._known(node, [*named.path, *path[2:].split(".")])

    def _known(self, node: exp.Expr, path: list[str]) -> str:
        dotted = ".".join(path)
        of_request = len(path) == 2 and path[0] == "requestParameters"
        if dotted in TEXT_PATHS or (of_request and path[1] in TEXT_MEMBERS):
            return dotted
        raise self.error(_NO_SHAPE.format(name=dotted), node, "Ask Athena, Lake or the case.")
