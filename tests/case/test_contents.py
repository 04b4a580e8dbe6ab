"""Content as far as it is needed is the beginning of all of it, however it was packed."""

import gzip

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.case.test_loading import load, trail
from tests.records import record
from trailtui.case.contents import Content
from trailtui.case.evidence import RecordReader
from trailtui.case.file import Case
from trailtui.case.packing import unpack

_PARTS = st.lists(st.binary(max_size=200).map(lambda part: part * 997), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    parts=_PARTS,
    ends=st.lists(st.integers(0, 400_000), max_size=5),
    cut=st.integers(0, 60),
    tail=st.sampled_from([b"", b"\0\0", b"no gzip"]),
)
def test_a_part_is_the_beginning_of_the_whole(
    parts: list[bytes], ends: list[int], cut: int, tail: bytes
) -> None:
    """One member or several, cut off, with something behind."""
    stored = b"".join(gzip.compress(part, mtime=0) for part in parts) + tail
    stored = stored[: len(stored) - cut]
    if stored[:2] != b"\x1f\x8b":
        return
    whole = unpack(stored).content
    content = Content(stored, len(whole), gzip=True)
    for end in ends:
        assert content.upto(end)[:end] == whole[:end]


def test_many_files_are_read_ahead_and_come_out_right(case: Case) -> None:
    made = [record(n) for n in range(60)]
    for at in range(0, 60, 2):
        load(case, trail(made[at : at + 2]), f"file{at}")
    rows = case.connection.execute(
        "SELECT evidence, offset, length FROM event_rows ORDER BY evidence, offset"
    ).fetchall()
    plain, told = RecordReader(case), RecordReader(case)
    for evidence, offset, length in rows[::5]:
        told.expect(evidence, offset + length)
    for reader, chosen in ((plain, rows), (told, rows[::5]), (told, rows[::-1])):
        for evidence, offset, length in chosen:
            read = reader.read(evidence, offset, length, in_string=False)
            fresh = RecordReader(case).read(evidence, offset, length, in_string=False)
            assert read == fresh
            assert read[:1] == b"{"
