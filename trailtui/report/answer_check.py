"""The kept answers of a bundle held against their own hashes and the action log."""

from itertools import zip_longest

import msgspec

from trailtui.report import layout
from trailtui.report.contents import Contents, LogLine
from trailtui.report.records import agrees

_LARGEST = 256 << 20
"""Bytes of answers.json that are looked into; the rows are read line by line."""


class _Answer(msgspec.Struct, frozen=True):
    number: int
    sha256: str
    rows: int
    columns: list[tuple[str, str]]
    file: str
    csv: str
    log_entry: int | None
    original: str | None = None


class AnswerChecks:
    """Holds answers.json, its files and the log against each other.

    `logged`: the log's entries of kind query; None where the log can't be believed.
    """

    def __init__(self, contents: Contents, logged: list[LogLine] | None) -> None:
        self._contents = contents
        self._logged = logged

    def check(self) -> None:
        """Say what does not fit."""
        contents = self._contents
        if layout.ANSWERS not in contents.readable:
            return
        if contents.members[layout.ANSWERS].size > _LARGEST:
            contents.say(layout.ANSWERS, "is too large to be looked into")
            return
        try:
            answers = msgspec.json.decode(contents.whole(layout.ANSWERS), type=list[_Answer])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            contents.say(layout.ANSWERS, f"can't be read: {error}")
            return
        listed: set[str] = set()
        for answer in answers:
            named = [answer.file, answer.csv, *([answer.original] if answer.original else [])]
            # each file once: a list that names one again and again would never be done with
            if len(listed | set(named)) != len(listed) + len(named):
                contents.say(layout.ANSWERS, f"names a file of answer {answer.number} twice")
                continue
            listed |= set(named)
            self._check_rows(answer, named)
        for file in contents.members:
            ours = file.startswith((layout.ANSWERS_FOLDER, layout.ORIGINAL_ANSWERS_FOLDER))
            if ours and file not in listed:
                contents.say(file, f"is of no answer in {layout.ANSWERS}")
        if self._logged is not None:
            self._check_log(answers, self._logged)

    def _check_rows(self, answer: _Answer, named: list[str]) -> None:
        contents = self._contents
        for file in named:
            if file not in contents.members:
                contents.say(file, f"is missing; {layout.ANSWERS} names it")
        kept = answer.original or answer.file
        if kept in contents.readable and contents.readable[kept] != answer.sha256:
            contents.say(kept, f"does not have the hash of answer {answer.number}")
        if answer.file in contents.readable:
            self._check_lines(answer)
            if answer.original and answer.original in contents.readable:
                self._compare_lines(answer.file, answer.original)

    def _check_lines(self, answer: _Answer) -> None:
        """As many rows as were kept, none wider than the columns."""
        say = self._contents.say
        number = 0
        for number, line in self._contents.lines(answer.file):
            width = _width(line)
            # narrower is no fault: an engine may leave the last columns out
            if width is None or width > len(answer.columns):
                say(answer.file, f"has a row {number} of another shape than its columns")
                return
        if number != answer.rows:
            say(answer.file, f"has {number} rows; {layout.ANSWERS} says {answer.rows}")

    def _compare_lines(self, file: str, original: str) -> None:
        """Each row must say what was kept, but for the secrets."""
        ours, kept = self._contents.lines(file), self._contents.lines(original)
        for one, other in zip_longest(ours, kept):
            if one is None or other is None or not agrees(one[1], other[1]):
                number = (one or other or (0, b""))[0]
                self._contents.say(file, f"says otherwise in row {number} than {original}")
                return

    def _check_log(self, answers: list[_Answer], logged: list[LogLine]) -> None:
        """Each answer is the one that the log has, and none of the log's is missing."""
        kept = {
            entry.seq: (entry.what.get("run"), entry.what.get("answer_sha256"))
            for entry in logged
            if "answer_sha256" in entry.what
        }
        here = {answer.log_entry: (answer.number, answer.sha256) for answer in answers}
        if len(here) != len(answers):
            self._contents.say(layout.ANSWERS, "names an entry of the log more than once")
        for seq, told in kept.items():
            if here.get(seq) != told:
                self._contents.say(
                    layout.ANSWERS,
                    f"does not have answer {told[0]} as entry {seq} of the log has it",
                )
        for seq, (number, _) in here.items():
            if seq not in kept:
                self._contents.say(layout.ANSWERS, f"has an answer {number} that the log lacks")


def _width(line: bytes) -> int | None:
    try:
        return len(msgspec.json.decode(line, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
