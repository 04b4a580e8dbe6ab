"""What the console holds open: the case, its lanes, the way to AWS, and whether it is armed."""

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trailtui.case.file import SUFFIX, Case
from trailtui.case.responder import current_responder
from trailtui.tui.doing import Doing
from trailtui.tui.gathering import Gathering
from trailtui.tui.lane import Lane
from trailtui.tui.polite_case import PoliteCase

if TYPE_CHECKING:
    from trailtui.aws.access import Access
    from trailtui.aws.identity import AwsIdentity
    from trailtui.aws.reach import Reach
    from trailtui.aws.session import AwsSession
    from trailtui.tui.detecting import DetectJob
    from trailtui.tui.following import FollowJob
    from trailtui.tui.interrupted import Interrupted
    from trailtui.tui.wanted import Wanted


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """How AWS is to be reached, as given on the command line; None leaves it to the profile."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @property
    def given(self) -> bool:
        """Whether any of them was given: the responder means to use AWS."""
        return any((self.profile, self.region, self.endpoint_url))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the top line says of the case at this moment."""

    armed: bool = False
    account: str = ""
    """Whose account the case is armed for, or whose the session is; empty while unknown."""
    arn: str = ""


class CaseSession:
    """An open case in the console."""

    def __init__(self, path: Path, options: AwsOptions) -> None:
        self.path = path
        self.options = options
        self.name = path.name.removesuffix(SUFFIX)
        self.owner = current_responder().name
        """Whose places (screen, filter, row) are remembered: `user@host`."""
        self.read = Lane(path, "read")
        """Pages and single records: quick."""
        self.slow = Lane(path, "slow")
        """Counts, summaries, verification; may be interrupted."""
        self.write = Lane(path, "write", is_quick=True)
        """Notes, pins, tags, judgements, places."""
        self.act = Lane(path, "aws", after=self.note_identity)
        """Everything that speaks to AWS; never interrupted."""
        polite = PoliteCase.opener(lambda: self.write.busy)
        self.collect = Lane(path, "collect", after=self.note_identity, open_case=polite)
        """The collect that runs in the background, for as long as it takes."""
        self.follow = Lane(path, "follow", after=self.note_identity, open_case=polite)
        """Following, for as long as it goes on."""
        self.reckon = Lane(path, "reckon", after=self.note_identity)
        """What a collect would cost: asks AWS, and nobody waits for it."""
        self.detect = Lane(path, "detect", open_case=polite)
        """Rules that run over the case, for as long as it takes."""
        self.detecting: DetectJob | None = None
        """The run of rules that goes on, or the last one."""
        self.gathering: Gathering | None = None
        """The collect that runs, or the last one until it was put away."""
        self.last_wanted: Wanted | None = None
        """What was looked up last: the same again goes on with it."""
        self.following: FollowJob | None = None
        self.interrupted: Interrupted | None = None
        """A collect that did not come to its end, and could be gone on with."""
        self.doing: dict[str, Doing] = {}
        """What else goes on and is waited for, by a word of whoever began it."""
        self.standing = Standing()
        self.step: str | None = None
        """The playbook step that pins and notes belong to; the step screen says which."""
        self.leaving = threading.Event()
        """Set when the case is being closed: what waits between two calls to AWS ends then."""
        self._aws: AwsSession | None = None
        self._accesses: dict[Reach, Access] = {}
        self._opening = threading.RLock()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes."""
        return (
            self.read, self.slow, self.write, self.act, self.collect, self.follow, self.reckon,
            self.detect,
        )  # fmt: skip

    @property
    def region(self) -> str:
        """The Region calls go to, as far as it is known without loading the AWS library."""
        return self._aws.region if self._aws is not None else self.options.region or ""

    def aws(self) -> "AwsSession":
        """The way to AWS, opened at the first use. Slow (it loads boto3): call it in a lane."""
        with self._opening:
            if self._aws is None:
                from trailtui.aws.session import AwsSession

                self._aws = AwsSession.open(
                    self.options.profile,
                    self.options.region,
                    self.options.endpoint_url,
                    case_id=self.name,
                )
            return self._aws

    def access(self, wanted: "Wanted") -> "Access":
        """The way into the accounts and Regions that are wanted; call it in a lane.

        The same one each time, so that what is enabled is asked once.
        """
        from trailtui.aws.access import Access

        reach = wanted.reach(f"trailtui-{self.name}")
        with self._opening:
            if reach not in self._accesses:
                self._accesses[reach] = Access(self.aws().collecting("lookup"), reach)
            return self._accesses[reach]

    def forget_aws(self) -> None:
        """Look for credentials anew at the next use: those there were are over, or refused."""
        with self._opening:
            self._aws = None
            self._accesses.clear()

    def identify(self, case: Case) -> "AwsIdentity":
        """Ask AWS who the session is; the action log names it from here on. Call it in `act`."""
        from trailtui.respond.arming import introduce

        return introduce(case, self.aws())

    @property
    def collecting(self) -> bool:
        """Whether a collect runs."""
        return self.gathering is not None and self.gathering.running

    @property
    def is_following(self) -> bool:
        """Whether what happens is followed."""
        return self.following is not None and self.following.running

    def stop_background(self) -> None:
        """Ask what runs in the background to end; it does so after what is at hand."""
        if self.gathering is not None:
            self.gathering.stop()
        if self.following is not None:
            self.following.stop()
        if self.detecting is not None:
            self.detecting.stop()

    def note_identity(self, case: Case) -> None:
        """Once AWS told who the session is, every lane's entries in the log name it."""
        if case.responder.aws_arn:
            for lane in self.lanes:
                lane.responder = case.responder

    def close(self) -> None:
        """End the lanes; waits for what they have begun. What was collected is kept."""
        self.leaving.set()
        self.stop_background()
        for lane in (self.read, self.slow):
            lane.stop_reading()
        for lane in self.lanes:
            lane.close()


def read_standing(case: Case) -> Standing:
    """Whether the case is armed now, and for whom, or else who AWS says the session is."""
    from trailtui.respond.arming import arming

    present = arming(case)
    if present is None:
        known = case.responder
        return Standing(False, known.aws_account or "", known.aws_arn or "")
    return Standing(True, present.account, present.arn)


def data_version(case: Case) -> int:
    """A number that changes when another connection commits to the case."""
    try:
        return int(case.connection.execute("PRAGMA data_version").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
