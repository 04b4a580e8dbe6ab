"""The same query in the words of Athena's and CloudTrail Lake's tables.

Athena's official table has the time, the booleans and the free-form fields as text, the latter as
JSON; Lake has types of its own, and maps whose nested values are JSON. What the case computes
(principal) is written out. What an engine can't be asked is refused, never asked otherwise.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import cast

import sqlglot
from sqlglot import exp

from trailtui.model.redact import SECRET_KEYS
from trailtui.query.athena_shape import CURES, AthenaShape
from trailtui.query.columns import Kind, Store
from trailtui.query.context import Given
from trailtui.query.dialect import DIALECT
from trailtui.query.errors import QueryError
from trailtui.query.execute import rewrite
from trailtui.query.folding import with_values
from trailtui.query.parse import Parsed, parse_query
from trailtui.query.partitions import in_outer_join, narrowed, with_partitions
from trailtui.query.resolving import Named, dotted_maps, event_tables, named_fields
from trailtui.query.sources import names_the_events
from trailtui.query.times import as_timestamp_text, parse_time

LAKE_LONGEST = 10_000
"""Characters of a query in CloudTrail Lake (service model, QueryStatement)."""
ATHENA_LONGEST = 262_144
"""Characters of a query in Athena (service model, QueryString)."""
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_OF_TEXT = (exp.Like, exp.Substring, exp.StrPosition, exp.RegexpLike, exp.RegexpExtract,
            exp.StartsWith, exp.SplitPart)  # fmt: skip
_SESSION = "'^arn:([a-zA-Z0-9_-]+):sts::([0-9]*):assumed-role/([^/]+)/.+$'"
"""A session's ARN; the role's path is not in it."""
_ROLE = (
    "coalesce(nullif({u}.sessioncontext.sessionissuer.arn, ''), "
    f"'arn:' || regexp_extract({{u}}.arn, {_SESSION}, 1) || ':iam::' || "
    f"regexp_extract({{u}}.arn, {_SESSION}, 2) || ':role/' || "
    f"regexp_extract({{u}}.arn, {_SESSION}, 3))"
)
_PRINCIPAL = f"""
CASE
  WHEN {{u}}.type = 'AssumedRole' AND {_ROLE} IS NOT NULL THEN {_ROLE}
  WHEN {{u}}.type = 'Root' THEN coalesce(nullif({{u}}.arn, ''),
    'arn:aws:iam::' || nullif({{u}}.accountid, '') || ':root', 'root')
  WHEN {{u}}.type = 'IdentityCenterUser' THEN
    coalesce(nullif({{u}}.onbehalfof.userid, '') || coalesce('@' ||
    regexp_extract(nullif({{u}}.onbehalfof.identitystorearn, ''), '[^/]*$'), ''),
    nullif({{u}}.principalid, ''))
  WHEN {{u}}.type = 'AWSService' AND nullif({{u}}.invokedby, '') IS NOT NULL THEN {{u}}.invokedby
  WHEN {{u}}.type = 'AWSAccount' THEN coalesce(nullif({{u}}.arn, ''), nullif({{u}}.principalid, ''),
    nullif({{u}}.accountid, ''))
  ELSE coalesce(nullif({{u}}.arn, ''), nullif({{u}}.principalid, ''), nullif({{u}}.username, ''),
    nullif({{u}}.invokedby, ''), nullif({{u}}.accountid, ''))
END"""
"""The stable name of who acted, as model.identity resolves it."""


class Engine(StrEnum):
    """Where a query can be asked beside the case."""

    ATHENA = "athena"
    LAKE = "lake"


DOCUMENTED = AthenaShape()
"""Athena's table as AWS documents it."""


def sql_for(
    engine: Engine,
    text: str,
    given: Mapping[str, Given],
    table: str,
    *,
    shape: AthenaShape = DOCUMENTED,
) -> str:
    """The query for an engine, values in it as quoted literals.

    `table` is the table's name as it is written in FROM (Lake: the id of the event data store);
    `shape`: what Athena's table has, and its partitions, so that days outside the time that is
    asked for are not read. Raises QueryError for what the engine can't be asked.
    """
    outputs = rewrite(text, given).outputs  # complains of what is wrong, at its place
    parsed = parse_query(text)
    refuse_secrets(parsed)
    _refuse_shadows(parsed)
    for dotted in dotted_maps(parsed.tree):
        name = dotted.path[-1]
        cure = f"Write element_at({name}, '…'), with the key as records spell it."
        raise parsed.error(f"{name} is no row there", dotted.node, cure)
    tree = with_values(parsed.tree, given)
    _name_the_stores(tree)
    if engine is Engine.ATHENA:
        with_partitions(tree, shape)
    words = _Words(engine, Parsed(text, tree), shape)
    for named in named_fields(tree):
        words.put(named)
    _nested_as_json(tree, engine, [output.kind for output in outputs])
    for mention in list(event_tables(tree)):
        alias = mention.args.get("alias") or exp.TableAlias(
            this=exp.to_identifier(mention.name) if _is_plain(mention.name) else None
        )
        source: exp.Expr = exp.Table(this=exp.Var(this=table))
        if shape.among and engine is Engine.ATHENA and in_outer_join(mention):
            source = exp.Subquery(this=narrowed(source, shape))
        if alias.this is not None:
            source.set("alias", alias.copy())
        mention.replace(source)
    made = tree.sql(dialect=DIALECT, pretty=True)
    longest = LAKE_LONGEST if engine is Engine.LAKE else ATHENA_LONGEST
    if len(made) > longest:
        raise QueryError(
            f"the query has {len(made):,} characters and {engine.capitalize()} takes {longest:,}",
            cure="Ask for less at a time.",
        )
    return made


def refuse_secrets(parsed: Parsed) -> None:
    """Raises QueryError for a secret: the case masks it, another engine answers it in clear."""
    for node in parsed.tree.find_all(exp.Literal):
        reads = isinstance(node.parent, exp.Bracket | exp.JSONExtract | exp.JSONExtractScalar) or (
            isinstance(node.parent, exp.Anonymous) and node.parent.name.lower().startswith("json")
        )
        names = re.findall(r"\w+", str(node.this).lower()) if node.is_string and reads else []
        if SECRET_KEYS & set(names):
            raise parsed.error(f"{node.this} is a secret, which is asked of the case only", node)


def _refuse_shadows(parsed: Parsed) -> None:
    """A name in WITH that means two things; here names are looked up in the query as a whole."""
    seen: set[str] = set()
    for cte in parsed.tree.find_all(exp.CTE):
        name = cte.alias.lower()
        if name in seen or names_the_events(name):
            what = f"{cte.alias} means two things in this query, which is for the case only"
            raise parsed.error(what, cte.args["alias"], "Give it a name of its own in WITH.")
        seen.add(name)


def _name_the_stores(tree: exp.Expr) -> None:
    """A name for each mention of a store (`$EDS_ID`, an ARN), whose own no engine would take."""
    taken = {table.alias_or_name.lower() for table in tree.find_all(exp.Table, exp.CTE)}
    for mention in event_tables(tree):
        if mention.args.get("alias") is None and not _is_plain(mention.name):
            numbered = ("events", *(f"events_{at}" for at in range(2, len(taken) + 3)))
            name = next(each for each in numbered if each not in taken)
            taken.add(name)
            mention.set("alias", exp.TableAlias(this=exp.to_identifier(name)))


def _nested_as_json(tree: exp.Expr, engine: Engine, kinds: list[Kind]) -> None:
    """Arrays and rows of the answer as JSON: as they are, engines write them in Presto's text."""
    if not isinstance(tree, exp.Select) or len(tree.expressions) != len(kinds):
        return
    wanted = [Kind.ARRAY, Kind.STRUCT]
    if engine is Engine.LAKE:
        wanted.append(Kind.MAP)
    for node, kind in zip(list(tree.expressions), kinds, strict=True):
        if kind in wanted and not node.is_star:
            value = node.this if isinstance(node, exp.Alias) else node
            as_json = exp.Cast(this=value.copy(), to=exp.DataType.build("json"))
            made = exp.JSONFormat(this=as_json)
            node.replace(exp.alias_(made, node.alias_or_name) if node.alias_or_name else made)


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z]\w*", name) is not None


class _Words:
    """Puts one engine's words where the case's stand."""

    def __init__(self, engine: Engine, parsed: Parsed, shape: AthenaShape) -> None:
        self._athena = engine is Engine.ATHENA
        self._parsed = parsed
        self._shape = shape

    def put(self, named: Named) -> None:
        """Replace one name by what the engine calls it, of the type that is expected of it."""
        if self._athena:
            self._must_be_there(named)
        plain = self._plain(named)
        if named.path == ("principal",):
            self._replace(named, self._principal(named))
        elif named.path == ("eventJson",) and self._athena:
            raise self._parsed.error("Athena's table has no column eventJson", named.node)
        elif named.column.kind is Kind.MAP and len(named.path) == 1:
            self._map(named, plain)
        elif named.column.kind is Kind.TIME:
            self._time(named, plain)
        elif named.column.kind is Kind.BOOLEAN:
            _as_truths(named.node)
            cast_to = self._athena or len(named.path) > 1
            made = exp.TryCast(this=plain, to=exp.DataType.build("boolean")) if cast_to else plain
            self._replace(named, made)
        else:
            self._replace(named, plain)

    def _must_be_there(self, named: Named) -> None:
        name = ".".join(named.path)
        if missing := self._shape.missing(named.path):
            cure = CURES.get(missing, "Ask the case for it, or CloudTrail Lake.")
            raise self._parsed.error(f"Athena's table has no column {name}", named.node, cure)
        if named.path[0].lower() in self._shape.nested:
            raise self._parsed.error(
                f"this table has {name} as a row or map, not as JSON text",
                named.node,
                "Make a table as AWS documents it: `trailtui collect CASE athena --create-table`.",
            )
        keys = {self._shape.day, self._shape.year, *(key for key, _ in self._shape.among)}
        if named.column.virtual and named.column.store is Store.DAY and name not in keys:
            raise self._parsed.error(f"this table has no partition {name}", named.node)

    def _plain(self, named: Named) -> exp.Expr:
        names = [named.alias, *named.path] if named.alias else list(named.path)
        if named.path == ("accessKeyId",):
            names[-1:] = ["userIdentity", "accessKeyId"]
        if named.path == ("region",) and not self._athena:
            names[-1] = "awsRegion"
        if self._athena:
            names = [name.lower() for name in names]
        if names[-1] in ("timestamp", "year", "month", "day") and not self._athena:
            raise self._parsed.error(f"Lake has no partition {names[-1]}", named.node)
        return sqlglot.parse_one(
            ".".join(f'"{name}"' if name == "timestamp" else name for name in names), read=DIALECT
        )

    def _replace(self, named: Named, made: exp.Expr) -> None:
        """The new words; a column of the answer keeps its name."""
        parent = named.node.parent
        if isinstance(parent, exp.Select) and named.node.arg_key == "expressions":
            made = exp.alias_(made, named.path[-1])
        named.node.replace(made)

    def _principal(self, named: Named) -> exp.Expr:
        identity = f"{named.alias}.useridentity" if named.alias else "useridentity"
        return sqlglot.parse_one(_PRINCIPAL.replace("{u}", identity), read=DIALECT)

    def _time(self, named: Named, plain: exp.Expr) -> None:
        parent = named.node.parent
        if isinstance(parent, exp.FromISO8601Timestamp):
            if not self._athena:
                parent.replace(plain)  # a timestamp already
            else:
                named.node.replace(plain)
            return
        as_text = isinstance(parent, _OF_TEXT) or (
            isinstance(parent, exp.Anonymous)
            and parent.name.lower() in ("date_parse", "parse_datetime")
        )
        if as_text and self._athena:
            named.node.replace(plain)
            return
        if as_text:
            pattern = exp.Literal.string("%Y-%m-%dT%H:%i:%sZ")
            named.node.replace(exp.Anonymous(this="date_format", expressions=[plain, pattern]))
            return
        if isinstance(parent, _COMPARISONS):
            self._literals(parent, named.node)
        if self._athena:
            plain = exp.FromISO8601Timestamp(this=plain)
        self._replace(named, plain)

    def _literals(self, comparison: exp.Expr, field: exp.Expr) -> None:
        """What a time is compared with, as a time."""
        for other in list(comparison.iter_expressions()):
            if other is field or not isinstance(other, exp.Literal) or not other.is_string:
                _text_of_a_time_as_time(other)
                continue
            at_ms = parse_time(str(other.this))
            if at_ms is None:
                raise self._parsed.error(f"{other.this!r} is no time", other)
            text = exp.Literal.string(as_timestamp_text(at_ms))
            made = exp.Cast(this=text, to=exp.DataType.build("timestamp"))
            other.replace(made)

    def _map(self, named: Named, plain: exp.Expr) -> None:
        parent = named.node.parent
        if isinstance(parent, exp.Bracket) and named.node.arg_key == "this" and self._athena:
            parent.replace(self._member(parent, plain))
        elif isinstance(parent, exp.JSONExtract | exp.JSONExtractScalar) and not self._athena:
            parent.replace(self._path_of_map(parent, plain))
        elif self._athena or isinstance(parent, exp.Bracket | exp.Is | exp.MapKeys | exp.Unnest):
            whole = isinstance(parent, exp.MapKeys | exp.Unnest | exp.ArraySize)
            if self._athena and whole:
                raise self._parsed.error("Athena's table has JSON text here, no map", named.node)
            self._replace(named, plain)
        elif isinstance(parent, exp.Select | exp.Alias) or parent is None:
            self._replace(named, plain)
        elif _looks_for_a_plain_text(parent, named.node):
            as_json = exp.Cast(this=plain, to=exp.DataType.build("json"))
            named.node.replace(exp.JSONFormat(this=as_json))
        else:
            raise self._parsed.error(
                f"Lake has no text of {named.path[0]} as a whole",
                named.node,
                "Ask for one of its keys, or look into eventJson.",
            )

    def _member(self, bracket: exp.Bracket, plain: exp.Expr) -> exp.Expr:
        """element_at of a text that holds JSON: a scalar, or the JSON of what is nested."""
        key = bracket.expressions[0]
        exact = isinstance(key, exp.Literal) and key.is_string
        if not exact or set(str(key.this)) & set('"\\'):
            raise self._parsed.error("element_at takes a plain key for this table", bracket)
        path = exp.Literal.string(f'$["{key.this}"]')

        def call(name: str, *arguments: exp.Expr) -> exp.Expr:
            return exp.Anonymous(this=name, expressions=[each.copy() for each in arguments])

        nested = call("json_format", call("json_extract", plain, path))
        nothing = exp.Literal.string("null")
        return exp.Coalesce(
            this=call("json_extract_scalar", plain, path),
            expressions=[exp.Nullif(this=nested, expression=nothing)],
        )

    def _path_of_map(self, node: exp.Expr, plain: exp.Expr) -> exp.Expr:
        """A JSON path into a map: its first step is a key, the rest a path into its text."""
        path = str(cast("exp.Literal", node.args["expression"]).this)
        found = re.fullmatch(r'\$(?:\.([\w:-]+)|\["((?:[^"\\])*)"\])(.*)', path, re.DOTALL)
        if found is None:
            raise self._parsed.error(f"Lake can't be asked for the path {path!r}", node)
        key = exp.Literal.string(found[1] or found[2])
        value = exp.Bracket(this=plain, expressions=[key], offset=1, safe=True)
        if not found[3]:
            if isinstance(node, exp.JSONExtractScalar):
                return value
            raise self._parsed.error("Lake has this value as text, not as json", node)
        return type(node)(this=value, expression=exp.Literal.string(f"${found[3]}"))


def _as_truths(field: exp.Expr) -> None:
    """'true' and 'false' beside a boolean as the values that they stand for."""
    if isinstance(field.parent, _COMPARISONS):
        for other in list(field.parent.iter_expressions()):
            if isinstance(other, exp.Literal) and other.is_string:
                other.replace(exp.Boolean(this=str(other.this).lower() == "true"))


def _text_of_a_time_as_time(node: exp.Expr) -> None:
    """`to_iso8601(x)` and its kin beside a time as the time again."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name == "to_iso8601":
        node.replace(node.expressions[0])
    elif name in ("date_format", "format_datetime"):
        reader = "date_parse" if name == "date_format" else "parse_datetime"
        pattern = node.expressions[1].copy()
        node.replace(exp.Anonymous(this=reader, expressions=[node.copy(), pattern]))


_PLAIN_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:/.@+=*-]*")


def _looks_for_a_plain_text(node: exp.Expr, field: exp.Expr) -> bool:
    """Whether a text is looked for that stands alike in a map's JSON, however deep its JSON is.

    Lake keeps nested values as text, so their quotes are escaped in the JSON of the map; a part
    without quotes, brackets, commas and blanks that begins within a value has none of that in it.
    """
    if isinstance(node, exp.StrPosition):
        part = node.args.get("substr")
        value = str(part.this) if isinstance(part, exp.Literal) and part.is_string else ""
        plain = all(node.args.get(key) is None for key in ("position", "occurrence"))
        return plain and node.this is field and _PLAIN_PART.fullmatch(value) is not None
    if isinstance(node, exp.Like) and isinstance(node.expression, exp.Literal):
        found = re.fullmatch(r"%([^%_]+)%", str(node.expression.this))
        return bool(node.this is field and found and _PLAIN_PART.fullmatch(found[1]))
    return False
