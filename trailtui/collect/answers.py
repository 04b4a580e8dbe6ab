"""Answers of AWS about its settings, kept as evidence that holds no events."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from trailtui.aws.errors import CallError
from trailtui.case.acquired import Acquired
from trailtui.case.coding import Coded
from trailtui.case.file import Case
from trailtui.case.loading import Loader, add_problems
from trailtui.case.packing import pack, unpack
from trailtui.collect.storing import Document, with_what_was_said

ANSWER = "answer"
"""The kind of such evidence."""


def keep_answers(
    case: Case,
    answers: Sequence[Document],
    refused: Iterable[tuple[str, CallError]],
    settled: Iterable[str] = (),
) -> int:
    """Keep what AWS answered as evidence, and what it refused as problems, in one transaction.

    Args:
        case: open for writing.
        answers: as they came.
        refused: what was asked, in words, and why there is no answer.
        settled: problems with these origins are over, as are those with an answer's own.
    Returns:
        how many answers are new.
    """
    new = 0
    over = [*settled, *(answer.origin for answer in answers)]
    with case.writing() as connection:
        loader = Loader(case)
        loader.begin()
        for answer in answers:
            new += not loader.load(_acquired(answer)).known
        connection.executemany(
            "DELETE FROM problems WHERE origin = ? AND evidence IS NULL",
            [(origin,) for origin in over],
        )
        for origin, error in refused:
            add_problems(case, origin, None, [(None, None, str(error))])
    return new


def _acquired(answer: Document) -> Acquired:
    unpacked = unpack(answer.body)
    acquired = Acquired(
        origin=answer.origin,
        sha256=sha256(answer.body).hexdigest(),
        kind=ANSWER,
        packing=unpacked.packing,
        size=len(answer.body),
        content_size=len(unpacked.content),
        chunks=list(pack(answer.body)),
        coded=Coded(),
        problems=[],
    )
    return with_what_was_said(acquired, answer)
