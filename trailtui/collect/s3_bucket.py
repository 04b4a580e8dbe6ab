"""One bucket as it is listed and read: folders, pages of objects, bytes. Counts its requests."""

import threading
from collections.abc import Iterator
from typing import Any

from trailtui.aws.errors import TooLarge
from trailtui.aws.session import AwsSession
from trailtui.case.packing import CONTENT_LIMIT
from trailtui.collect.s3_objects import Entry
from trailtui.collect.storing import Document
from trailtui.model.errors import InputError

MOST_FOLDERS = 20_000
"""Twice as many as an organisation can have accounts."""


class Bucket:
    """Reads one bucket with one set of credentials. Safe to share between threads."""

    def __init__(self, session: AwsSession, name: str, *, requester_pays: bool = False) -> None:
        self._session = session
        self._name = name
        self._paying: dict[str, Any] = {"RequestPayer": "requester"} if requester_pays else {}
        self._requests = 0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self._name

    @property
    def requests(self) -> int:
        """How many calls were made so far."""
        return self._requests

    @property
    def origins(self) -> str:
        """What the origins of all its objects begin with."""
        return self.origin("")

    def origin(self, key: str) -> str:
        """What an object is called in the case."""
        return f"s3://{self.name}/{key}"

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right under a prefix that ends with a slash or is empty.

        Raises a CallError of `trailtui.aws.errors`; InputError where there are more than a trail's
        bucket has, which someone may have put there.
        """
        found: list[str] = []
        for page in self._pages(Prefix=prefix, Delimiter="/"):
            for one in page.get("CommonPrefixes", ()):
                found.append(str(one["Prefix"])[len(prefix) : -1])
            if len(found) > MOST_FOLDERS:
                raise InputError(
                    f"more than {MOST_FOLDERS:,} folders lie here",
                    where=self.origin(prefix),
                    cure="Name the folder that is meant: s3://BUCKET/PREFIX/AWSLogs/...",
                )
        return found

    def objects(self, prefix: str) -> Iterator[list[Entry]]:
        """The objects whose keys begin with a prefix, a page for each request, in key order.

        Raises a CallError of `trailtui.aws.errors`.
        """
        for page in self._pages(Prefix=prefix):
            yield [
                Entry(str(one["Key"]), str(one.get("ETag", "")), int(one["Size"]))
                for one in page.get("Contents", ())
                if not (str(one["Key"]).endswith("/") and not one["Size"])
            ]

    def get(self, entry: Entry) -> Document:
        """An object's bytes as they are, and what S3 says of it. Raises a CallError.

        One that is too large to be taken is not asked for at all: TooLarge.
        """
        if entry.size > CONTENT_LIMIT:
            raise TooLarge(
                f"larger than {CONTENT_LIMIT >> 20} MiB ({entry.size:,} bytes), left where it is",
                where=self.origin(entry.key),
                code="TooLarge",
            )
        self._count()
        body, told = self._session.download(self.name, entry.key, **self._paying)
        return Document(self.origin(entry.key), body, told)

    def _pages(self, **parameters: object) -> Iterator[dict[str, Any]]:
        more: dict[str, object] = {}
        while True:
            self._count()
            page = self._session.read(
                "s3", "ListObjectsV2", Bucket=self._name, **parameters, **more, **self._paying
            ).values
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _count(self) -> None:
        with self._lock:
            self._requests += 1
