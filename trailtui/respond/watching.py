"""Verifying again and again for a while: does what was done still hold?"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trailtui.case.file import Case
from trailtui.respond.settling import Outcome, Sleep, verify

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession


def watch(
    case: Case,
    aws: "AwsSession",
    *,
    seconds: float,
    every_s: float,
    sleep: Sleep = time.sleep,
) -> Iterator[list[Outcome]]:
    """The outcomes of one verification after another, `every_s` seconds apart, for `seconds`.

    Sends reading calls only. It sees what becomes of the actions, not what else is done in the
    account. Each round is logged.
    """
    waited = 0.0
    while True:
        yield verify(case, aws, sleep=sleep)
        if waited + every_s > seconds:
            return
        sleep(every_s)
        waited += every_s
