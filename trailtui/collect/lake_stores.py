"""The event data stores of an account and Region, and the one that is meant."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trailtui.aws.errors import CallError, Refused
from trailtui.aws.session import AwsSession
from trailtui.model.errors import InputError

CLOSED = "CloudTrail Lake has taken no new customers since 2026-05-31"
"""CloudTrail User Guide, "CloudTrail Lake availability change"."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ARN = re.compile(rf"arn:[\w-]+:cloudtrail:([\w-]+):(\d{{12}}):eventdatastore/({_UUID.pattern})")
_CAN_BE_ASKED = ("ENABLED", "STOPPED_INGESTION", "STARTING_INGESTION", "STOPPING_INGESTION")
_NOT_FOR_YOU = ("OperationNotPermittedException", "UnsupportedOperationException")


@dataclass(frozen=True, slots=True)
class EventDataStore:
    """A store, and what it holds by nature."""

    arn: str
    region: str
    account: str
    id: str
    name: str = ""
    every_region: bool = True
    organization: bool = False
    status: str = "ENABLED"

    def __str__(self) -> str:
        return f"{self.name or self.id} ({self.arn}, {self.status})"


def stores_in(session: AwsSession) -> list[EventDataStore]:
    """The stores of the session's account and Region. Raises a CallError."""
    found: list[EventDataStore] = []
    more: dict[str, object] = {}
    while True:
        try:
            values = session.read("cloudtrail", "ListEventDataStores", **more).values
        except Refused as error:
            raise named(error) from None
        found += [_store(each) for each in values.get("EventDataStores", [])]
        if not values.get("NextToken"):
            return found
        more = {"NextToken": values["NextToken"]}


def look_at(session: AwsSession, arn_or_id: str) -> EventDataStore:
    """The store that is meant, as AWS describes it. Raises a CallError."""
    try:
        answer = session.read("cloudtrail", "GetEventDataStore", EventDataStore=arn_or_id)
    except Refused as error:
        raise named(error) from None
    return _store(answer.values)


def region_of(arn_or_id: str) -> tuple[str, str] | None:
    """Account and Region that an ARN names; None for a bare id. Raises InputError for neither."""
    if found := _ARN.fullmatch(arn_or_id):
        return found[2], found[1]
    if not _UUID.fullmatch(arn_or_id):
        raise InputError(
            f"{arn_or_id!r} is no event data store",
            cure="Give its ARN or its id (8-4-4-4-12 hexadecimal digits).",
        )
    return None


def the_store(stores: Sequence[EventDataStore]) -> EventDataStore:
    """The only one that can be asked; raises InputError where there is none, or several."""
    usable = [store for store in stores if store.status in _CAN_BE_ASKED]
    if len(usable) == 1:
        return usable[0]
    if usable:
        raise InputError(
            f"there are {len(usable)} event data stores: {'; '.join(map(str, usable))}",
            cure="Name one with --event-data-store.",
        )
    others = f" (none can be asked: {'; '.join(map(str, stores))})" if stores else ""
    raise InputError(
        f"there is no event data store{others}, and {CLOSED}",
        cure="Use lookup (90 days), s3, athena or insights.",
    )


def named(error: Refused) -> CallError:
    """The same error, saying so where it is Lake that is closed to the account."""
    if error.code not in _NOT_FOR_YOU and "new customer" not in error.what.lower():
        return error
    return Refused(
        f"{error.what.rstrip('.')}; {CLOSED}",
        where=error.where,
        cure="Where the account has no store from before, use lookup, s3, athena or insights.",
        code=error.code,
        status=error.status,
        request_id=error.request_id,
    )


def _store(told: Mapping[str, Any]) -> EventDataStore:
    arn = str(told.get("EventDataStoreArn", ""))
    found = _ARN.fullmatch(arn)
    if not found:
        raise InputError(f"AWS names an event data store {arn!r}, which is no ARN of one")
    return EventDataStore(
        arn,
        found[1],
        found[2],
        found[3],
        str(told.get("Name", "")),
        bool(told.get("MultiRegionEnabled", True)),
        bool(told.get("OrganizationEnabled", False)),
        str(told.get("Status", "ENABLED")),
    )
