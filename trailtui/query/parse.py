"""From the text of a query to its tree, once; and from a node of the tree back to its place."""

import re
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import TokenType

from trailtui.query.dialect import DIALECT
from trailtui.query.errors import QueryError

__all__ = ["DIALECT", "Parsed", "parse_expression", "parse_query", "place"]
LONGEST = 100_000
"""Characters of a query; more is surely no query (CloudTrail Lake takes 10,000)."""

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TABLE_SPELLING = re.compile(
    r"""
    '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/    # left as they are
    | (?<![\w$])(?P<table>
        \$\{?[A-Za-z_]\w*\}?                      # $EDS_ID, ${EDS_ID}
        | <[A-Za-z_][\w -]*>                        # <event_data_store_id>
        | arn:[\w-]+:cloudtrail:[\w:/-]+             # an event data store's ARN
        | """
    + _UUID
    + r"""                                        # or its id
    )""",
    re.VERBOSE | re.DOTALL,
)
_AFTER_FROM = re.compile(r"(?:\bfrom|\bjoin|,)\s*$", re.IGNORECASE)
_NOTHING_FOLLOWS = (
    TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.ORDER_BY,
    TokenType.LIMIT, TokenType.UNION, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.COMMA,
)  # fmt: skip
STORE_NAME = "_store_"
"""How the names of event data stores begin once they are identifiers."""


class Parsed:
    """A query's text and its tree."""

    def __init__(self, text: str, tree: exp.Expr) -> None:
        self.text = text
        self.tree = tree

    def error(self, what: str, node: exp.Expr | None, cure: str = "") -> QueryError:
        """A complaint about a node, at its place in the text."""
        offset = place(node) if node is not None else None
        return QueryError(what, text=self.text, offset=offset, cure=cure)


def parse_query(text: str) -> Parsed:
    """One SELECT (or a union of them); raises QueryError with the place of what is wrong."""
    statements = [tree for tree in _parse(text) if tree is not None]
    if not statements:
        raise QueryError("the query is empty", cure="Write SELECT … FROM events …")
    tree = statements[0]
    parsed = Parsed(text, tree)
    if len(statements) > 1:
        raise parsed.error("only one statement can be run at a time", statements[1])
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        kind = type(tree).__name__.upper()
        raise QueryError(
            f"{kind} is not allowed, a query only reads",
            text=text,
            offset=len(text) - len(text.lstrip()),
            cure="Write SELECT … FROM events …",
        )
    return parsed


def parse_expression(text: str) -> Parsed:
    """One condition, as `timeline --where` takes it."""
    prefix = "SELECT 1 FROM events WHERE "
    if not text.strip():
        raise QueryError("the condition is empty", cure="Write for instance errorCode IS NOT NULL")
    try:
        parsed = parse_query(f"{prefix}(\n{text}\n)")
    except QueryError as error:
        if error.offset is None:
            raise
        offset = min(max(0, error.offset - len(prefix) - 2), len(text))
        raise QueryError(error.what, text=text, offset=offset) from None
    condition = parsed.tree.args.get("where")
    clauses = [key for key, value in parsed.tree.args.items() if value]
    if (
        condition is None
        or set(clauses) != {"expressions", "from_", "where"}
        or not isinstance(condition.this, exp.Paren)
    ):
        raise QueryError("one condition is expected, without WHERE or any other clause")
    tree = condition.this.this
    for node in tree.walk():
        for key in ("start", "end"):
            if key in node.meta:
                node.meta[key] -= len(prefix) + 2
    return Parsed(text, tree)


def place(node: exp.Expr) -> int | None:
    """Where a node's text begins, in characters; None where the parser kept no position."""
    if "start" in node.meta:
        return int(node.meta["start"])
    starts = [int(child.meta["start"]) for child in node.walk() if "start" in child.meta]
    if starts:
        return min(starts)
    parent = node.parent
    while parent is not None:
        if "start" in parent.meta:
            return int(parent.meta["start"])
        parent = parent.parent
    return None


def _parse(text: str) -> list[exp.Expr | None]:
    if len(text) > LONGEST:
        raise QueryError(f"the query has {len(text):,} characters; {LONGEST:,} is the most")
    if "\0" in text:
        raise QueryError("a NUL character", text=text, offset=text.index("\0"))
    named = _TABLE_SPELLING.sub(lambda found: _as_name(text, found), text)
    try:
        _refuse_loose_commas(text, named)
        trees = sqlglot.parse(named, read=DIALECT)
    except ParseError as error:
        raise _syntax_error(text, error) from None
    except TokenError:
        raise _unclosed(text) from None
    except RecursionError:
        raise QueryError("the query is nested too deeply") from None
    except SqlglotError as error:
        raise QueryError(f"the query can't be read: {error}") from None
    return [tree for tree in trees if not isinstance(tree, exp.Semicolon)]


def _refuse_loose_commas(text: str, named: str) -> None:
    """A comma with nothing after it, which the parser would take and no engine does."""
    tokens = sqlglot.tokenize(named, read=DIALECT)
    for token, after in pairwise(tokens):
        if token.token_type is TokenType.COMMA and after.token_type in _NOTHING_FOLLOWS:
            what = f"syntax error: something is missing between the comma and {after.text}"
            raise QueryError(what, text=text, offset=token.start)


def _as_name(text: str, found: re.Match[str]) -> str:
    """A store's id or place-holder as a name of the same length, so that positions stay."""
    if not found["table"] or not _AFTER_FROM.search(text[: found.start()]):
        return found[0]
    padding = max(0, len(found[0]) - len(STORE_NAME))
    return (STORE_NAME + "x" * padding)[: max(len(found[0]), 2)]


def _syntax_error(text: str, error: ParseError) -> QueryError:
    details = error.errors[0] if error.errors else {}
    description = str(details.get("description") or "syntax error")
    if "SENTINEL" in description:
        description = "the query ends too early"
    description = re.sub(r"<Token .*?text: (.*?), line: .*?>", r"\1", description)
    if found := re.match(r"Required (?:keyword|argument): '\w+' missing", description):
        word = re.sub(r".*'(\w+)'.*", r"\1", found[0])
        known = {"this": "a value or a condition", "expression": "the other side"}
        description = f"{known.get(word, word)} is missing here"
    line, column = details.get("line"), details.get("col")
    if not line or not column:
        return QueryError(description)
    lines = text.split("\n")
    start = sum(len(each) + 1 for each in lines[: line - 1])
    highlight = str(details.get("highlight") or "")
    offset = max(0, start + column - len(highlight))
    return QueryError(f"syntax error: {description}", text=text, offset=min(offset, len(text)))


def _unclosed(text: str) -> QueryError:
    """The tokenizer gives no place: find the quote or comment that is never closed."""
    closed = re.compile(
        r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|[^'"/-]|.""", re.DOTALL
    )
    position = 0
    for found in closed.finditer(text):
        if found[0] in ("'", '"') or (text.startswith("/*", found.start()) and len(found[0]) == 1):
            position = found.start()
            break
    return QueryError("a quote or comment is not closed", text=text, offset=position)
