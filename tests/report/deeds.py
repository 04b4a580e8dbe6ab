"""Things that were done in a case: engines asked, rules run, plans made, a watch, lists kept."""

import json
from dataclasses import replace
from pathlib import Path

from trailtui.aws.calls import ApiCall
from trailtui.case.detections import Found, keep_detections
from trailtui.case.events import page
from trailtui.case.file import Case
from trailtui.case.journal import append
from trailtui.case.query_runs import Answer, Asked, Kept, keep
from trailtui.detect.enrich.sources import LIST, given_source, keep_sources
from trailtui.detect.rules import run_rules
from trailtui.detect.shipped_rules import shipped_filters
from trailtui.respond.action import Fact, Order, Subject
from trailtui.respond.containment import Containment, Entry, LeftOut
from trailtui.respond.containment_store import ContainmentRow, add_containment, put_in_place
from trailtui.respond.plan import Plan
from trailtui.respond.refusals import protect_arns
from trailtui.respond.store import add_plan

ACCOUNT = "111122223333"
RESPONDER = f"arn:aws:iam::{ACCOUNT}:user/responder"
GLASS = [f"arn:aws:iam::{ACCOUNT}:role/glass", f"arn:aws:iam::{ACCOUNT}:user/boss"]
SECRET = "FwoGZXIvYXdzEXAMPLEANSWER" + "y" * 60
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(2)</script> `x` | \x1b[31m \u202e \"q\", ,\n# heading"


def asked(engine: str = "athena", sql: str = "SELECT eventName FROM events") -> Asked:
    """A question to an engine."""
    return Asked(
        engine, ACCOUNT, "us-east-1", "db.logs", f"SELECT eventname /* {HOSTILE} */", sql,
        {"key": HOSTILE}, identity=RESPONDER,
    )  # fmt: skip


def ask(case: Case, rows: tuple[tuple[object, ...], ...], *names: str) -> Kept:
    """A question that was answered, with columns of these names."""
    answer = Answer(
        "q-1", 1772352000000, 1772352003000, 4096, 0.25,
        tuple((name, "varchar") for name in names), rows, more=True, notes=(HOSTILE,),
    )  # type: ignore[arg-type]  # fmt: skip
    return keep(case, asked(), answer)


def ask_engines(case: Case) -> None:
    """Two answers (one of which holds what looks like a secret), a failure, and one unknown."""
    ask(case, (("ListUsers", HOSTILE), (None, "-1+2"), ("x", 7)), "eventName", HOSTILE)
    token = json.dumps({"credentials": {"sessionToken": SECRET}})
    ask(case, ((token, SECRET),), "responseElements", "sessionToken")
    failed = {"query": "q-2", "failed": "there is no such table", "dollars": 0.125}
    append(case, "query", {**asked("lake").as_json(), "query": "q-2", "started": True})
    append(case, "query", {**asked("lake").as_json(), **failed})
    append(case, "query", {**asked("insights").as_json(), "query": "q-3", "started": True})


def run_all_rules(case: Case, folder: Path) -> None:
    """A list of addresses is given, and the shipped filters run."""
    given = folder / "bad, addresses.txt"
    given.write_text("198.51.100.7\n")
    keep_sources(case, [given_source(LIST, str(given))[0]])
    run_rules(case, shipped_filters())
    rows = tuple(row.id for row in page(case).rows[:3])
    found = Found("sigma", "r1", "0" * 64, "A <b>rule|", "high", rows, about=HOSTILE)
    told = {"events": 8, "records_read": 8, "rules": [["sigma", "r1", "0" * 64]],
            "refused": [HOSTILE], "passed_over": 2}  # fmt: skip
    keep_detections(case, [found], told)


def plan_of(target: str) -> Plan:
    """The deactivation of a key, as it might be planned."""
    call = ApiCall("iam", "update_access_key", {"AccessKeyId": target, "Status": "Inactive"})
    return Plan(
        action="deactivate-access-key", title="Deactivate a key",
        subject=Subject("access-key", target, f"arn:aws:iam::{ACCOUNT}:user/u", ACCOUNT, "u"),
        parameters={}, identity=RESPONDER, planned_ms=1772352000000, calls=(call,),
        prior={"status": "Active"}, after={"status": "Inactive"}, needs=("iam:UpdateAccessKey",),
        facts=(), warnings=(), certainty="sure", time_bound=False,
    )  # fmt: skip


def plan_several(case: Case) -> ContainmentRow:
    """A plan of two actions, one of which comes twice."""
    rows = [add_plan(case, plan_of(f"AKIAPLANNED{number}00000000")) for number in (1, 2)]
    entries = tuple(
        Entry(
            at, row.id, row.plan_hash, row.plan.action, row.plan.subject.id, int(Order.KEYS),
            HOSTILE, ("AKIAEXAMPLEALICE0000",), irreversible=at == 2,
            again_after_s=60 if at == 1 else None,
        )
        for at, row in enumerate(rows, start=1)
    )  # fmt: skip
    plan = Containment(
        root="AKIAEXAMPLEALICE0000", account=ACCOUNT, identity=RESPONDER, made_ms=1772352100000,
        entries=entries, left_out=(LeftOut("live: ASIALEFT", HOSTILE),),
        facts=(Fact("also used by", HOSTILE),), warnings=("A warning.",),
        missing=("iam:UpdateAccessKey",), simulated="AWS simulated 1 of 1 permissions.",
    )  # fmt: skip
    made = add_containment(case, plan)
    anew = add_plan(case, replace(plan_of("AKIAPLANNED200000000"), planned_ms=1772352150000))
    assert put_in_place(case, made, 2, anew.id, repeats=False, instead_of=rows[1].id)
    for what in ({"run": "begin"}, {"run": "end", "stopped": HOSTILE, "good": False}):
        append(case, "containment-run", {"containment": made.id, "plan": made.hash, **what})
    return made


def watch(case: Case) -> None:
    """A watch to its end, and one that was broken off."""
    event = page(case).rows[0].event_id
    begin: dict[str, object] = {"watch": "begin", "roots": ["AKIAEXAMPLEALICE0000"],
                                "since_ms": 1772352000000, "places": 2}  # fmt: skip
    times = {"intruder_first_ms": 1772351000000, "contained_ms": 1772352200000}
    append(case, "watch", {**begin, **times, "verified_ms": 1772352300000})
    told = {
        "watch": "round", "number": 1, "holds": False, "count": 1,
        "seen": [["got through", event, "AKIAEXAMPLEALICE0000"]], "grew": [HOSTILE],
        "next": [["deny-user", "u"]], "unseen": ["1 eu-west-1: denied. no"],
    }  # fmt: skip
    append(case, "watch", told)
    end = {"watch": "end", "rounds": 3, "blind": 1, "counts": {"got through": 1}}
    append(case, "watch", end)
    append(case, "watch", begin)


def do_everything(case: Case, folder: Path) -> None:
    """All of the above, and a break-glass list that grew and shrank."""
    ask_engines(case)
    run_all_rules(case, folder)
    plan_several(case)
    watch(case)
    protect_arns(case, GLASS)
    protect_arns(case, GLASS[1:], remove=True)
