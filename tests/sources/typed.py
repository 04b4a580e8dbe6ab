"""The commands of sources as they are typed, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.sources.scene import Scene
from tests.sources.sources import Source
from trailtui.case.file import Case, locate_case
from trailtui.cli.main import main
from trailtui.sim.identity import Credential


def run(*arguments: str) -> int:
    """Run the program; gives its exit code."""
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def collect(case: str, scene: Scene, source: Source) -> int:
    """Collect the scene's time from one source."""
    return run("collect", case, source.name, *scene.span, *source.words, "--yes")


def work_as(credential: Credential, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program find a credential, and the account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credential.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credential.secret)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("TRAILTUI_AWS_ENDPOINT", scene.endpoint)
    monkeypatch.setattr("trailtui.collect.pacing.Pacer.wait", lambda *_, **__: True)


@contextmanager
def opened(case: str) -> Iterator[Case]:
    """A case by its name, to look into."""
    with Case.open(locate_case(case), readonly=True) as found:
        yield found
