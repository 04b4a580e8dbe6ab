"""Requests and answers in AWS's wire protocols, by the services' models.

Reading requests and writing results is done by moto's parser and serialisers, reading answers
by botocore's parser; errors are written here, since each protocol has its own place for a code.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from botocore.parsers import ResponseParserError, create_parser
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from trailtui.sim import services
from trailtui.sim.dynamic import Dynamic, Parameters
from trailtui.sim.problems import CannotDecideError, ServiceError

if TYPE_CHECKING:
    from moto.core.request import Request


@dataclass(frozen=True)
class ApiCall:
    """One request, decoded: which operation of which service, with which parameters."""

    service: str
    """botocore's name, such as "cloudwatch"."""
    signing_name: str
    """The name in the signature, such as "monitoring"."""
    operation: str
    region: str
    params: Parameters
    model: OperationModel = field(repr=False, compare=False)
    protocol: str
    method: str
    query: dict[str, str]
    host: str
    source_ip: str
    user_agent: str


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    delay_seconds: float = 0
    """How late it is sent."""
    truncated: bool = False
    """Whether the connection is lost in the middle of the body."""

    def with_request_id(self, request_id: str, service: str) -> Answer:
        """The same answer under another request id, in its headers and in its XML."""
        name = "x-amz-request-id" if service == "s3" else "x-amzn-RequestId"
        dropped = {"x-amz-request-id", "x-amzn-requestid"}
        body = self.body
        if self.body[:1] == b"<" and service != "s3":
            body = re.sub(
                rb"<(RequestId|requestId|RequestID)>[^<]*<",
                lambda m: b"<" + m.group(1) + b">" + request_id.encode() + b"<",
                self.body,
            )
        headers = [(k, v) for k, v in self.headers if k.lower() not in dropped]
        headers.append((name, request_id))
        return replace(self, headers=headers, body=body)


def decode(request: Request, signing_name: str, region: str, source_ip: str) -> ApiCall:
    """Find the operation and parameters of a request.

    Raises:
        CannotDecideError: no such service or operation is modelled.
    """
    service = services.service_of(signing_name, request.path, request.values.get("Version", ""))
    try:
        service_model = get_service_model(service)
        operation, uri_params = get_service_router(service).match(request)
    except (NotFound, NotImplementedError, ValueError, KeyError) as error:
        raise CannotDecideError(
            f"the simulated account knows no operation of {service} for {request.method} "
            f"{request.path}"
        ) from error
    protocol = determine_request_protocol(service_model, request.content_type)
    parser = PROTOCOL_PARSERS[protocol](operation)
    params = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.get_data(),
            "url_path": request.path,
            "url_params": uri_params,
        }  # pyright: ignore[reportArgumentType]
    )
    return ApiCall(
        service=service,
        signing_name=signing_name,
        operation=str(operation.name),
        region=region,
        params={k: v for k, v in params.items() if v is not None},
        model=operation,
        protocol=protocol,
        method=request.method,
        query=dict(request.args.items()),
        host=request.host,
        source_ip=source_ip,
        user_agent=request.headers.get("User-Agent", ""),
    )


def call_of(
    service: str, operation: str, params: Parameters, source_ip: str, user_agent: str
) -> ApiCall:
    """A call that came by no request of its own, such as what the console does for someone."""
    model = get_service_model(service)
    return ApiCall(
        service=service,
        signing_name=service,
        operation=operation,
        region="us-east-1",
        params=params,
        model=model.operation_model(operation),
        protocol=str(model.protocol),
        method="POST",
        query={},
        host="",
        source_ip=source_ip,
        user_agent=user_agent,
    )


def encode_result(call: ApiCall, result: Dynamic, request_id: str) -> Answer:
    """Write an operation's result as the service would."""
    serializer_class = get_serializer_class(call.service, call.protocol)
    serializer = serializer_class(call.model, context=SerializationContext(request_id))
    written = serializer.serialize(result)
    body = written["body"]
    return Answer(
        written["status_code"],
        list(written["headers"].items()),
        body.encode() if isinstance(body, str) else body,
    )


def encode_error(protocol: str, service: str, error: ServiceError, request_id: str) -> Answer:
    """Write an error in a service's own protocol, so that boto3 raises a ClientError."""
    code, message = escape(error.code), escape(error.message)
    if protocol in ("json", "rest-json"):
        said = {"__type": error.code, "message": error.message, "Message": error.message}
        kind = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        headers = [("Content-Type", kind), ("x-amzn-ErrorType", error.code)]
        return Answer(error.status, headers, json.dumps(said).encode())
    if service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message>"
        text += f"<RequestId>{request_id}</RequestId><HostId>simulated</HostId></Error>"
    elif protocol == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message>"
        text += f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        text += f"<Message>{message}</Message></Error><RequestId>{request_id}</RequestId>"
        text += "</ErrorResponse>"
    return Answer(error.status, [("Content-Type", "text/xml")], text.encode())


@lru_cache(maxsize=8)
def _parser(protocol: str) -> Dynamic:
    return create_parser(protocol)


def read_answer(call: ApiCall, answer: Answer) -> Parameters:
    """Read what an answer says: the result's members, or {"Error": {"Code", "Message"}}.

    A streamed body (an S3 object) is left out.
    """
    shape = call.model.output_shape
    streamed = answer.status < 300 and call.model.has_streaming_output
    response = {
        "status_code": answer.status,
        "headers": {k.lower(): v for k, v in answer.headers},
        "body": b"" if streamed else answer.body,
        "context": {"operation_name": call.operation},
    }
    if streamed:
        return {}
    try:
        parsed: Parameters = _parser(call.protocol).parse(response, shape)
    except ResponseParserError:
        # Not the service's own answer: the status is all there is to say.
        parsed = {"Error": {"Code": str(answer.status), "Message": "unreadable answer"}}
    parsed.pop("ResponseMetadata", None)
    return parsed
