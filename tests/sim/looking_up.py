"""Asking LookupEvents, page after page."""

from __future__ import annotations

from typing import Any

from tests.sim.laboratory import NOON
from trailtui.sim.account import SimulatedAccount


def client(account: SimulatedAccount, region: str = "us-east-1") -> Any:
    return account.actor(account.root, region=region).client("cloudtrail")


def everything(client: Any, **asked: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("lookup_events").paginate(**asked)
    return [event for page in pages for event in page["Events"]]


def ids(events: list[dict[str, Any]]) -> list[str]:
    # The questions are recorded themselves, at the time where the account's clock stands.
    return [e["EventId"] for e in events if e["EventTime"] < NOON]
