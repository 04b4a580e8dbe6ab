"""What a worker process runs: paths or bytes come in on standard input, documents go out.

Sending is a thread of its own, so that the next file is read while the writer is busy. A text or
an actor is sent once: the documents share a vocabulary, of which each answer has what is new.
"""

import gc
import signal
import sys
from queue import Queue
from threading import Thread
from typing import cast

from trailtui.case.coding import Vocabulary
from trailtui.collect.reading import FileReader, Read
from trailtui.collect.workers import Answer, read_message, write_message


def main() -> None:
    """Serve until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are the parent's to handle
    gc.disable()  # nothing here makes cycles, and looking for them costs a tenth of the time
    reader = FileReader(sys.argv[1])
    done: Queue[Answer] = Queue(maxsize=1)
    Thread(target=_send, args=(done,), daemon=True).start()
    vocabulary = Vocabulary()
    is_new = True
    while True:
        try:
            batch = cast("list[str] | list[tuple[str, bytes]]", read_message(sys.stdin.buffer))
        except EOFError:
            return
        if vocabulary.is_large:
            vocabulary, is_new = Vocabulary(), True
        texts, actors = len(vocabulary.texts), len(vocabulary.actors)
        reader.vocabulary = vocabulary
        reads = _read(reader, batch)
        done.put(Answer(is_new, vocabulary.texts[texts:], vocabulary.actors[actors:], reads))
        is_new = False


def _read(reader: FileReader, batch: list[str] | list[tuple[str, bytes]]) -> list[Read]:
    if batch and isinstance(batch[0], tuple):
        return [*reader.read_bytes(cast("list[tuple[str, bytes]]", batch))]
    return reader.read_all(cast("list[str]", batch))


def _send(done: "Queue[Answer]") -> None:
    try:
        while True:
            write_message(sys.stdout.buffer, done.get())
    except BrokenPipeError:
        return


if __name__ == "__main__":
    main()
