"""Worker processes that read files ahead of the writer, or documents for who downloads them.

Plain child processes on pipes rather than a process pool: a pool's threads in this process would
contend with the writer for the interpreter at every row, and a child that only runs this module
starts in a tenth of a second. A worker ends when its standard input closes, so none outlives the
program, however that ends.
"""

import pickle
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import cycle, islice
from types import TracebackType
from typing import IO, NamedTuple, Self, cast

from trailtui.case.acquired import Acquired
from trailtui.case.coding import ActorRow, Vocabulary
from trailtui.collect.reading import Read
from trailtui.model.errors import CaseError

_LENGTH_BYTES = 8
_PIPE_BYTES = 1 << 20
"""As much as Linux gives without asking: a batch is a megabyte, and half of it goes in at once."""
_EARLY = 2
"""How many batches are small, one for each of the usual workers."""
_AHEAD = 2
"""Batches a worker is given at a time: one to work at, one to go on with."""


class Answer(NamedTuple):
    """What a worker made of a batch."""

    is_new: bool
    """Whether a new vocabulary begins with it."""
    texts: list[str]
    """What is new in the vocabulary of its documents."""
    actors: list[ActorRow]
    reads: list[Read]


def write_message(stream: IO[bytes], message: object) -> None:
    """Send one object: its length, then its pickle."""
    data = pickle.dumps(message, protocol=5)
    stream.write(len(data).to_bytes(_LENGTH_BYTES))
    stream.write(data)
    stream.flush()


def read_message(stream: IO[bytes]) -> object:
    """Receive one object; raises EOFError where the other side is gone."""
    head = stream.read(_LENGTH_BYTES)
    length = int.from_bytes(head)
    data = stream.read(length) if len(head) == _LENGTH_BYTES else b""
    if not data or len(data) < length:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from our own child process


class Workers:
    """Some worker processes of one case; a context manager that ends them."""

    def __init__(self, case_path: str, number: int) -> None:
        # -P: the folder we stand in may be evidence; nothing is to be imported from there
        command = [sys.executable, "-P", "-m", "trailtui.collect.worker", case_path]
        self._processes = [
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pipesize=_PIPE_BYTES
            )
            for _ in range(number)
        ]
        self._vocabularies = [Vocabulary() for _ in range(number)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.communicate()

    def read(self, batches: Iterable[Sequence[str]]) -> Generator[list[Read]]:
        """What the workers make of each batch of paths, in the order of the batches.

        Raises CaseError where a worker died; what it was given can be given again.
        """
        waiting = iter(batches)
        turns = cycle(range(len(self._processes)))
        answers = cycle(range(len(self._processes)))
        out = 0
        for batch in islice(waiting, _AHEAD * len(self._processes)):
            out += self._send(next(turns), batch)
        while out:
            yield self._receive(next(answers))
            out -= 1
            for batch in islice(waiting, 1):
                out += self._send(next(turns), batch)

    def ask(self, number: int, documents: Sequence[tuple[str, bytes]]) -> list[Acquired]:
        """What the worker of that number makes of documents, given as origin and bytes.

        One thread at a time may ask a worker. Raises CaseError where it died.
        """
        self._send(number, documents)
        return cast("list[Acquired]", self._receive(number))

    def _send(self, number: int, batch: Sequence[str] | Sequence[tuple[str, bytes]]) -> int:
        try:
            write_message(cast("IO[bytes]", self._processes[number].stdin), list(batch))
        except BrokenPipeError:
            raise _died() from None
        return 1

    def _receive(self, number: int) -> list[Read]:
        try:
            stream = cast("IO[bytes]", self._processes[number].stdout)
            answer = cast("Answer", read_message(stream))
        except EOFError:
            raise _died() from None
        if answer.is_new:
            self._vocabularies[number] = Vocabulary()
        vocabulary = self._vocabularies[number]
        vocabulary.texts += answer.texts
        vocabulary.actors += answer.actors
        for read in answer.reads:
            if isinstance(read, Acquired):
                read.coded.vocabulary = vocabulary
        return answer.reads


def _died() -> CaseError:
    return CaseError(
        "a worker process died while it read files (out of memory?)",
        cure="Run the same command again: it goes on where it stopped.",
    )


def batches_of(
    files: Iterable[tuple[str, int]], batch_bytes: int, batch_files: int = 64
) -> Iterator[list[tuple[str, int]]]:
    """Files (path, size) in batches of about so many bytes, in their order.

    The first ones are an eighth as large, so that the writer has something to do early.
    """
    batch: list[tuple[str, int]] = []
    held = made = 0
    for path, size in files:
        batch.append((path, size))
        held += size
        enough = batch_bytes // 8 if made < _EARLY else batch_bytes
        if held >= enough or len(batch) >= batch_files:
            yield batch
            batch, held, made = [], 0, made + 1
    if batch:
        yield batch
