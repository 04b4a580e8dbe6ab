"""What a worker process runs: paths or bytes come in on standard input, documents go out.

Sending is a thread of its own, so that the next file is read while the writer is busy.
"""

import gc
import signal
import sys
from queue import Queue
from threading import Thread
from typing import cast

from trailtui.collect.reading import FileReader
from trailtui.collect.workers import read_message, write_message


def main() -> None:
    """Serve until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are the parent's to handle
    gc.disable()  # nothing here makes cycles, and looking for them costs a tenth of the time
    reader = FileReader(sys.argv[1])
    done: Queue[object] = Queue(maxsize=1)
    Thread(target=_send, args=(done,), daemon=True).start()
    while True:
        try:
            batch = cast("list[str] | list[tuple[str, bytes]]", read_message(sys.stdin.buffer))
        except EOFError:
            return
        if batch and isinstance(batch[0], tuple):
            done.put(reader.read_bytes(cast("list[tuple[str, bytes]]", batch)))
        else:
            done.put(reader.read_all(cast("list[str]", batch)))


def _send(done: "Queue[object]") -> None:
    try:
        while True:
            write_message(sys.stdout.buffer, done.get())
    except BrokenPipeError:
        return


if __name__ == "__main__":
    main()
