"""Reading a playbook's YAML: bounded, without code, and with the line of everything in it.

A playbook may come from anybody, so it is read in two passes. The first walks the parser's events,
which needs no recursion, and stops at an alias, too many nodes or too deep a nesting; only then is
the tree built. Aliases are refused altogether: a procedure needs none, and with them a small file
can grow without bound.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

import yaml

from trailtui.model.text import safe

LARGEST_FILE = 1_000_000
"""Bytes of the largest playbook that is read."""
MOST_NODES = 20_000
"""Keys, values and list items together."""
DEEPEST = 24
"""Levels of nesting; the format itself needs twelve."""

MERGE_TAG = "tag:yaml.org,2002:merge"

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where something is: keys and list positions from the top."""


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One thing that is wrong with a playbook."""

    file: str
    line: int
    """Counted from 1; 0 where the file as a whole is meant."""
    key: str
    """The key it is about, as a path: `phases[0].steps[2].run`; empty for the whole file."""
    message: str
    """What is wrong."""
    allowed: str
    """What may stand there; empty where that makes no sense."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        sentence = (
            f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"
        )
        return safe(f"{sentence}. Allowed: {self.allowed}." if self.allowed else f"{sentence}.")


@dataclass(slots=True)
class Source:
    """A YAML file as data, with the line of each key and value."""

    file: str
    text: str = ""
    data: object = None
    complaints: list[Complaint] = field(default_factory=list[Complaint])
    key_lines: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])

    @property
    def readable(self) -> bool:
        """Whether there is data to check further."""
        return self.data is not None

    def line(self, path: KeyPath) -> int:
        """The line of the key or item at `path`, or of the nearest thing that holds it."""
        while path and path not in self.key_lines:
            path = path[:-1]
        return self.key_lines.get(path, 1)

    def complain(self, path: KeyPath, message: str, allowed: str = "") -> None:
        """Note that something is wrong at `path`."""
        self.complaints.append(
            Complaint(self.file, self.line(path), written_path(path), message, allowed)
        )


def written_path(path: KeyPath) -> str:
    """`phases[0].steps[2].run`, from its parts."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def read_file(path: Path) -> Source:
    """Read the YAML file at `path`; what is wrong with it lies in the result's complaints."""
    source = Source(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        _complain_whole(source, f"can't be read: {error.strerror or error}")
        return source
    return read_bytes(content, str(path))


def read_bytes(content: bytes, file: str) -> Source:
    """The same for bytes that `file` names in complaints."""
    source = Source(file)
    if len(content) > LARGEST_FILE:
        _complain_whole(source, "is too large", f"at most {LARGEST_FILE:,} bytes")
        return source
    try:
        source.text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        source.complaints.append(Complaint(file, line, "", "is not UTF-8", "text in UTF-8"))
        return source
    _read_text(source)
    return source


def _read_text(source: Source) -> None:
    try:
        if not _within_bounds(source):
            return
        loader = yaml.SafeLoader(source.text)
        node = loader.get_single_node()
        if node is None:
            _complain_whole(source, "is empty", "a playbook")
            return
        _note_lines(source, node, ())
        if source.complaints:
            return
        construct = cast(Callable[[yaml.Node], object], loader.construct_document)  # pyright: ignore[reportUnknownMemberType]
        source.data = construct(node)
        if source.data is None:
            _complain_whole(source, "is empty", "a playbook")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = (error.problem or error.context or "can't be read").strip()
        line = mark.line + 1 if mark else 0
        source.complaints.append(Complaint(source.file, line, "", f"no YAML: {what}", ""))
    except yaml.reader.ReaderError as error:
        line = source.text.count("\n", 0, error.position) + 1
        source.complaints.append(
            Complaint(source.file, line, "", f"holds the character {error.character!r}", "text")
        )
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML makes numbers and dates of plain words: 2026-99-99 ends in a bare ValueError.
        reason = str(error).splitlines()[0]
        _complain_whole(source, f"holds a value that can't be read: {reason}")


def _within_bounds(source: Source) -> bool:
    """Walk the parser's events without building anything; complain and stop at a bound."""
    nodes = depth = documents = 0
    for event in yaml.parse(source.text, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message, allowed = "has an anchor or an alias", "each value written out where it stands"
        elif isinstance(event, yaml.DocumentStartEvent) and (documents := documents + 1) > 1:
            message, allowed = "holds a second document", "one playbook in one file"
        elif isinstance(event, yaml.NodeEvent) and (nodes := nodes + 1) > MOST_NODES:
            message, allowed = "holds too much", f"at most {MOST_NODES:,} keys and values"
        elif depth >= DEEPEST:
            message, allowed = "is nested too deep", f"at most {DEEPEST} levels"
        else:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            continue
        source.complaints.append(Complaint(source.file, line, "", message, allowed))
        return False
    return True


def _note_lines(source: Source, node: yaml.Node, path: KeyPath) -> None:
    source.key_lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(cast(list[yaml.Node], node.value)):
            _note_lines(source, item, (*path, position))
    elif isinstance(node, yaml.MappingNode):
        seen: dict[Hashable, int] = {}
        for key_node, value_node in cast(list[tuple[yaml.Node, yaml.Node]], node.value):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == MERGE_TAG:
                source.complaints.append(
                    Complaint(
                        source.file, line, written_path(path), "has a key that is no word", ""
                    )
                )
                continue
            key = str(key_node.value)
            here = (*path, key)
            if key in seen:
                source.complaints.append(
                    Complaint(
                        source.file, line, written_path(here),
                        f"stands twice, first in line {seen[key]}", "each key once",
                    )
                )  # fmt: skip
                continue
            seen[key] = line
            source.key_lines[here] = line
            _note_lines(source, value_node, here)


def _complain_whole(source: Source, message: str, allowed: str = "") -> None:
    source.complaints.append(Complaint(source.file, 0, "", message, allowed))


IDENTIFIER = re.compile(r"[a-z][a-z0-9-]*")
"""What ids of playbooks and steps look like."""
