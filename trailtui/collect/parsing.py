"""Reading downloaded documents: in the thread that has them, and once there are many, elsewhere.

Unpacking and parsing cost more than downloading does. Worker processes take that off this one,
where the downloads, and the writer, have to share one interpreter.
"""

import threading
from collections.abc import Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from trailtui.case.acquired import Acquired
from trailtui.case.packing import pack
from trailtui.collect.files import WORKERS
from trailtui.collect.storing import Document, read_documents, with_what_was_said
from trailtui.collect.workers import Workers

WORTH_WORKERS_BYTES = 4 << 20
"""Below this, starting workers takes longer than the work."""


class Parsing:
    """A reader for run_fetches; a context manager that ends its workers. Safe between threads."""

    def __init__(self, case_path: str, *, workers: int = WORKERS) -> None:
        self._case_path = case_path
        self._number = workers
        self._left = WORTH_WORKERS_BYTES
        self._workers: Workers | None = None
        self._free: SimpleQueue[int] = SimpleQueue()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._workers is not None:
            self._workers.__exit__(kind, error, trace)

    def read(self, documents: Sequence[Document]) -> Sequence[Acquired]:
        """Unpack, parse and code documents, in their order. Raises CaseError: a worker died."""
        if not documents:
            return ()
        workers = self._workers_for(documents)
        if workers is None:
            return read_documents(documents)
        number = self._free.get()
        try:
            answers = workers.ask(number, [(one.origin, one.body) for one in documents])
        finally:
            self._free.put(number)
        return [
            _completed(acquired, document)
            for acquired, document in zip(answers, documents, strict=True)
        ]

    def _workers_for(self, documents: Sequence[Document]) -> Workers | None:
        with self._lock:
            self._left -= sum(len(document.body) for document in documents)
            if self._left > 0 or not self._number:
                return None
            if self._workers is None:
                self._workers = Workers(self._case_path, self._number)
                for number in range(self._number):
                    self._free.put(number)
            return self._workers


def _completed(acquired: Acquired, document: Document) -> Acquired:
    """With what did not have to travel: the bytes of a gzip file, what the source said."""
    if not acquired.chunks:
        acquired.chunks = list(pack(document.body))
    return with_what_was_said(acquired, document)
