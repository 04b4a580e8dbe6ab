"""The SELECT that asks an Athena table for records.

Nested columns are asked for as JSON. As they are, Athena gives them in Presto's own text,
`{type=IAMUser, arn=...}`, in which a value that holds `, ` or `=` can't be told from a field; what
an attacker writes would then decide what is read. JSON has no such doubt, in any engine version.

Values stand in the text as quoted literals. Athena's execution parameters are pieces of SQL
themselves (a text needs its quotes there, too), so they would protect from nothing more.
"""

from collections.abc import Sequence

from trailtui.collect.athena_partitions import Keys, predicates
from trailtui.collect.athena_rows import selected
from trailtui.collect.athena_table import ColumnType, Table
from trailtui.collect.athena_where import condition_sql
from trailtui.collect.narrowing import Narrowing, Term, text_literal
from trailtui.collect.remote_query import Piece, Question
from trailtui.model.errors import InputError
from trailtui.model.times import format_utc

LONGEST = 262_144
"""Characters of a query (service model of `athena`, QueryString)."""

_FIELDS = {
    "credential": ("useridentity.accesskeyid",),
    "principal": ("useridentity.arn", "useridentity.sessioncontext.sessionissuer.arn"),
    "ip": ("sourceipaddress",),
    "agent": ("useragent",),
    "account": ("recipientaccountid",),
    "region": ("awsregion",),
    "name": ("eventname",),
    "source": ("eventsource",),
    "user": ("useridentity.username", "useridentity.sessioncontext.sessionissuer.username"),
    "error": ("errorcode",),
}
_RESOURCE_COLUMNS = ("resources", "requestparameters", "responseelements", "additionaleventdata")
_JSON_NAMES = {
    "accesskeyid": "accessKeyId",
    "sessioncontext": "sessionContext",
    "sessionissuer": "sessionIssuer",
    "username": "userName",
}
_TEXTS = ("string", "varchar", "char")


def statement(table: Table, keys: Keys, narrowing: Narrowing, question: Question) -> str:
    """The query of one piece. Raises InputError or QueryError for what the table can't be asked."""
    conditions = [*predicates(table, keys, question.places, question.piece)]
    conditions += _places_without_keys(table, keys, question)
    conditions += _times(table, question.piece)
    conditions += [_any(table, terms) for terms in narrowing.by_kind()]
    if parsed := narrowing.condition():
        conditions.append(f"({condition_sql(table, parsed)})")
    columns = ",\n  ".join(_column(name, table.columns[name]) for name in selected(table))
    where = "\n  AND ".join(conditions)
    text = f'SELECT\n  {columns}\nFROM "{table.database}"."{table.name}"\nWHERE {where}'
    if len(text) > LONGEST:
        raise InputError(
            f"the query has {len(text):,} characters and Athena takes {LONGEST:,}",
            cure="Ask for fewer accounts or values at a time.",
        )
    return text


def _column(name: str, declared: ColumnType) -> str:
    return f'json_format(CAST("{name}" AS JSON)) AS "{name}"' if declared.nested else f'"{name}"'


def _times(table: Table, piece: Piece) -> list[str]:
    """The bounds of the event's own time, in whole seconds, as CloudTrail writes it."""
    start, end = (format_utc(-(-at_ms // 1000) * 1000) for at_ms in piece)
    if table.columns["eventtime"].name == "timestamp":
        start, end = (f"TIMESTAMP '{at.replace('T', ' ').rstrip('Z')}'" for at in (start, end))
    else:
        start, end = f"'{start}'", f"'{end}'"
    return [f'"eventtime" >= {start}', f'"eventtime" < {end}']


def _places_without_keys(table: Table, keys: Keys, question: Question) -> list[str]:
    """Accounts and Regions that are no partition: by the record's own fields.

    Old records do not name their account; they are taken whoever they are of.
    """
    found: list[str] = []
    if keys.account is None and "recipientaccountid" in table.columns:
        among = _among("recipientaccountid", [place.account for place in question.places])
        found.append(f'({among} OR "recipientaccountid" IS NULL)')
    if keys.region is None and "awsregion" in table.columns:
        found.append(_among("awsregion", [place.region for place in question.places]))
    return found


def _among(column: str, values: Sequence[str]) -> str:
    return f'"{column}" IN ({", ".join(map(text_literal, sorted(set(values))))})'


def _any(table: Table, terms: Sequence[Term]) -> str:
    """Records in which one of the values stands in one of the fields of its kind."""
    kind = terms[0].kind
    literals = ", ".join(text_literal(term.value) for term in terms)
    if kind == "resource":
        texts = [_as_text(table, name) for name in _RESOURCE_COLUMNS if name in table.columns]
        tests = [
            f"strpos({text}, {text_literal(one.value)}) > 0" for text in texts for one in terms
        ]
    else:
        fields = [_field(table, path) for path in _FIELDS[kind]]
        tests = [f"{field} IN ({literals})" for field in fields if field]
    if not tests:
        raise InputError(
            f"the table {table.database}.{table.name} has no column to look for a {kind} in",
            cure="Leave it out, or name another table.",
        )
    return f"({' OR '.join(tests)})"


def _as_text(table: Table, column: str) -> str:
    if table.columns[column].nested:
        return f'json_format(CAST("{column}" AS JSON))'
    return f'"{column}"'


def _field(table: Table, path: str) -> str:
    """A field by its path: in structs, or in a text that holds JSON; empty where it has none."""
    first, *rest = path.split(".")
    declared = table.columns.get(first)
    if declared is None:
        return ""
    if rest and declared.name in _TEXTS:
        inside = ".".join(_JSON_NAMES.get(name, name) for name in rest)
        return f"json_extract_scalar(\"{first}\", '$.{inside}')"
    for name in rest:
        declared = dict(declared.fields).get(name)
        if declared is None:
            return ""
    return ".".join(f'"{name}"' for name in (first, *rest))
