"""The calls that are made in the invented organisation: about thirty that are frequent, each with
its parameters and its answer, and a long tail of reads that nobody notices."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.world import (
    ACCOUNT,
    Caller,
    Json,
    World,
    access_key,
    base64ish,
    hexadecimal,
    uuid,
)


@dataclass(frozen=True, slots=True)
class Call:
    """What a call says of itself."""

    parameters: Json | None = None
    answer: Json | None = None
    resources: tuple[Json, ...] = ()
    additional: Json | None = None


Making = Callable[[random.Random, World, str], Call]


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of call."""

    name: str
    source: str
    weight: float
    making: Making
    read_only: bool = True
    data: bool = False
    """A data event: an object or a function, not the configuration."""


def _nothing(_rng: random.Random, _world: World, _region: str) -> Call:
    return Call()


def _instances(rng: random.Random, world: World, _region: str) -> Call:
    if rng.random() < 0.35:
        token = base64ish(rng, 171) + "="
        return Call({"maxResults": 100, "instancesSet": {}, "nextToken": token})
    items = [{"instanceId": rng.choice(world.instances)} for _ in range(rng.randrange(1, 4))]
    filters = [{"name": "instance-state-name", "valueSet": {"items": [{"value": "running"}]}}]
    return Call({"instancesSet": {"items": items}, "filterSet": {"items": filters}})


def _volumes(rng: random.Random, _world: World, _region: str) -> Call:
    volume = "vol-" + hexadecimal(rng, 17)
    return Call({"volumeSet": {"items": [{"volumeId": volume}]}, "filterSet": {}})


def _network(rng: random.Random, _world: World, _region: str) -> Call:
    vpc = {"name": "vpc-id", "valueSet": {"items": [{"value": f"vpc-{rng.randrange(9):017x}"}]}}
    return Call({"filterSet": {"items": [vpc]}, "networkInterfaceIdSet": {}})


def _assume(rng: random.Random, world: World, region: str) -> Call:
    role, role_id = rng.choice(world.roles)
    name = f"{role}-{hexadecimal(rng, 8)}"
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    answer: Json = {
        "credentials": {
            "accessKeyId": access_key(rng, "ASIA"),
            "sessionToken": "IQoJb3JpZ2luX2Vj" + base64ish(rng, rng.randrange(700, 1060)) + "==",
            "expiration": "Mar 2, 2026, 6:21:04 PM",
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{role_id}:{name}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
        },
    }
    resource: Json = {"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": arn}
    parameters: Json = {
        "roleArn": arn,
        "roleSessionName": name,
        "durationSeconds": rng.choice((900, 3600)),
    }
    return Call(parameters, answer, (resource,), {"RequestDetails": {"awsServingRegion": region}})


def _object_key(rng: random.Random) -> str:
    """Half the calls go to a few thousand objects, the others to objects that are met once."""
    if rng.random() < 0.5:
        return f"current/{rng.randrange(3000):04d}.json"
    return f"2026/{rng.randrange(1, 13):02d}/part-{hexadecimal(rng, 12)}.parquet"


def _object(rng: random.Random, world: World, region: str) -> Call:
    bucket = world.buckets[min(rng.randrange(40), rng.randrange(40))]
    key = _object_key(rng)
    host = f"{bucket}.s3.{region}.amazonaws.com"
    resources: tuple[Json, ...] = (
        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
        {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
    )
    additional: Json = {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": 0,
        "SSEApplied": "Default_SSE_S3",
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": base64ish(rng, 75) + "=",
        "bytesTransferredOut": rng.randrange(400, 4_000_000),
    }
    return Call({"bucketName": bucket, "Host": host, "key": key}, None, resources, additional)


def _bucket(rng: random.Random, world: World, region: str) -> Call:
    call = _object(rng, world, region)
    bucket = str((call.parameters or {})["bucketName"])
    host = f"{bucket}.s3.{region}.amazonaws.com"
    return Call({"bucketName": bucket, "Host": host}, None, call.resources[1:], call.additional)


def _decrypt(rng: random.Random, world: World, region: str) -> Call:
    arn = rng.choice(world.keys).format(region=region)
    context = {"aws:ebs:id": "vol-" + hexadecimal(rng, 17)}
    if rng.random() < 0.5:
        context = {"aws:s3:arn": f"arn:aws:s3:::{rng.choice(world.buckets)}"}
    resource: Json = {"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": arn}
    parameters: Json = {"encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    return Call(parameters, None, (resource,))


def _data_key(rng: random.Random, world: World, region: str) -> Call:
    call = _decrypt(rng, world, region)
    arn = str(call.resources[0]["ARN"])
    context = (call.parameters or {})["encryptionContext"]
    return Call({"keyId": arn, "keySpec": "AES_256", "encryptionContext": context}, None,
                call.resources)  # fmt: skip


def _log_stream(rng: random.Random, _world: World, _region: str) -> Call:
    group = f"/aws/lambda/{rng.choice(('resize', 'notify', 'import', 'report'))}"
    stream = f"2026/03/02/[$LATEST]{hexadecimal(rng, 32)}"
    return Call({"logGroupName": group, "logStreamName": stream})


def _secret(rng: random.Random, _world: World, region: str) -> Call:
    name = f"prod/{rng.choice(('db', 'cache', 'queue'))}/{rng.randrange(40)}"
    arn = f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}"
    return Call({"secretId": arn, "versionStage": "AWSCURRENT"})


def _parameter(rng: random.Random, _world: World, _region: str) -> Call:
    name = f"/service/{rng.randrange(120)}/configuration"
    return Call({"name": name, "withDecryption": True})


def _document(rng: random.Random, world: World, _region: str) -> Call:
    instance = rng.choice(world.instances)
    return Call(
        {
            "instanceId": instance,
            "agentVersion": "3.3.2299.0",
            "agentStatus": "Active",
            "platformType": "Linux",
            "platformName": "Amazon Linux",
            "platformVersion": "2023",
            "iPAddress": f"10.0.{rng.randrange(256)}.{rng.randrange(256)}",
            "computerName": f"ip-10-0-{rng.randrange(256)}-{rng.randrange(256)}.ec2.internal",
        }
    )


def _role_named(rng: random.Random, world: World, _region: str) -> Call:
    return Call({"roleName": rng.choice(world.roles)[0]})


def _user_named(rng: random.Random, world: World, _region: str) -> Call:
    return Call({"userName": rng.choice(world.users).identity["userName"]})


def _run(rng: random.Random, world: World, region: str) -> Call:
    image = f"ami-{rng.randrange(20):017x}"
    instance = rng.choice(world.instances)
    item = {
        "instanceId": instance,
        "imageId": image,
        "instanceState": {"code": 0, "name": "pending"},
        "privateDnsName": f"ip-10-0-{rng.randrange(256)}-{rng.randrange(256)}.ec2.internal",
        "instanceType": "m7g.large",
        "launchTime": 1772409600000 + rng.randrange(86_400_000),
        "placement": {"availabilityZone": f"{region}a", "tenancy": "default"},
        "subnetId": f"subnet-{rng.randrange(30):017x}",
        "privateIpAddress": f"10.0.{rng.randrange(256)}.{rng.randrange(256)}",
        "architecture": "arm64",
        "clientToken": uuid(rng),
    }
    answer: Json = {
        "reservationId": "r-" + hexadecimal(rng, 17),
        "ownerId": ACCOUNT,
        "instancesSet": {"items": [item]},
    }
    wanted: Json = {"items": [{"imageId": image, "minCount": 1, "maxCount": 1}]}
    return Call({"instancesSet": wanted, "instanceType": "m7g.large"}, answer)


def _tags(rng: random.Random, world: World, _region: str) -> Call:
    tags = [{"key": "team", "value": "payments"}, {"key": "run", "value": hexadecimal(rng, 12)}]
    resources = {"items": [{"resourceId": rng.choice(world.instances)}]}
    return Call({"resourcesSet": resources, "tagSet": {"items": tags}}, {"_return": True})


def _invoke(rng: random.Random, _world: World, region: str) -> Call:
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{rng.choice(('resize', 'notify', 'import'))}"
    resource: Json = {"accountId": ACCOUNT, "type": "AWS::Lambda::Function", "ARN": arn}
    return Call({"functionName": arn, "invocationType": "RequestResponse"}, None, (resource,))


def _login(rng: random.Random, _world: World, region: str) -> Call:
    additional: Json = {
        "LoginTo": f"https://console.aws.amazon.com/console/home?region={region}",
        "MobileVersion": "No",
        "MFAUsed": rng.choice(("Yes", "No")),
    }
    return Call(None, {"ConsoleLogin": "Success"}, (), additional)


_FREQUENT = (
    Event("GetObject", "s3", 11, _object, data=True),
    Event("PutObject", "s3", 5, _object, read_only=False, data=True),
    Event("HeadObject", "s3", 2.5, _object, data=True),
    Event("DeleteObject", "s3", 0.8, _object, read_only=False, data=True),
    Event("Invoke", "lambda", 2, _invoke, read_only=False, data=True),
    Event("AssumeRole", "sts", 9, _assume),
    Event("GetCallerIdentity", "sts", 3, _nothing),
    Event("Decrypt", "kms", 9, _decrypt),
    Event("GenerateDataKey", "kms", 4, _data_key),
    Event("DescribeInstances", "ec2", 7, _instances),
    Event("DescribeInstanceStatus", "ec2", 2, _instances),
    Event("DescribeVolumes", "ec2", 2.5, _volumes),
    Event("DescribeNetworkInterfaces", "ec2", 2.5, _network),
    Event("DescribeSecurityGroups", "ec2", 2, _network),
    Event("DescribeSubnets", "ec2", 1.2, _network),
    Event("DescribeRouteTables", "ec2", 1, _network),
    Event("RunInstances", "ec2", 0.6, _run, read_only=False),
    Event("CreateTags", "ec2", 1, _tags, read_only=False),
    Event("UpdateInstanceInformation", "ssm", 5, _document, read_only=False),
    Event("GetParameter", "ssm", 3, _parameter),
    Event("GetSecretValue", "secretsmanager", 2.5, _secret),
    Event("CreateLogStream", "logs", 3, _log_stream, read_only=False),
    Event("DescribeLogGroups", "logs", 1, _log_stream),
    Event("GetBucketAcl", "s3", 1.5, _bucket),
    Event("GetBucketLocation", "s3", 1, _bucket),
    Event("ListBuckets", "s3", 0.6, _nothing),
    Event("GetRole", "iam", 1.5, _role_named),
    Event("ListAttachedRolePolicies", "iam", 1, _role_named),
    Event("GetUser", "iam", 0.6, _user_named),
    Event("ListAccessKeys", "iam", 0.5, _user_named),
    Event("ConsoleLogin", "signin", 0.1, _login, read_only=False),
)

_TAIL_SOURCES = (
    "autoscaling", "cloudformation", "cloudfront", "cloudtrail", "config", "dynamodb", "ecr",
    "ecs", "eks", "elasticache", "elasticfilesystem", "elasticloadbalancing", "events",
    "glue", "guardduty", "kinesis", "monitoring", "organizations", "rds", "route53",
    "sns", "sqs", "states", "tagging", "wafv2",
)  # fmt: skip
_TAIL_VERBS = ("Describe", "List", "Get", "Update", "Create", "Delete", "Batch")
_TAIL_NOUNS = ("Configuration", "Policies", "Tags", "Status", "Associations", "Versions")


def _tail() -> list[Event]:
    """Some thousand names, most of them rare: frequency falls as one over the rank."""
    shuffled = random.Random(7)
    names = [
        (source, f"{verb}{source.title()}{noun}")
        for source in _TAIL_SOURCES
        for verb in _TAIL_VERBS
        for noun in _TAIL_NOUNS
    ]
    shuffled.shuffle(names)
    return [
        Event(
            name,
            source,
            1.6 / rank,
            _role_named if rank % 3 else _nothing,
            read_only=name.startswith(("Describe", "List", "Get")),
        )
        for rank, (source, name) in enumerate(names, start=1)
    ]


EVENTS = (*_FREQUENT, *_tail())
_CUMULATIVE = list(accumulate(event.weight for event in EVENTS))

_DENIED = "is not authorized to perform: {source}:{name}"
_ERRORS = (
    (
        "AccessDenied",
        f"User: {{who}} {_DENIED} because no identity-based policy allows the {{source}}:{{name}} "
        "action",
    ),
    (
        "Client.UnauthorizedOperation",
        "You are not authorized to perform this operation. User: {who} "
        f"{_DENIED}. Encoded authorization failure message: {{code}}",
    ),
    ("ThrottlingException", "Rate exceeded"),
    ("ResourceNotFoundException", "The specified resource does not exist."),
    ("NoSuchEntityException", "The requested entity cannot be found."),
)


def choose_events(rng: random.Random, count: int) -> list[Event]:
    """`count` calls as frequent as they are."""
    return rng.choices(EVENTS, cum_weights=_CUMULATIVE, k=count)


def choose_error(rng: random.Random, event: Event, caller: Caller) -> tuple[str, str]:
    """Code and message of a call that failed."""
    code, message = rng.choice(_ERRORS)
    who = caller.identity.get("arn", caller.address)
    return code, message.format(
        who=who, source=event.source, name=event.name, code=base64ish(rng, 480)
    )
