"""Documents that share a vocabulary: each event gets its own, whatever else is loaded or not."""

import gzip
import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from tests.records import record
from trailtui.case.acquired import Acquired
from trailtui.case.coding import Vocabulary
from trailtui.case.events import page
from trailtui.case.file import Case
from trailtui.case.loading import Loader
from trailtui.collect.reading import acquire
from trailtui.collect.workers import Workers


def document(first: int, vocabulary: Vocabulary | None, count: int = 3) -> Acquired:
    """Records whose texts are partly their own, partly those of every document."""
    records = [
        record(
            number,
            userAgent=f"agent {number % 4}",
            sourceIPAddress=f"192.0.2.{number}",
            userIdentity={"type": "IAMUser", "arn": f"arn:aws:iam::1:user/{number % 5}"},
        )
        for number in range(first, first + count)
    ]
    data = json.dumps({"Records": records}).encode()
    return acquire(f"file {first}", data, hashlib.sha256(data).hexdigest(), vocabulary=vocabulary)


def told(case: Case) -> list[tuple[object, ...]]:
    """What the case says of its events."""
    rows = page(case, limit=500).rows
    return sorted((row.event_id, row.agent, row.ip, row.principal) for row in rows)


def texts(case: Case) -> set[str]:
    return {text for (text,) in case.connection.execute("SELECT text FROM strings")}


def actors(case: Case) -> list[str]:
    return sorted(arn for (arn,) in case.connection.execute("SELECT arn FROM actors"))


@given(st.lists(st.lists(st.integers(0, 11), max_size=3), max_size=5), st.integers(1, 3))
def test_any_order_and_any_gaps_give_what_documents_on_their_own_give(
    transactions: list[list[int]], vocabularies: int
) -> None:
    words = [Vocabulary() for _ in range(vocabularies)]
    coded = [document(n * 3, words[n % vocabularies]) for n in range(12)]
    with TemporaryDirectory() as folder:
        shared = Case.create(Path(folder) / "shared.case")
        alone = Case.create(Path(folder) / "alone.case")
        with shared, alone:
            loader = Loader(shared)
            for numbers in transactions:
                with shared.writing():
                    loader.begin()
                    for number in numbers:
                        loader.load(coded[number])
                for number in numbers:
                    load_alone(alone, document(number * 3, None))
            assert told(shared) == told(alone)
            assert texts(shared) <= texts(alone)
            assert actors(shared) == actors(alone)


def load_alone(case: Case, acquired: Acquired) -> None:
    with case.writing():
        loader = Loader(case)
        loader.begin()
        loader.load(acquired)


def test_another_writer_between_two_documents_moves_the_numbers(case: Case) -> None:
    words = Vocabulary()
    first, second = document(0, words), document(3, words)
    loader = Loader(case)
    with case.writing():
        loader.begin()
        loader.load(first)
    with case.reopen() as other:
        load_alone(other, document(100, None))
    with case.writing():
        loader.begin()
        loader.load(second)
    assert sorted(row[1:3] for row in told(case)) == sorted(
        (f"agent {n % 4}", f"192.0.2.{n}") for n in (0, 1, 2, 3, 4, 5, 100, 101, 102)
    )


def test_workers_send_each_text_once_and_documents_are_whole(case: Case, tmp_path: Path) -> None:
    paths: list[str] = []
    for number in range(6):
        path = tmp_path / f"{number}.json.gz"
        records = [record(number * 10 + n, userAgent=f"agent {n}") for n in range(5)]
        path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
        paths.append(str(path))
    with Workers(str(case.path), 2) as workers:
        answers = list(workers.read([path] for path in paths))
        mixed = workers.ask(0, [("origin", Path(paths[0]).read_bytes())])
    reads = [one for answer in answers for one in answer]
    assert all(isinstance(one, Acquired) for one in reads)
    vocabularies = {id(one.coded.vocabulary) for one in reads if isinstance(one, Acquired)}
    assert len(vocabularies) == 2
    assert mixed[0].coded.texts_grew[1] == len(mixed[0].coded.vocabulary.texts)
    with case.writing():
        loader = Loader(case)
        loader.begin()
        for one in reversed(reads):
            assert isinstance(one, Acquired)
            loader.load(one)
    agents = sorted(str(row.agent) for row in page(case, limit=100).rows)
    assert agents == sorted([f"agent {n}" for n in range(5)] * 6)
