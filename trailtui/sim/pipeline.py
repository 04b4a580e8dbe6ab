"""One request's way through the account: faults, identity, policies, answer, journal."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from trailtui.sim import (
    denials,
    event_fields,
    faults,
    moto_backend,
    protocol,
    services,
    signature,
    unsigned,
)
from trailtui.sim.actions import actions_of
from trailtui.sim.authorization import Refusal, denied_explicitly, refused
from trailtui.sim.credentials import NotAuthenticError
from trailtui.sim.dynamic import Dynamic
from trailtui.sim.effects import remember_before, take_effect
from trailtui.sim.faults import Fault, Faults
from trailtui.sim.identity import Credential, Kind
from trailtui.sim.journal import CallEntry, Calls
from trailtui.sim.operations import answering, check_before_moto
from trailtui.sim.problems import CannotDecideError, ServiceError
from trailtui.sim.protocol import Answer, ApiCall
from trailtui.sim.records import record_of, records_for_all_sides
from trailtui.sim.resource_policies import owner_of
from trailtui.sim.resources import resources_of
from trailtui.sim.world import World

if TYPE_CHECKING:
    from moto.core.request import Request

SOURCE_IP_HEADER = "X-Sim-Source-Ip"
"""A scripted actor says with it from where it calls; without it, it is the real address."""


class DroppedError(Exception):
    """The connection is to be closed without an answer."""


class Pipeline:
    """The account behind its HTTP server.

    Args:
        world: the account.
        recording: whether calls become CloudTrail records; can be changed.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls = Calls()
        self.faults = Faults()
        self.recording = True
        self._moto = moto_backend.application()

    def handle(self, request: Request, environ: dict[str, Dynamic], body: bytes) -> Answer:
        """Answer one request.

        Raises:
            DroppedError: no answer is to be given.
        """
        signed = signature.read(request)
        source_ip = _source_ip(request)
        signing_name, region = unsigned.place(request)
        if signed is not None:
            signing_name, region = signed.signing_name, signed.region
        request_id = self.world.new_request_id(signing_name)
        try:
            call = protocol.decode(request, signing_name, region, source_ip)
        except CannotDecideError as problem:
            service = services.service_of(signing_name, request.path)
            error = ServiceError("NotImplemented", str(problem), 501)
            answer = protocol.encode_error(_likely_protocol(request), service, error, request_id)
            return answer.with_request_id(request_id, service)
        played = self.faults.take(call)
        fault = played.kind if played else None
        credential_id = signed.access_key if signed else ""
        if fault is not None and fault.before:
            return self._fail_before(call, credential_id, request_id, fault)
        caller, outcome, answer = self._decide(call, request, environ, body, fault)
        answer = answer.with_request_id(request_id, call.service)
        self._note(call, (credential_id, caller), outcome, request_id, fault)
        if fault is Fault.DROP_AFTER:
            raise DroppedError
        if fault is Fault.ERROR500_AFTER:
            error = faults.internal_failure(call)
            lost = protocol.encode_error(call.protocol, call.service, error, request_id)
            return lost.with_request_id(request_id, call.service)
        if fault is Fault.TRUNCATE:
            if not answer.body:
                raise DroppedError  # an empty body has no middle
            return replace(answer, truncated=True)
        return replace(answer, delay_seconds=played.seconds) if played else answer

    def _fail_before(self, call: ApiCall, credential: str, request_id: str, fault: Fault) -> Answer:
        throttle = fault is Fault.THROTTLE
        error = faults.throttled(call) if throttle else faults.internal_failure(call)
        self._journal(call, credential, None, (error, False), request_id, fault)
        if fault is Fault.DROP_BEFORE:
            raise DroppedError
        answer = protocol.encode_error(call.protocol, call.service, error, request_id)
        return answer.with_request_id(request_id, call.service)

    def _decide(
        self,
        call: ApiCall,
        request: Request,
        environ: dict[str, Dynamic],
        body: bytes,
        fault: Fault | None,
    ) -> tuple[Credential | None, dict[str, Dynamic] | ServiceError, Answer]:
        """Who called, what came out, and the answer to it."""
        caller: Credential | None = None
        try:
            try:
                caller = self._authenticate(call, request)
            except NotAuthenticError as failure:
                caller = failure.credential
                raise denials.not_authentic(failure.reason, call.protocol, call.service) from None
            role = caller.issuer if caller.kind is Kind.ASSUMED_ROLE else None
            region = services.event_region(call.service, call.region)
            if caller.id:
                moto_backend.note_use(caller.account, caller.id, role, call.signing_name, region)
            if fault is Fault.EXPIRED:
                raise denials.not_authentic("expired", call.protocol, call.service)
            if fault is Fault.ACCESS_DENIED:
                raise self._denial(call, caller)
            self._authorize(call, caller)
            answer = self._carry_out(call, caller, environ, body)
        except CannotDecideError as problem:
            error = ServiceError("NotImplemented", str(problem), 501)
        except ServiceError as said:
            error = said
        else:
            result = protocol.read_answer(call, answer)
            if answer.status < 300:
                return caller, result, answer
            told = result.get("Error", {})
            code, message = str(told.get("Code", "")), str(told.get("Message", ""))
            return caller, ServiceError(code, message, answer.status), answer
        answer = protocol.encode_error(call.protocol, call.service, error, "")
        return caller, error, replace(answer, body=b"") if call.method == "HEAD" else answer

    def _authenticate(self, call: ApiCall, request: Request) -> Credential:
        """Who called; in a Region that the account did not opt in to it is not known.

        Raises:
            NotAuthenticError: nobody whom the account believes.
        """
        signed = signature.read(request)
        if signed is None and unsigned.permitted(request, call):
            return unsigned.caller(self.world, call)
        caller = self.world.credentials.authenticate(request, signed)
        if not self.world.regions.enabled(caller.account, call.region):
            raise NotAuthenticError("unknown")
        return caller

    def _denial(self, call: ApiCall, caller: Credential) -> ServiceError:
        """A denial as a policy without this action would bring it."""
        action = actions_of(call)[0]
        resource = resources_of(call, caller, self.world.iam.view(caller.account))[0]
        why = f"because no identity-based policy allows the {action} action"
        refusal = Refusal(action, resource or "*", why)
        return denials.by_policy(call.protocol, call.service, caller.arn, refusal)

    def _authorize(self, call: ApiCall, caller: Credential) -> None:
        """Refuse what sessions may never call and what policies do not allow.

        Raises:
            ServiceError: the refusal. CannotDecideError: see authorization.refused.
        """
        _refuse_by_kind(call, caller)
        view, now = self.world.iam.view(caller.account), self.world.clock.now()
        operation = (call.service, call.operation)
        if operation in (("sts", "GetCallerIdentity"), ("sts", "AssumeRole")):
            return  # never denied; decided together with the trust policy
        if caller.kind is Kind.ANONYMOUS and call.service != "s3":
            return  # decided by the operation, with the trust policy
        if operation == ("sts", "GetSessionToken") and not denied_explicitly(
            call, caller, view, now
        ):
            return  # needs no permission
        refusal = refused(call, caller, view, now)
        if refusal is not None and caller.kind is Kind.ANONYMOUS:
            raise ServiceError("AccessDenied", "Access Denied", 403)
        if refusal is not None:
            raise denials.by_policy(call.protocol, call.service, caller.arn, refusal)

    def _carry_out(
        self, call: ApiCall, caller: Credential, environ: dict[str, Dynamic], body: bytes
    ) -> Answer:
        remember_before(self.world, call, caller)
        operation = answering(self.world, call, caller)
        if operation is not None:
            answer = protocol.encode_result(call, operation(self.world, call, caller), "")
        else:
            check_before_moto(self.world, call, caller)
            answer = self._ask_moto(call, caller, environ, body)
        if answer.status < 300:
            take_effect(self.world, call, caller, answer, recorded=self.recording)
        return answer

    def _place(self, call: ApiCall, caller: Credential) -> str:
        """The account in which a call is carried out: that of what it is about."""
        view = self.world.iam.view(caller.account)
        return owner_of(call, caller, next(iter(resources_of(call, caller, view)), None))

    def _ask_moto(
        self, call: ApiCall, caller: Credential, environ: dict[str, Dynamic], body: bytes
    ) -> Answer:
        """Let moto answer; what it does not implement, or fails at, becomes a plain 501.

        Raises:
            CannotDecideError: moto has no such operation.
        """
        asked = {
            **environ,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_MOTO_ACCOUNT_ID": self._place(call, caller),
        }
        asked.pop("werkzeug.request", None)
        head: list[Dynamic] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Dynamic) -> None:
            head[:] = [int(status.split(maxsplit=1)[0]), headers]

        not_there = f"the simulated account does not implement {call.service} {call.operation}"
        try:
            chunks: Iterable[bytes] = self._moto(asked, start_response)
            answered = b"".join(chunks)
        except HTTPException as error:
            raise CannotDecideError(f"{not_there} ({error.code})") from error
        except NotImplementedError as error:
            raise CannotDecideError(not_there) from error
        except Exception as error:
            raise CannotDecideError(f"{not_there} here: moto failed with {error!r}") from error
        status, headers = head
        is_page = answered[:15].lower().startswith((b"<!doctype html", b"<html"))
        if (is_page and status >= 400) or status in (405, 501):
            raise CannotDecideError(not_there)
        return Answer(status, headers, answered)

    def _note(
        self,
        call: ApiCall,
        who: tuple[str, Credential | None],
        outcome: dict[str, Dynamic] | ServiceError,
        request_id: str,
        fault: Fault | None,
    ) -> None:
        credential_id, caller = who
        error = outcome if isinstance(outcome, ServiceError) else None
        self._journal(call, credential_id, caller, (error, error is None), request_id, fault)
        # An unknown key belongs to no account, so no trail has its calls; a call the simulator
        # can't decide never happened.
        if caller is None or not self.recording or (error and error.status == 501):
            return
        record = record_of(self.world, call, caller, outcome, request_id)
        self.world.records += records_for_all_sides(self.world, call, record)

    def _journal(
        self,
        call: ApiCall,
        credential_id: str,
        caller: Credential | None,
        result: tuple[ServiceError | None, bool],
        request_id: str,
        fault: Fault | None,
    ) -> None:
        error, carried_out = result
        self.calls.add(
            CallEntry(
                at=self.world.clock.now(),
                service=call.service,
                operation=call.operation,
                region=call.region,
                credential_id=credential_id,
                principal_arn=caller.arn if caller else "",
                source_ip=call.source_ip,
                user_agent=call.user_agent,
                params=call.params,
                mutating=not event_fields.is_read_only(call) and call.service != "sts",
                carried_out=carried_out,
                error_code=error.code if error else None,
                request_id=request_id,
                fault=fault,
            )
        )


def _refuse_by_kind(call: ApiCall, caller: Credential) -> None:
    """Sessions of users may not call IAM, nor most of STS, whatever policies say.

    Source: STS API Reference, GetSessionToken and GetFederationToken.
    """
    allowed_sts = {
        Kind.SESSION_TOKEN: ("AssumeRole", "GetCallerIdentity"),
        Kind.FEDERATION: ("GetCallerIdentity",),
    }.get(caller.kind)
    if allowed_sts is None:
        return
    if caller.from_console:
        return  # the console's sessions may call IAM
    if call.service == "iam" and not (caller.kind is Kind.SESSION_TOKEN and caller.mfa):
        raise denials.not_authentic("unknown", call.protocol, call.service)
    if call.service == "sts" and call.operation not in allowed_sts:
        sentence = f"Cannot call {call.operation} with session credentials"
        raise denials.access_denied(call.protocol, call.service, sentence)


def _source_ip(request: Request) -> str:
    claimed = request.headers.get(SOURCE_IP_HEADER)
    if claimed:
        return str(ip_address(claimed))
    return request.remote_addr or "127.0.0.1"


def _likely_protocol(request: Request) -> str:
    if "X-Amz-Target" in request.headers:
        return "json"
    kind = request.content_type or ""
    if kind.startswith("application/x-www-form-urlencoded"):
        return "query"
    return "rest-json"
