"""In which order records are read: file by file, where the answer does not depend on it.

A record lies in a file that is unpacked as a whole, and events of the same second lie in many
files. Where every record of a selection has to be read anyway, its rows are put into the order of
the files first, so that each file is unpacked once.
"""

import re
from collections.abc import Sequence

from trailtui.query.fragment import Bindable, Sql, joined, sql
from trailtui.query.statistics import is_narrow

_READS = re.compile(r"\btt_(?:soft_)?record\(")
ONE_READ = re.compile(
    r"tt_record\((\w+)\.evidence, \1\.offset, \1\.length, \1\.flags, \?, '(\w+)'\)"
)
"""SQL that is one value of a record and nothing else: the row it is of, and the value's form."""
_MARK = re.compile(r"\?")


def reads_records(made: Sql) -> bool:
    """Whether SQL reads the record of each row it is asked of."""
    return _READS.search(made.text) is not None


def by_file(
    row: str, conditions: Sequence[Sql], others: Sequence[Sql], implied: Sequence[Sql] = ()
) -> tuple[Sql, Sql, list[Sql]]:
    """FROM, WHERE, and `others`, all else that is asked of the rows of events.

    Conditions that need no record choose the rows; these are put into the order of the files; what
    is needed of their records is read there, once; the rest is asked of what was read. `implied`
    are conditions that need bytes of the record only: asked before anything is read.
    """
    fast = [each for each in conditions if not reads_records(each)]
    slow = [each for each in conditions if reads_records(each)]
    return _in_order(row, fast, slow, others, implied)


def of_chosen(row: str, chosen: Sql, others: Sequence[Sql]) -> tuple[Sql, Sql, list[Sql]]:
    """The same for events that a condition over their ids has chosen, whatever it read for that."""
    return _in_order(row, [chosen], [], others, ())


def _in_order(
    row: str, fast: list[Sql], slow: list[Sql], others: Sequence[Sql], implied: Sequence[Sql]
) -> tuple[Sql, Sql, list[Sql]]:
    read: dict[tuple[Bindable, str], str] = {}
    made = [_with_columns(row, each, read) for each in (*slow, *others)]
    texts = [each.text for each in (*made, *implied)]
    used = {name for text in texts for name in re.findall(rf"\b{row}\.(\w+)", text)}
    used -= set(read.values())
    place = {"evidence", "offset", "length", "flags"}
    inner = ", ".join(f"{row}.{name}" for name in sorted(used | place))
    if any(is_narrow(each) for each in fast):  # the files that will be read, told beforehand
        told = Sql(f"tt_expected({row}.evidence, {row}.offset + {row}.length) IS NULL")
        fast = [*fast, told]
    source = sql(
        f"(SELECT {inner} FROM event_rows AS {row}{{}} "  # noqa: S608 - names of columns
        f"ORDER BY {row}.evidence, {row}.offset LIMIT -1) AS {row}",
        where_of(fast),
    )
    values = [Sql(f"{_call(row, form)} AS {name}", (path,)) for (path, form), name in read.items()]
    outer = [Sql(f"{row}.{name}") for name in sorted(used)]
    listed = joined(", ", [*outer, *values] or [Sql("1")])
    source = sql(
        f" FROM (SELECT {{}} FROM {{}}{{}} LIMIT -1) AS {row}",  # noqa: S608 - names of columns
        listed,
        source,
        where_of(implied),
    )
    return source, where_of(made[: len(slow)]), made[len(slow) :]


def _call(row: str, form: str) -> str:
    return f"tt_record({row}.evidence, {row}.offset, {row}.length, {row}.flags, ?, '{form}')"


def _with_columns(row: str, made: Sql, read: dict[tuple[Bindable, str], str]) -> Sql:
    """The SQL with the columns that hold what it reads of the records."""
    pattern = re.compile(re.escape(_call(row, "FORM")).replace("FORM", r"(\w+)"))
    parameters = list(made.parameters)
    text, position = "", 0
    kept: list[int] = list(range(len(parameters)))
    for found in pattern.finditer(made.text):
        at = len(_MARK.findall(made.text[: found.start()]))
        key = (parameters[at], found[1])
        name = read.setdefault(key, f"r{len(read) + 1}")
        text += f"{made.text[position : found.start()]}{row}.{name}"
        position = found.end()
        kept.remove(at)
    return Sql(text + made.text[position:], tuple(parameters[at] for at in kept))


def where_of(conditions: Sequence[Sql]) -> Sql:
    """WHERE, or nothing where there is no condition."""
    return sql(" WHERE {}", joined(" AND ", conditions)) if conditions else Sql("")
