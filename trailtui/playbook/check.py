"""Checking playbooks: all that is wrong, each with file, line, key and what is allowed there."""

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from trailtui.playbook.document import Playbook, build
from trailtui.playbook.source import Complaint, KeyPath, Source, read_bytes, read_file

__all__ = ["Complaint", "check_playbook", "checked_bytes", "checked_file"]

SUFFIXES = (".yaml", ".yml")
_TYPE_WORDS = {
    "object": "keys with values",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def check_playbook(path: Path) -> list[Complaint]:
    """Everything that is wrong with the playbook at `path`, or with those in the folder `path`.

    In order of file and line; empty where all is well. A folder without a playbook, and two
    playbooks of one id in a folder, are complaints too. Never raises for what a file holds.
    """
    if not path.is_dir():
        return checked_file(path)[1]
    files = playbook_files(path)
    if not files:
        return [Complaint(str(path), 0, "", "holds no playbook", "a file NAME.yaml")]
    complaints: list[Complaint] = []
    first_of: dict[str, Path] = {}
    for file in files:
        playbook, found = checked_file(file)
        complaints += found
        if playbook is None:
            continue
        if playbook.id in first_of:
            complaints.append(
                Complaint(
                    str(file), 1, "id",
                    f"{playbook.id} is the id of {first_of[playbook.id].name} too",
                    "an id of its own",
                )
            )  # fmt: skip
        first_of.setdefault(playbook.id, file)
    return sorted(complaints)


def playbook_files(folder: Path) -> list[Path]:
    """The playbooks that lie in `folder` itself, by name."""
    return sorted(
        entry for entry in folder.iterdir() if entry.suffix in SUFFIXES and entry.is_file()
    )


def checked_file(path: Path) -> tuple[Playbook | None, list[Complaint]]:
    """The playbook at `path`, None where there is a complaint, and the complaints."""
    return _checked(read_file(path))


def checked_bytes(
    content: bytes, file: str, *, names: bool = True
) -> tuple[Playbook | None, list[Complaint]]:
    """The same for bytes; `file` is what complaints call them.

    Without `names`, queries and actions need not exist: a case from another version, whose
    library has others, can be read all the same.
    """
    return _checked(read_bytes(content, file), names=names)


def _checked(source: Source, *, names: bool = True) -> tuple[Playbook | None, list[Complaint]]:
    from trailtui.playbook.known import known_names
    from trailtui.playbook.rules import check_rules

    if source.readable:
        _check_schema(source)
        # The rules read what the schema has passed; on a malformed tree they would only stumble.
        if not source.complaints:
            check_rules(source, known_names() if names else None)
    if source.complaints:
        return None, sorted(source.complaints)
    playbook = build(
        cast(Mapping[str, Any], source.data),
        text=source.text,
        sha256=hashlib.sha256(source.text.encode()).hexdigest(),
        path=source.file,
    )
    return playbook, []


@functools.cache
def _schema() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "playbook.schema.json").read_text(encoding="utf-8")
    return cast(Mapping[str, Any], json.loads(text))


def _check_schema(source: Source) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

    validator: Any = Draft202012Validator(_schema())
    errors: Iterator[ValidationError] = validator.iter_errors(source.data)
    for error in errors:
        _complain(source, error)


def _complain(source: Source, error: Any) -> None:  # noqa: ANN401  (jsonschema is imported late)
    path: KeyPath = tuple(error.absolute_path)
    rule: Mapping[str, Any] = error.schema
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(rule.get("properties", {}))
            for key in instance:
                if key not in known:
                    source.complain((*path, key), "is no key of the format", ", ".join(known))
        case "required":
            for key in error.validator_value:
                if key not in instance and key in str(error.message):
                    source.complain(path, f"lacks {key}", ", ".join(rule.get("properties", {})))
        case "oneOf":
            kinds = [entry["required"][0] for entry in error.validator_value]
            named = [kind for kind in kinds if kind in instance]
            has = f"has {' and '.join(named)}" if named else "has none of what can be run"
            source.complain(path, has, f"exactly one of {', '.join(kinds)}")
        case "enum":
            words = ", ".join(error.validator_value)
            source.complain(path, f"{_shown(instance)} is not known", words)
        case "type":
            given = error.validator_value
            types = [given] if isinstance(given, str) else list(given)
            fallback = " or ".join(_TYPE_WORDS[word] for word in types)
            source.complain(path, f"is {_kind_of(instance)}", rule.get("description", fallback))
        case _:
            # propertyNames reports the map that holds the key; the key itself is the instance.
            if isinstance(instance, str) and "propertyNames" in error.absolute_schema_path:
                path = (*path, instance)
            allowed = rule.get("description", error.message)
            source.complain(path, f"can't be {_shown(instance)}", allowed)


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        size = len(cast("list[object] | dict[str, object]", value))
        return f"{_kind_of(cast('object', value))} with {size} entries"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kind_of(value: object) -> str:
    words: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (type(None), "empty"),
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "text"),
        (dict, "keys with values"),
        (list, "a list"),
    )
    for types, word in words:
        if isinstance(value, types):
            return word
    return f"a {type(value).__name__}"
