"""What the caller of Athena must be allowed in S3 and Glue, since Athena acts with their rights.

Source: Athena User Guide, "Identity and access management": access to databases and tables in the
Glue Data Catalog, to the data in S3, and to the place where results go.
"""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from trailtui.sim import authorization, moto_trails
from trailtui.sim.engines.catalogue import Table
from trailtui.sim.engines.duck import QueryFailedError
from trailtui.sim.identity import Credential
from trailtui.sim.problems import ServiceError
from trailtui.sim.protocol import ApiCall
from trailtui.sim.world import World


def bucket_and_key(location: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key


class Rights:
    """What the caller may do besides; a missing right fails the query, not the call."""

    def __init__(self, world: World, call: ApiCall, caller: Credential) -> None:
        self._world = world
        self._call = call
        self._caller = caller

    @property
    def now(self) -> datetime:
        """The account's time."""
        return self._world.clock.now()

    def refusal(self, action: str, resource: str, bucket: str | None = None) -> str | None:
        """Why an action is refused, in AWS's words; None where it is allowed."""
        found = authorization.refused_on_behalf(
            self._call,
            self._caller,
            self._world.iam.view(self._caller.account),
            self._world.clock.now(),
            ("athena.amazonaws.com", action, resource, bucket),
        )
        if found is None:
            return None
        return (
            f"User: {self._caller.arn} is not authorized to perform: {action} on resource: "
            f"{resource} {found.why}"
        )

    def need(self, action: str, resource: str, bucket: str | None = None) -> None:
        """Raises QueryFailedError where no policy allows it."""
        why = self.refusal(action, resource, bucket)
        if why is not None:
            service = "Amazon S3" if bucket else "AWSGlue"
            raise QueryFailedError(
                f"Access denied: {why} (Service: {service}; Status Code: 403; Error Code: "
                f"{'AccessDenied' if bucket else 'AccessDeniedException'})"
            )

    def need_s3(self, action: str, bucket: str, key: str | None = None) -> None:
        """On a bucket or an object in it."""
        resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key is not None else "")
        self.need(f"s3:{action}", resource, bucket)

    def need_table(self, database: str, table: str) -> None:
        """To read a table's definition."""
        for resource in self._catalogue(database, table):
            self.need("glue:GetTable", resource)

    def need_change(self, tree: exp.Create | exp.Drop, database: str) -> None:
        """To make or drop a database or a table."""
        named = tree.find(exp.Table)
        what = "Database" if tree.kind in ("DATABASE", "SCHEMA") else "Table"
        verb = "Create" if isinstance(tree, exp.Create) else "Delete"
        name = (named.name or named.db).lower() if named is not None else ""
        within = (named.db or database).lower() if named is not None else database
        chosen = (name, None) if what == "Database" else (within, name)
        for resource in self._catalogue(*chosen):
            self.need(f"glue:{verb}{what}", resource)

    def need_source(self, table: Table) -> None:
        """To look up a table's place in the catalogue and to list what it is made of."""
        for resource in self._catalogue(table.database, None):
            self.need("glue:GetDatabase", resource)
        for resource in self._catalogue(table.database, table.name) if table.partitions else ():
            self.need("glue:GetPartitions", resource)
        self.need_s3("ListBucket", table.prefix()[0])

    def need_output(self, location: str, name: str) -> None:
        """To write a result.

        Raises:
            QueryFailedError: the bucket is not there or may not be written to.
        """
        bucket, prefix = bucket_and_key(location)
        if moto_trails.bucket_owner(bucket) is None:
            raise QueryFailedError(
                "The S3 location provided to save your query results is invalid: "
                f"{location} (the bucket does not exist)"
            )
        self.need_s3("GetBucketLocation", bucket)
        self.need_s3("PutObject", bucket, f"{prefix}{name}")

    def check_result(self, location: str) -> None:
        """GetQueryResults needs the right to read the result itself.

        Raises:
            ServiceError: the caller has not got it.
        """
        bucket, key = bucket_and_key(location)
        why = self.refusal("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", bucket)
        if why is not None:
            raise ServiceError("AccessDeniedException", why)

    def _catalogue(self, database: str, table: str | None) -> list[str]:
        base = f"arn:aws:glue:{self._call.region}:{self._caller.account}:"
        found = [f"{base}catalog", f"{base}database/{database}"]
        return [*found, f"{base}table/{database}/{table}"] if table else found
