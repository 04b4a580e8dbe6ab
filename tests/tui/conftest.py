"""Cases to look at, and a console to look at them with."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.records import record
from tests.tui.console import Console
from trailtui.case.file import Case
from trailtui.collect.files import collect_files
from trailtui.tui import app as app_module
from trailtui.tui.app import TrailtuiApp
from trailtui.tui.session import AwsOptions

HOSTILE = (
    "curl [/x] [bold red]a[b]c[/bold red]",
    "\x1b[2J\x1b]52;c;aGFja2Vk\x07\x1b[31mred",
    "user\u202egpj.exe\u2066x\u2069",
    "ad\u200bmin\u00a0\ufeff",
    "宽字符名字 한국어",
    "line\nbreak\ttab\rreturn",
    "'; DROP TABLE events; --",
    "=cmd|' /C calc'!A0",
)
"""Strings as an attacker would have them logged."""


def write_records(path: Path, records: list[dict[str, object]]) -> Path:
    import json

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Records": records}))
    return path


def make_case(path: Path, records: list[dict[str, object]], name: str = "trail.json") -> Path:
    """A case with these records."""
    with Case.create(path) as case:
        collect_files(case, [str(write_records(path.parent / "logs" / name, records))], workers=0)
    return path


def ordinary(number: int) -> dict[str, object]:
    """One of many records: every 10th fails, every 5th changes something."""
    changes: dict[str, object] = {"eventName": ("ListUsers", "GetUser", "ListRoles")[number % 3]}
    if number % 5 == 0:
        changes |= {"eventName": "CreateUser", "readOnly": False}
    if number % 10 == 3:
        changes |= {"errorCode": "AccessDenied", "errorMessage": "User may not do this"}
    return record(number, **changes)


@pytest.fixture
def alice(home: Path) -> Path:
    """A case of 700 events in the case folder."""
    return make_case(home / "alice.case", [ordinary(number) for number in range(700)])


@pytest.fixture
def hostile(home: Path) -> Path:
    """A case in which every text that is shown anywhere is hostile."""
    records: list[dict[str, object]] = []
    for number, text in enumerate(HOSTILE):
        records.append(
            record(
                number,
                eventName=text,
                eventSource=text,
                userAgent=text,
                sourceIPAddress=text,
                errorCode=text,
                errorMessage=text,
                awsRegion=text,
                userIdentity={"type": "IAMUser", "arn": text, "userName": text, "accountId": text,
                              "accessKeyId": text, "principalId": text},
                requestParameters={text: text, "nested": {text: [text, {text: text}]}},
            )
        )  # fmt: skip
    broken = home / "logs" / "[red]\x1b]0;title\x07.json"
    broken.parent.mkdir(parents=True, exist_ok=True)
    broken.write_text('{"Records": [{"eventName"')
    path = make_case(home / "hostile.case", records, name="[/x] trail.json")
    with Case.open(path) as case:
        collect_files(case, [str(broken)], workers=0)
    return path


Open = Callable[..., AbstractAsyncContextManager[Console]]


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the console on a case: `async with console(path, size=(80, 24)) as c:`."""
    monkeypatch.setattr(app_module, "REMEMBER_SECONDS", 0.001)
    monkeypatch.setenv("COLORTERM", "truecolor")

    @asynccontextmanager
    async def opened(
        path: Path | None, size: tuple[int, int] = (80, 24), aws: AwsOptions | None = None
    ) -> AsyncIterator[Console]:
        app = TrailtuiApp(path, aws or AwsOptions())
        async with app.run_test(size=size) as pilot:
            made = Console(app, pilot)
            await made.settle()
            yield made

    return opened
