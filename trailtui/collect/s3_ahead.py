"""Downloading objects ahead of whoever takes them, in their order and within a bound of memory."""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from time import monotonic

from trailtui.collect.running import Stop
from trailtui.collect.s3_objects import Entry, Objects
from trailtui.collect.storing import Document
from trailtui.model.errors import TrailtuiError

WINDOW_OBJECTS = 32
WINDOW_BYTES = 8 << 20
"""What is on its way at a time, by the sizes that were listed; one larger object goes alone."""
_TICK_SECONDS = 0.1
_GRACE_SECONDS = 5.0
"""How long downloads that have begun are waited for once it is time to stop."""

Outcome = Document | TrailtuiError


def outcomes(
    threads: ThreadPoolExecutor, bucket: Objects, entries: Sequence[Entry], stop: Stop
) -> Generator[tuple[Entry, Outcome]]:
    """Each object with its document or why it could not be had.

    Ends early where `stop` says so, with those whose download had begun.
    """
    to_ask = deque(entries)
    waiting: deque[tuple[Entry, Future[Outcome]]] = deque()
    held = 0
    try:
        while to_ask or waiting:
            while to_ask and not stop() and _has_room(len(waiting), held + to_ask[0].size):
                entry = to_ask.popleft()
                held += entry.size
                waiting.append((entry, threads.submit(_get, bucket, entry)))
            if not waiting:
                return
            entry, future = waiting[0]
            outcome = _result(future, stop)
            if outcome is None:
                break
            waiting.popleft()
            held -= entry.size
            yield entry, outcome
        yield from _begun(waiting)
    finally:
        for _, future in waiting:
            future.cancel()


def _begun(
    waiting: "deque[tuple[Entry, Future[Outcome]]]",
) -> Generator[tuple[Entry, Outcome]]:
    """Those whose download has begun: they are paid for, and are taken if they end soon."""
    begun = [(entry, future) for entry, future in waiting if not future.cancel()]
    until = monotonic() + _GRACE_SECONDS
    for entry, future in begun:
        with suppress(NotYet):
            yield entry, future.result(max(0.0, until - monotonic()))


def _has_room(number: int, size: int) -> bool:
    return not number or (number < WINDOW_OBJECTS and size <= WINDOW_BYTES)


def _get(bucket: Objects, entry: Entry) -> Outcome:
    try:
        return bucket.get(entry)
    except TrailtuiError as error:
        return error


def _result(future: "Future[Outcome]", stop: Stop) -> Outcome | None:
    """What a download gave; None where it is not waited for any longer."""
    while not stop():
        try:
            return future.result(_TICK_SECONDS)
        except NotYet:
            pass
    return None
