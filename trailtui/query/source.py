"""A query's YAML file as data, with the line of everything in it; bounded, and without code."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

LARGEST_FILE = 200_000
"""Bytes of the largest query file that is read."""

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a file."""

    file: str
    line: int
    """Counted from 1; 0 for the file as a whole."""
    key: str
    message: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        allowed = f" Allowed: {self.allowed.rstrip('.')}." if self.allowed else ""
        return f"{place}:{key} {self.message.rstrip('.')}.{allowed}"


@dataclass(slots=True)
class Source:
    """What a file holds."""

    path: Path
    content: bytes = b""
    data: object = None
    lines: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    complaints: list[Complaint] = field(default_factory=list[Complaint])

    def complaint(self, path: KeyPath, message: str, allowed: str = "") -> Complaint:
        """What is wrong at a key, with the line it stands on."""
        nearest = path
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        key = ".".join(str(part) for part in path)
        return Complaint(str(self.path), self.lines.get(nearest, 1), key, message, allowed)


def read_source(path: Path) -> Source:
    """Read a file; what is wrong with its YAML lies in the result's complaints."""
    source = Source(path)
    try:
        with path.open("rb") as file:
            source.content = file.read(LARGEST_FILE + 1)
        if len(source.content) > LARGEST_FILE:
            raise ValueError(f"larger than {LARGEST_FILE:,} bytes")
        text = source.content.decode("utf-8")
        _refuse_references(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            raise ValueError("not a map of keys and values")
        _note_lines(source, root, ())
        if not source.complaints:
            source.data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        problem = error.problem or "no YAML"
        source.complaints.append(Complaint(str(path), line, "", f"no YAML: {problem}", ""))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        source.complaints.append(Complaint(str(path), 0, "", f"can't be read: {reason}", ""))
    return source


def _refuse_references(text: str) -> None:
    """Aliases let a small file grow without bound, and a query needs none."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise ValueError(f"line {line}: references (*name) are not allowed")


def _note_lines(source: Source, node: yaml.Node, path: KeyPath) -> None:
    if isinstance(node, yaml.MappingNode):
        pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
        for key, value in pairs:
            name = cast("Hashable", key.value)
            here = (*path, str(name))
            twice = here in source.lines
            source.lines[here] = key.start_mark.line + 1
            if twice:
                source.complaints.append(source.complaint(here, "this key stands here twice"))
            _note_lines(source, value, here)
    elif isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(cast("list[yaml.Node]", node.value)):
            source.lines[*path, at] = item.start_mark.line + 1
            _note_lines(source, item, (*path, at))
