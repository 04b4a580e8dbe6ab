"""The invented organisation whose trail is generated: who acts in it, from where, on what.

Everything follows from the seed, so that two runs write the same bytes.
"""

import hashlib
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

ACCOUNT = "493817264051"
REGIONS = (("us-east-1", 0.45), ("eu-west-1", 0.30), ("us-west-2", 0.15), ("eu-central-1", 0.10))
FIRST_SECOND = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
SESSIONS_PER_HOUR = 60

Json = dict[str, object]

_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ID_LETTERS = "0123456789abcdef"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FIRST = ("ana", "björn", "chidi", "dora", "emil", "fatima", "goran", "hana", "ivo", "jun", "kofi")
_LAST = ("okafor", "lindqvist", "moreau", "tanaka", "silva", "novak", "haddad", "keller", "rossi")
_TEAMS = ("payments", "search", "ingest", "media", "platform", "billing", "identity", "reports")
_PARTS = ("api", "worker", "deploy", "backup", "scaler", "monitor", "etl", "builder")
_SERVICES = (
    "ec2.amazonaws.com", "autoscaling.amazonaws.com", "lambda.amazonaws.com",
    "config.amazonaws.com", "cloudtrail.amazonaws.com", "eks.amazonaws.com",
    "backup.amazonaws.com", "elasticloadbalancing.amazonaws.com",
)  # fmt: skip
_AGENTS = (
    "aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/{api}#1.210.1"
    " m/E,g",
    "aws-cli/2.25.6 md/awscrt#0.25.4 ua/2.1 os/linux#6.1.129 md/arch#x86_64 lang/python#3.12.9",
    "Boto3/1.37.23 md/Botocore#1.37.23 ua/2.1 os/linux#5.10.234 md/arch#x86_64 Botocore/1.37.23",
    "aws-sdk-java/2.31.9 md/io#sync ua/2.1 os/Linux#6.8.0-1024-aws lang/java#21.0.6 m/D",
    "APN/1.0 HashiCorp/1.0 Terraform/1.11.3 (+https://www.terraform.io)"
    " terraform-provider-aws/5.93.0 aws-sdk-go-v2/1.36.3 os/linux lang/go#1.23.7 api/{api}#1.41.2",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/134.0.0.0 Safari/537.36",
    "aws-sdk-js/3.777.0 ua/2.1 os/linux#5.10.233 lang/js md/nodejs#22.14.0 api/{api}#3.777.0"
    " exec-env/AWS_Lambda_nodejs22.x m/E,e",
    "kube-controller-manager/v1.32.1 (linux/arm64) kubernetes/4c9411a aws-sdk-go/1.55.6"
    " (go1.23.4; linux; arm64) cloud-provider-aws",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone who makes calls: the userIdentity, and what goes with it."""

    identity: Json
    address: str
    agent: str
    by_service: bool = False


@dataclass(slots=True)
class World:
    """What exists in the account."""

    seed: int
    users: list[Caller] = field(default_factory=list[Caller])
    services: list[Caller] = field(default_factory=list[Caller])
    roles: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Name and unique id."""
    buckets: list[str] = field(default_factory=list[str])
    keys: list[str] = field(default_factory=list[str])
    """ARNs of KMS keys."""
    instances: list[str] = field(default_factory=list[str])
    addresses: list[str] = field(default_factory=list[str])
    _hours: dict[int, list[Caller]] = field(default_factory=dict[int, list[Caller]])

    def sessions(self, hour: int) -> list[Caller]:
        """The role sessions that began in that hour; a session lives for an hour."""
        found = self._hours.get(hour)
        if found is None:
            rng = seeded(self.seed, "sessions", hour)
            found = [_session(self, rng, hour) for _ in range(SESSIONS_PER_HOUR)]
            self._hours[hour] = found
        return found


def seeded(seed: int, *what: object) -> random.Random:
    """A generator of its own for each thing, whatever was generated before."""
    text = ":".join(map(str, (seed, *what)))
    return random.Random(hashlib.sha256(text.encode()).digest())


def build_world(seed: int) -> World:
    """Users, roles, buckets and machines of the account."""
    rng = seeded(seed, "world")
    world = World(seed)
    world.addresses = [address(rng) for _ in range(180)]
    for number in range(36):
        name = f"{_FIRST[number % 11]}.{_LAST[number // 4]}"
        world.users.append(_user(world, rng, name if number % 3 else f"svc-{_TEAMS[number % 8]}"))
    world.roles = [
        (f"{team}-{part}", "AROA" + letters(rng, _KEY_LETTERS, 17))
        for team in _TEAMS
        for part in _PARTS
    ]
    world.buckets = [
        f"{team}-{kind}-{letters(rng, _ID_LETTERS, 8)}"
        for team in _TEAMS
        for kind in ("logs", "uploads", "artifacts", "exports", "data")
    ]
    world.keys = [f"arn:aws:kms:{{region}}:{ACCOUNT}:key/{uuid(rng)}" for _ in range(24)]
    world.instances = ["i-" + letters(rng, _ID_LETTERS, 17) for _ in range(400)]
    world.services = [
        Caller({"type": "AWSService", "invokedBy": name}, name, name, by_service=True)
        for name in _SERVICES
    ]
    return world


def letters(rng: random.Random, alphabet: str, count: int) -> str:
    """A random word."""
    return "".join(rng.choices(alphabet, k=count))


def base64ish(rng: random.Random, count: int) -> str:
    """Characters that compress as badly as real tokens do."""
    return letters(rng, _BASE64, count)


def hexadecimal(rng: random.Random, count: int) -> str:
    """`count` hexadecimal digits."""
    return f"{rng.getrandbits(count * 4):0{count}x}"


def access_key(rng: random.Random, prefix: str) -> str:
    """An access key id: AKIA… or ASIA…"""
    return prefix + letters(rng, _KEY_LETTERS, 16)


def uuid(rng: random.Random) -> str:
    """A random (version 4) UUID."""
    text = hexadecimal(rng, 32)
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def address(rng: random.Random) -> str:
    """An IPv4 address, now and then an IPv6 one; private ranges included."""
    if rng.random() < 0.06:
        return "2a05:d018:" + ":".join(hexadecimal(rng, 4) for _ in range(6))
    first = rng.choice((3, 10, 18, 34, 52, 54, 81, 172, 185, 203))
    return f"{first}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _user(world: World, rng: random.Random, name: str) -> Caller:
    identity: Json = {
        "type": "IAMUser",
        "principalId": "AIDA" + letters(rng, _KEY_LETTERS, 17),
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": access_key(rng, "AKIA"),
        "userName": name,
    }
    if rng.random() < 0.2:
        identity["sessionContext"] = {
            "attributes": {
                "creationDate": _written(FIRST_SECOND - rng.randrange(3600)),
                "mfaAuthenticated": "true",
            }
        }
    return Caller(identity, rng.choice(world.addresses), rng.choice(_AGENTS))


def _session(world: World, rng: random.Random, hour: int) -> Caller:
    role, role_id = world.roles[min(rng.randrange(64), rng.randrange(64))]
    on_machine = rng.random() < 0.45
    name = rng.choice(world.instances) if on_machine else _session_name(rng, role)
    began = FIRST_SECOND + hour * 3600 - rng.randrange(1800)
    context: Json = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role_id,
            "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
            "accountId": ACCOUNT,
            "userName": role,
        },
        "attributes": {"creationDate": _written(began), "mfaAuthenticated": "false"},
    }
    if on_machine:
        context["ec2RoleDelivery"] = "2.0"
    identity: Json = {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{name}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": access_key(rng, "ASIA"),
        "sessionContext": context,
    }
    if rng.random() < 0.12:
        service = rng.choice(_SERVICES)
        return Caller({**identity, "invokedBy": service}, service, service)
    return Caller(identity, rng.choice(world.addresses), rng.choice(_AGENTS))


def _session_name(rng: random.Random, role: str) -> str:
    kind = rng.randrange(3)
    if kind == 0:
        return f"{role}-{hexadecimal(rng, 8)}"
    if kind == 1:
        return f"botocore-session-{rng.randrange(1_772_000_000, 1_773_000_000)}"
    return f"aws-go-sdk-{rng.randrange(1 << 60, 1 << 61)}"


def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
