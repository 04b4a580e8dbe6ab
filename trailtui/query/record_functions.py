"""The functions of a rewritten query that look into the case: its records and its texts."""

from collections.abc import Callable
from typing import Any

from trailtui.query.records import FORMS, Records, path_of

Text = str | None
Functions = dict[str, tuple[int, Callable[..., Any]]]
"""Name, number of arguments, and what is called."""

RECORD_FUNCTIONS = ("tt_record", "tt_rare_record", "tt_identity")
"""Those that may stand inside TRY(…)."""
STORED_FUNCTIONS = ("tt_json", "tt_stored", "tt_texts", "tt_holds", "tt_expected", "tt_object")


def record_functions(records: Records) -> Functions:
    """What stands in the record at a place."""

    def record(
        evidence: int | None, offset: int, length: int, flags: int, path: str, form: str
    ) -> Text:
        return records.value(evidence, offset, length, flags, path_of(path), FORMS[form])

    def identity(
        actor: int | None, evidence: int, offset: int, length: int, flags: int, path: str, form: str
    ) -> Text:
        return records.identity_value(
            actor, evidence, offset, length, flags, path_of(path), FORMS[form]
        )

    # rare: where nearly every row has its value without a record, so the order of the files and
    # reading apart would gain nothing
    return {
        "tt_record": (6, record),
        "tt_rare_record": (6, record),
        "tt_identity": (7, identity),
    }


def stored_functions(records: Records) -> Functions:
    """What is looked up once for a group, and what is known of records before they are decoded."""

    def texts(numbers: Text, separator: Text) -> Text:
        """The texts of some numbers, sorted and joined."""
        if numbers is None or separator is None:
            return None
        return separator.join(sorted(str(records.stored(int(each))) for each in numbers.split()))

    return {
        "tt_stored": (1, records.stored),
        "tt_texts": (2, texts),
        "tt_holds": (5, records.holds),
        "tt_expected": (2, records.expect),
        "tt_object": (3, records.objects.value),
    }


class Numbers:
    """The numbers of texts, to be looked up when all are known; NULL where there is no row."""

    def __init__(self) -> None:
        self._numbers: list[str] | None = None

    def step(self, number: int | None) -> None:
        self._numbers = self._numbers or []
        if number is not None:
            self._numbers.append(str(number))

    def finalize(self) -> Text:
        return None if self._numbers is None else " ".join(self._numbers)
