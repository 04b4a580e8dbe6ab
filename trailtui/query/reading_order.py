"""In which order records are read: file by file, where the answer does not depend on it.

A record lies in a file that is unpacked as a whole, and events of the same second lie in many
files. Where every record of a selection has to be read anyway, its rows are put into the order of
the files first, so that each file is unpacked once.
"""

import re
from collections.abc import Sequence

from trailtui.query.alike_rows import counted_alike
from trailtui.query.fragment import Bindable, Sql, joined, sql
from trailtui.query.harvests import Harvest, Harvests
from trailtui.query.statistics import is_narrow

_READS = re.compile(r"\btt_(?:soft_)?record\(|\btt_harvest_\d")
_READS_THERE = re.compile(r"\btt_(?:soft_record|record|holds)\(")
ONE_READ = re.compile(
    r"tt_record\((\w+)\.evidence, \1\.offset, \1\.length, \1\.flags, \?, '(\w+)'\)"
)
"""SQL that is one value of a record and nothing else: the row it is of, and the value's form."""
_MARK = re.compile(r"\?")


def reads_records(made: Sql) -> bool:
    """Whether SQL reads the record of each row it is asked of, or selects of what was read."""
    return _READS.search(made.text) is not None


def by_file(
    row: str,
    conditions: Sequence[Sql],
    others: Sequence[Sql],
    implied: Sequence[Sql] = (),
    *,
    harvests: Harvests | None = None,
    grouped: bool = False,
) -> tuple[Sql, Sql, list[Sql]]:
    """FROM, WHERE, and `others`, all else that is asked of the rows of events.

    Conditions that need no record choose the rows; these are put into the order of the files; what
    is needed of their records is read there, once; the rest is asked of what was read. `implied`
    are conditions that need bytes of the record only: asked before anything is read. With
    `harvests`, very many records are read apart; `grouped`: whether `others` group the rows.
    """
    fast = [each for each in conditions if not reads_records(each)]
    slow = [each for each in conditions if reads_records(each)]
    if harvests is not None:
        found = _harvested(harvests, row, fast, slow, others, implied, grouped=grouped)
        if found is not None:
            return found
    return _in_order(row, fast, slow, others, implied)


def _harvested(
    harvests: Harvests,
    row: str,
    fast: list[Sql],
    slow: list[Sql],
    others: Sequence[Sql],
    implied: Sequence[Sql],
    *,
    grouped: bool,
) -> tuple[Sql, Sql, list[Sql]] | None:
    """The same over a table of what is read apart; None where that is not worth it."""
    read: dict[tuple[Bindable, str], str] = {}
    made = [_with_columns(row, each, read) for each in (*slow, *others)]
    if any(_READS_THERE.search(each.text) for each in made) or not harvests.worth(row, fast):
        return None
    used = _columns_of(row, [*made, *implied]) - set(read.values())
    folded = counted_alike(row, made) if grouped else None
    values = tuple((str(path), form) for path, form in read)
    needed = Harvest(
        row, tuple(sorted(used)), tuple(fast), tuple(implied), values, folded is not None
    )
    source = Sql(f" FROM {harvests.table(needed)} AS {row}")
    made = made if folded is None else folded
    return source, where_of(made[: len(slow)]), made[len(slow) :]


def of_chosen(row: str, chosen: Sql, others: Sequence[Sql]) -> tuple[Sql, Sql, list[Sql]]:
    """The same for events that a condition over their ids has chosen, whatever it read for that."""
    return _in_order(row, [chosen], [], others, ())


def _in_order(
    row: str, fast: list[Sql], slow: list[Sql], others: Sequence[Sql], implied: Sequence[Sql]
) -> tuple[Sql, Sql, list[Sql]]:
    read: dict[tuple[Bindable, str], str] = {}
    made = [_with_columns(row, each, read) for each in (*slow, *others)]
    used = _columns_of(row, [*made, *implied]) - set(read.values())
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


def _columns_of(row: str, made: Sequence[Sql]) -> set[str]:
    return {name for each in made for name in re.findall(rf"\b{row}\.(\w+)", each.text)}


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
