"""The YAML documents of rule files, each with its lines; bounded, and without code."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

LARGEST_FILE = 2_000_000
"""Bytes of the largest rule file that is read."""
LARGEST_DOCUMENT = 100_000
"""Keys, values and items of the largest rule, once its references are written out."""
ENDINGS = (".yml", ".yaml")


@dataclass(slots=True)
class Document:
    """One rule as it stands in its file."""

    file: str
    line: int
    data: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict[str, int])
    """The line of each key, `detection.selection` and the like; the first two levels."""

    @property
    def sha256(self) -> str:
        """Of what the rule says, whatever its blanks and comments."""
        text = json.dumps(self.data, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()

    def place(self, *keys: str) -> str:
        """`file:line` of the first of these keys that there is, else of the rule."""
        line = next((self.lines[key] for key in keys if key in self.lines), self.line)
        return f"{self.file}:{line}"

    def place_of_text(self, text: str) -> str | None:
        """`file:line` of the first key that holds a text."""
        line = next((line for key, line in self.lines.items() if text in key), None)
        return None if line is None else f"{self.file}:{line}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is no document, and where."""

    where: str
    what: str


def rule_files(path: Path) -> list[Path]:
    """The file, or all rule files below a folder, sorted; links to folders are not followed."""
    if not path.is_dir():
        return [path]
    return sorted(
        found for found in path.rglob("*") if found.suffix.lower() in ENDINGS and found.is_file()
    )


def read_documents(path: Path) -> Iterator[Document | Fault]:
    """The documents of a file; what can't be read comes as a Fault."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            yield Fault(str(path), f"larger than {LARGEST_FILE:,} bytes")
            return
        text = content.decode("utf-8-sig")
    except OSError as error:
        yield Fault(str(path), f"can't be read: {error.strerror or error}")
        return
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        yield Fault(f"{path}:{line}", "is not UTF-8")
        return
    try:
        yield from _documents(text, str(path))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        yield Fault(f"{path}:{mark.line + 1 if mark else 1}", f"no YAML: {error.problem or error}")
    except yaml.reader.ReaderError as error:  # a character that YAML does not allow
        line = text.count("\n", 0, error.position) + 1
        yield Fault(f"{path}:{line}", f"no YAML: the character U+{ord(text[error.position]):04X}")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield Fault(str(path), f"no YAML: {str(error).splitlines()[0] if str(error) else error!r}")


def _documents(text: str, file: str) -> Iterator[Document | Fault]:
    loader = yaml.SafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                continue
            line = node.start_mark.line + 1
            _bound(node)
            data = cast("object", loader.construct_document(node))  # pyright: ignore[reportUnknownMemberType]
            if data is None:
                continue
            if not isinstance(data, dict):
                yield Fault(f"{file}:{line}", "this is no rule: it has no keys")
                continue
            lines: dict[str, int] = {}
            _note_lines(node, "", lines, 0)
            yield Document(file, line, cast("dict[str, Any]", data), lines)
    finally:
        loader.dispose()


def _bound(node: yaml.Node) -> None:
    """Refuse a document that its references (`*name`) make larger than LARGEST_DOCUMENT parts.

    With references to references a small file grows without bound, one to itself has no end.
    """
    sizes: dict[int, int | None] = {}

    def size_of(part: yaml.Node) -> int:
        known = sizes.get(id(part), 0)
        if known is None:
            _refuse(part, "a reference (*name) to what it stands in")
        if known:
            return known
        sizes[id(part)] = None
        size = 1 + sum(map(size_of, _children(part)))
        if size > LARGEST_DOCUMENT:
            _refuse(part, "references (*name) make it too large")
        sizes[id(part)] = size
        return size

    size_of(node)


def _refuse(part: yaml.Node, problem: str) -> NoReturn:
    raise yaml.MarkedYAMLError(problem=problem, problem_mark=cast("Any", part.start_mark))


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
        return [part for pair in pairs for part in pair]
    if isinstance(node, yaml.SequenceNode):
        return cast("list[yaml.Node]", node.value)
    return []


def _note_lines(node: yaml.Node, prefix: str, lines: dict[str, int], depth: int) -> None:
    if isinstance(node, yaml.SequenceNode) and depth < 4:
        for item in cast("list[yaml.Node]", node.value):
            _note_lines(item, prefix, lines, depth + 1)
    if not isinstance(node, yaml.MappingNode) or depth > 3:
        return
    for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        name = f"{prefix}{key.value}"
        lines.setdefault(name, key.start_mark.line + 1)
        _note_lines(value, f"{name}.", lines, depth + 1)
