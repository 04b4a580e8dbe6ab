"""One condition over CloudTrail's field names, for filters: `timeline --where` and the console."""

from trailtui.case.events import Compiled
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.model.times import now_ms
from trailtui.query.context import Context, Scope, events_relation
from trailtui.query.errors import QueryError
from trailtui.query.functions import register
from trailtui.query.parse import parse_expression
from trailtui.query.records import Records
from trailtui.query.selects import Selects


def compile_where(case: Case, expression: str) -> Compiled:
    """A condition as a fragment over `event_rows e`, true where the condition is TRUE.

    The case's connection learns the functions that the fragment calls, so the fragment is for
    this connection (see `prepare` for another one). Raises QueryError with the place of what is
    wrong. Sub-queries and whatever a value could stop (CAST of a text) are refused here.
    """
    compiled = compile_condition(expression)
    prepare(case)
    return compiled


def compile_condition(expression: str) -> Compiled:
    """The same without a connection: check a condition, or use it on one that is prepared."""
    parsed = parse_expression(expression)
    context = Context(parsed, {}, now_ms(), may_fail=False)
    context.scope = Scope([events_relation("e", "events")])
    try:
        made = Selects(context).condition(parsed.tree)
    except RecursionError:
        raise QueryError("the condition is nested too deeply") from None
    finally:
        context.close()
    return Compiled(made.text, made.parameters)


def prepare(case: Case) -> None:
    """Make the functions that a condition may call known to a case's connection."""
    register(case.connection, Records(RecordReader(case)))
