"""Reading YAML: every line is known, and hostile files end in a complaint, quickly."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailtui.playbook.source import LARGEST_FILE, read_bytes, read_file


def complaints(text: str | bytes) -> list[tuple[int, str]]:
    content = text.encode() if isinstance(text, str) else text
    source = read_bytes(content, "p.yaml")
    assert source.complaints or source.readable
    return [(complaint.line, complaint.message) for complaint in source.complaints]


def test_lines_of_keys_and_items() -> None:
    source = read_bytes(b"a: 1\nb:\n  - c: 2\n    d: |\n      text\n  - e\n", "p.yaml")
    assert source.data == {"a": 1, "b": [{"c": 2, "d": "text\n"}, "e"]}
    assert source.line(("a",)) == 1
    assert source.line(("b", 0, "d")) == 4
    assert source.line(("b", 1)) == 6
    assert source.line(("b", 0, "missing")) == 3


def test_a_key_that_stands_twice_is_named_with_both_lines() -> None:
    assert complaints("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n") == [
        (5, "stands twice, first in line 3")
    ]


def test_all_duplicates_are_listed() -> None:
    assert [line for line, _ in complaints("a: 1\na: 2\nb: 1\nb: 2\n")] == [2, 4]


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for previous, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{previous}'] * 9)}]\n"
    assert complaints(bomb) == [(1, "has an anchor or an alias")]


def test_one_alias_is_enough() -> None:
    assert complaints("a: 1\nb: *a\n") == [(2, "has an anchor or an alias")]


def test_a_merge_key_is_no_word() -> None:
    assert complaints("a:\n  <<: {b: 1}\n") == [(2, "has a key that is no word")]


def test_deep_nesting_is_refused_without_recursion() -> None:
    assert complaints("[" * 5000) == [(1, "is nested too deep")]


def test_too_many_nodes() -> None:
    [(line, message)] = complaints("a:\n" + "  - x\n" * 30_000)
    assert message == "holds too much"
    assert line > 10_000


def test_too_large(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (LARGEST_FILE + 1))
    [complaint] = read_file(huge).complaints
    assert complaint.message == "is too large"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: [1\n", 3, "no YAML"),
        ("a: 1\n\tb: 2\n", 2, "no YAML"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "no YAML"),
        ("a: 1\n---\nb: 2\n", 2, "holds a second document"),
        ("", 0, "is empty"),
        ("# nothing\n", 0, "is empty"),
        ("a: 1\nb: \x00\n", 2, "holds the character"),
        ("a: 2026-99-99\n", 0, "holds a value that can't be read"),
        (f"a: {'9' * 5000}\n", 0, "holds a value that can't be read"),
        ("? [a]\n: 1\n", 1, "has a key that is no word"),
        (b"a: 1\nb: \xff\n", 2, "is not UTF-8"),
    ],
)
def test_what_can_not_be_read(text: str | bytes, line: int, message: str) -> None:
    [(found_line, found)] = complaints(text)
    assert found.startswith(message)
    assert found_line == line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    [complaint] = read_file(tmp_path / "none.yaml").complaints
    assert complaint.message == "can't be read: No such file or directory"


@given(st.text(alphabet="ab:-[]{}!&*<?|>'\"# \n\t0\x00\u202e", max_size=60))
def test_no_text_raises(text: str) -> None:
    complaints(text)


@given(st.binary(max_size=60))
def test_no_bytes_raise(content: bytes) -> None:
    complaints(content)
