"""The columns of an event data store, as documented.

Source: CloudTrail User Guide, "Supported SQL schemas for event data stores". Left out, so that a
query fails that asks for them: inscopeof's credentialsissuedto, which the page spells otherwise,
and eventjsonchecksum, of which it does not say what it is.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp

_ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>"
_FEDERATION = "struct<federatedprovider:string,attributes:map<string,string>>"
_SESSION = (
    "struct<attributes:struct<creationdate:timestamp,mfaauthenticated:string>,"
    f"sessionissuer:{_ISSUER},webidfederationdata:{_FEDERATION},"
    "sourceidentity:string,ec2roledelivery:string,ec2issuedinvpc:string>"
)
_IDENTITY = (
    "struct<type:string,principalid:string,arn:string,accountid:string,accesskeyid:string,"
    f"username:string,sessioncontext:{_SESSION},"
    "onbehalfof:struct<userid:string,identitystorearn:string>,"
    "inscopeof:struct<sourcearn:string,sourceaccount:string,issuertype:string>,"
    "invokedby:string,identityprovider:string>"
)
_DECLARED = {
    "eventversion": "string",
    "useridentity": _IDENTITY,
    "eventtime": "timestamp",
    "eventsource": "string",
    "eventname": "string",
    "awsregion": "string",
    "sourceipaddress": "string",
    "useragent": "string",
    "errorcode": "string",
    "errormessage": "string",
    "requestparameters": "map<string,string>",
    "responseelements": "map<string,string>",
    "additionaleventdata": "map<string,string>",
    "requestid": "string",
    "eventid": "string",
    "readonly": "boolean",
    "resources": "array<struct<accountid:string,type:string,arn:string,arnprefix:string>>",
    "eventtype": "string",
    "apiversion": "string",
    "managementevent": "boolean",
    "recipientaccountid": "string",
    "sharedeventid": "string",
    "annotation": "string",
    "vpcendpointid": "string",
    "vpcendpointaccountid": "string",
    "serviceeventdetails": "map<string,string>",
    "addendum": "map<string,string>",
    "edgedevicedetails": "map<string,string>",
    "insightdetails": "map<string,string>",
    "eventcategory": "string",
    "tlsdetails": "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
    "sessioncredentialfromconsole": "string",
    "eventjson": "string",
}

LAKE_COLUMNS = {
    name: sqlglot.parse_one(kind, read="hive", into=exp.DataType)
    for name, kind in _DECLARED.items()
}
