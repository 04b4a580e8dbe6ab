"""boto3 clients for those who act in the account: unmodified but for a few headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import botocore.session
from botocore.config import Config

from trailtui.sim.dynamic import Dynamic
from trailtui.sim.identity import Credential
from trailtui.sim.pipeline import SOURCE_IP_HEADER


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    """One session for all actors: it caches the service models.

    Whatever the user's own AWS set-up says must not matter here.
    """
    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, "/nonexistent/config", None),
            "credentials_file": (None, None, "/nonexistent/credentials", None),
            "ca_bundle": (None, None, None, None),
        }
    )
    return session


@dataclass
class Actor:
    """Someone who makes calls with one credential from one place.

    Args:
        endpoint: the account's URL.
        credential: what the calls are signed with.
        source_ip: where the records say they came from; None: the real address.
        user_agent: what the records say made them; None: boto3's own.
        region: for the clients.
    """

    endpoint: str
    credential: Credential
    source_ip: str | None = None
    user_agent: str | None = None
    region: str = "us-east-1"
    _clients: dict[tuple[str, str], Dynamic] = field(
        default_factory=dict[tuple[str, str], Dynamic], repr=False
    )

    def client(self, service: str, region: str | None = None) -> Dynamic:
        """A boto3 client for a service, made once; it does not retry."""
        place = (service, region or self.region)
        if place not in self._clients:
            client: Dynamic = _session().create_client(
                service,
                region_name=place[1],
                endpoint_url=self.endpoint,
                aws_access_key_id=self.credential.id,
                aws_secret_access_key=self.credential.secret,
                aws_session_token=self.credential.token,
                config=Config(
                    user_agent=self.user_agent,
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    proxies={},
                    connect_timeout=10,
                    read_timeout=30,
                ),
            )
            client.meta.events.register("before-sign", self._say_where)
            self._clients[place] = client
        return self._clients[place]

    def with_credential(self, credential: Credential) -> Actor:
        """The same one, at the same place, with another credential."""
        return Actor(self.endpoint, credential, self.source_ip, self.user_agent, self.region)

    def _say_where(self, request: Dynamic, **_: Dynamic) -> None:
        if self.source_ip:
            request.headers[SOURCE_IP_HEADER] = self.source_ip
