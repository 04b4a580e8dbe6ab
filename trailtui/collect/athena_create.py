"""Making a table over a trail's bucket, for whoever has none: the official columns, and partitions
that are reckoned instead of looked up.

Source: AWS CloudTrail User Guide and Amazon Athena User Guide, "Query AWS CloudTrail logs", with
partition projection; here over account, Region and day in one table. The account is injected: each
query has to name the accounts, which all of ours do, and no account is forgotten in a list.
"""

import re
from collections.abc import Sequence

from trailtui.collect.athena_table import plain_name
from trailtui.model.errors import InputError

_LOCATION = re.compile(
    r"s3://[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]/(?:[\w!.*()\-=]+/)*AWSLogs/(?:o-[a-z0-9]{10,32}/)?"
)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+")
FIRST_DAY = "2013/11/01"
"""CloudTrail began in November 2013."""

_TEXTS_FIRST = (
    "eventtime", "eventsource", "eventname", "awsregion", "sourceipaddress", "useragent",
    "errorcode", "errormessage", "requestparameters", "responseelements", "additionaleventdata",
    "requestid", "eventid", "readonly",
)  # fmt: skip
_TEXTS_THEN = (
    "eventtype", "apiversion", "managementevent", "recipientaccountid", "serviceeventdetails",
    "sharedeventid", "vpcendpointid", "vpcendpointaccountid", "eventcategory",
)  # fmt: skip
_SESSION_CONTEXT = (
    "struct<attributes:struct<mfaauthenticated:string,creationdate:string>,"
    "sessionissuer:"
    "struct<type:string,principalid:string,arn:string,accountid:string,username:string>,"
    "ec2roledelivery:string,sourceidentity:string,"
    "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>"
)
COLUMNS = {
    "eventversion": "string",
    "useridentity": (
        "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,"
        "accesskeyid:string,username:string,"
        "onbehalfof:struct<userid:string,identitystorearn:string>,"
        f"sessioncontext:{_SESSION_CONTEXT}>"
    ),
    **dict.fromkeys(_TEXTS_FIRST, "string"),
    "resources": "array<struct<arn:string,accountid:string,type:string>>",
    **dict.fromkeys(_TEXTS_THEN, "string"),
    "addendum": (
        "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>"
    ),
    "sessioncredentialfromconsole": "string",
    "edgedevicedetails": "string",
    "tlsdetails": "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
}
"""The official columns in their order, and `managementevent` and `sourceidentity` besides."""


def create_database(database: str) -> str:
    """The statement that makes a database, unless it is there."""
    return f"CREATE DATABASE IF NOT EXISTS `{plain_name(database, 'database')}`"


def create_table(database: str, table: str, location: str, regions: Sequence[str]) -> str:
    """The statement that makes a table over `s3://BUCKET/[PREFIX/]AWSLogs/[o-ID/]`.

    Raises InputError for a location or Region that is none.
    """
    root = checked_location(location)
    for region in regions:
        if not _REGION.fullmatch(region):
            raise InputError(f"{region!r} is no Region")
    name = f"`{plain_name(database, 'database')}`.`{plain_name(table, 'table')}`"
    properties = {
        "projection.enabled": "true",
        "projection.account.type": "injected",
        "projection.region.type": "enum",
        "projection.region.values": ",".join(sorted(set(regions))),
        "projection.timestamp.type": "date",
        "projection.timestamp.format": "yyyy/MM/dd",
        "projection.timestamp.interval": "1",
        "projection.timestamp.interval.unit": "DAYS",
        "projection.timestamp.range": f"{FIRST_DAY},NOW",
        "storage.location.template": f"{root}${{account}}/CloudTrail/${{region}}/${{timestamp}}",
    }
    columns = ",\n".join(f"  `{column}` {declared}" for column, declared in COLUMNS.items())
    told = ",\n".join(f"  '{key}'='{value}'" for key, value in properties.items())
    return (
        f"CREATE EXTERNAL TABLE {name} (\n{columns}\n)\n"
        "PARTITIONED BY (`account` string, `region` string, `timestamp` string)\n"
        "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n"
        "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n"
        "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n"
        f"LOCATION '{root}'\n"
        f"TBLPROPERTIES (\n{told}\n)"
    )


def checked_location(location: str) -> str:
    """The root of a trail's tree, with its final `/`. Raises InputError for anything else."""
    root = location if location.endswith("/") else f"{location}/"
    if not _LOCATION.fullmatch(root):
        raise InputError(
            f"{location!r} is no root of a trail's files",
            cure="Give s3://BUCKET/[PREFIX/]AWSLogs/ (of an organisation's trail, with its o-ID/).",
        )
    return root
