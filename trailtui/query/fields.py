"""A column's value in SQLite's words, by where it lies in the case."""

from trailtui.case.object_calls import BUCKET, BYTES_IN, BYTES_OUT
from trailtui.model.record import TLS_MASK, TLS_SHIFT, TLS_VERSIONS, Flags
from trailtui.query.columns import NESTED, Column, Kind, Store
from trailtui.query.context import Context, Field, Value
from trailtui.query.fragment import Sql, bound, sql
from trailtui.query.records import Form, Path, Step, path_text

_EVENT_ID = (
    "CASE WHEN typeof({e}.event_id) = 'text' THEN {e}.event_id "
    "WHEN length({e}.event_id) = 16 THEN lower("
    "substr(hex({e}.event_id), 1, 8) || '-' || substr(hex({e}.event_id), 9, 4) || '-' || "
    "substr(hex({e}.event_id), 13, 4) || '-' || substr(hex({e}.event_id), 17, 4) || '-' || "
    "substr(hex({e}.event_id), 21, 12)) END"
)
NO_TIME = int(Flags.NO_TIME)
_TIME = f"CASE WHEN {{e}}.flags & {NO_TIME} = 0 THEN ({{e}}.id >> 31) * 1000 + {{e}}.millis END"
_WHOLE = (("field", "eventJson"),)


_OBJECTS_TOLD = int(Flags.OBJECTS_TOLD)
_OF_OBJECTS: dict[Path, int] = {
    (("field", "requestParameters"), ("key", "bucketName")): BUCKET,
    (("field", "additionalEventData"), ("key", "bytesTransferredIn")): BYTES_IN,
    (("field", "additionalEventData"), ("key", "bytesTransferredOut")): BYTES_OUT,
}
"""What is kept of records' maps beside them, by the path there."""


def key_of(field: Field) -> tuple[str, str] | None:
    """What the stored column of a field is known by; None where it lies in the record only."""
    if field.relation.is_events and field.column.store in (Store.CODED, Store.ACTOR):
        return field.relation.row, f"{field.column.store}.{field.column.held_in}"
    return None


def is_event_time(value: Value) -> bool:
    """Whether a value is the time of an event, as the case keeps it with the row."""
    field = value.field
    return field is not None and field.relation.is_events and field.column.store is Store.TIME


def value_of(context: Context, field: Field) -> Value:
    """A field as a value."""
    column = field.column
    key = key_of(field)
    if key is not None and key in context.replaced:
        return Value(context.replaced[key], column.kind, name=column.name)
    if not field.relation.is_events:
        return _of_subquery(field)
    row = field.relation.row
    store = column.store
    coded: Sql | None = None
    if store is Store.TIME:
        made = Sql(_TIME.replace("{e}", row))
    elif store is Store.DAY:
        time = Sql(_TIME.replace("{e}", row))
        made = sql("tt_time_shown('mysql', {}, {}, '')", bound(column.held_in), time)
    elif store is Store.EVENT_ID:
        made = Sql(f"({_EVENT_ID.replace('{e}', row)})")
    elif store is Store.FLAGS:
        known, true = (int(bit) for bit in column.held_in.split(","))
        made = Sql(
            f"CASE {row}.flags & {known | true} WHEN {known} THEN 0 WHEN {known | true} THEN 1 END"
        )
    elif store is Store.TLS:
        made = _tls(field)
    elif store is Store.CODED:
        made, coded = _coded(field)
    elif store is Store.ACTOR:
        made = _of_actor(field)
    else:
        made = _from_record(field, Form.JSON if column.kind in NESTED else Form.TEXT)
    return Value(made, column.kind, coded=coded, field=field, column=column, name=column.name)


def _of_subquery(field: Field) -> Value:
    relation, column = field.relation, field.column
    name = column.name.lower()
    made = relation.made.get(name) or Sql(f"{relation.row}.{relation.outputs[name]}")
    return Value(made, column.kind, field=field, column=column, name=column.name, zone=column.zone)


def _coded(field: Field) -> tuple[Sql, Sql | None]:
    row, column = field.relation.row, field.column
    text = f"(SELECT text FROM strings WHERE id = {row}.{column.held_in})"  # noqa: S608
    if column.held_in == "account":  # where there is none, the row holds the id of ''
        return Sql(f"nullif({text}, '')"), None
    if column.empty_is_null and not column.virtual:
        return sql(f"ifnull({text}, {{}})", _from_record(field, Form.TEXT)), None
    return Sql(text), Sql(f"{row}.{column.held_in}")


def _tls(field: Field) -> Sql:
    row = field.relation.row
    words = [f"'{version}'" if version else "NULL" for version in TLS_VERSIONS]
    known = " ".join(f"WHEN {at} THEN {word}" for at, word in enumerate(words, 1))
    rarely = _rarely(_from_record(field, Form.TEXT))
    return sql(f"CASE ({row}.flags >> {TLS_SHIFT}) & {TLS_MASK} {known} ELSE {{}} END", rarely)


def _rarely(record: Sql) -> Sql:
    return Sql(record.text.replace("tt_record(", "tt_rare_record("), record.parameters)


def _of_actor(field: Field) -> Sql:
    row, column = field.relation.row, field.column
    stored = f"(SELECT {column.held_in} FROM actors WHERE id = {row}.actor)"  # noqa: S608
    if column.kind is not Kind.TEXT:
        return Sql(stored)
    return sql(f"ifnull({stored}, {{}})", _from_record(field, Form.TEXT))


def _from_record(field: Field, form: Form) -> Sql:
    row = field.relation.row
    place = f"{row}.evidence, {row}.offset, {row}.length, {row}.flags"
    path = field.path[1:] if field.path[:1] == _WHOLE else field.path
    if path and path[0] == ("field", "userIdentity"):
        return sql(f"tt_identity({row}.actor, {place}, {{}}, '{form}')", bound(path_text(path)))
    made = sql(f"tt_record({place}, {{}}, '{form}')", bound(path_text(path)))
    which = _OF_OBJECTS.get(path) if form in (Form.TEXT, Form.SCALAR) else None
    if which is None:
        return made
    held = f"tt_object({row}.evidence, {row}.offset, {which})"
    return sql(f"CASE WHEN {row}.flags & {_OBJECTS_TOLD} THEN {held} ELSE {{}} END", _rarely(made))


def descend(context: Context, value: Value, step: Step, column: Column, form: Form) -> Value:
    """What stands one step below a nested value."""
    if value.field is not None and value.field.relation.is_events:
        field = Field(value.field.relation, column, (*value.field.path, step))
        context.narrow(value.field, field)
        if step[0] == "field":
            return value_of(context, field)
        return Value(
            _from_record(field, form), column.kind, field=field, column=column, name=column.name
        )
    if value.field is not None and (value.field.relation.row, str(step[1])) in context.replaced:
        made = context.replaced[value.field.relation.row, str(step[1])]
    elif step[0] == "field":
        kind = "json" if column.kind in NESTED else str(column.kind)
        made = sql(f"tt_read({{}}, {{}}, '{kind}')", value.sql, bound(path_text((step,))))
    else:
        made = sql(f"tt_json({{}}, {{}}, '{form}')", value.sql, bound(path_text((step,))))
    return Value(made, column.kind, value.constant, column=column, name=column.name)


def below(field: Field, steps: tuple[Step, ...], form: Form) -> Sql:
    """What stands some steps below a nested field of a record."""
    column = Column(field.column.name if not steps else "")
    return _from_record(Field(field.relation, column, (*field.path, *steps)), form)
