"""AWS Config's recorder in one Region, started again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailtui.aws.calls import ApiCall
from trailtui.respond.action import (
    Action,
    AlreadyDone,
    Change,
    Order,
    Permissions,
    Refusal,
    Scene,
    State,
    Subject,
    Surroundings,
    same_state,
)
from trailtui.respond.case_changes import recorded
from trailtui.respond.looking import Around
from trailtui.respond.placing import at_home, placed, read_unless
from trailtui.respond.regional import REGION, find_in_region

if TYPE_CHECKING:
    from trailtui.aws.session import AwsSession

_TAMPERING = (
    "StopConfigurationRecorder",
    "DeleteConfigurationRecorder",
    "DeleteDeliveryChannel",
    "PutConfigurationRecorder",
    "PutDeliveryChannel",
)


def _find(scene: Scene, target: str) -> Subject:
    typed = placed(scene, target, "config", "configuration-recorder/")
    name, account = typed.name.partition("/")[0], scene.identity.account
    region, _ = find_in_region(scene, target, typed.region, lambda aws: _status(aws, name))
    arn = f"arn:{scene.aws.partition}:config:{region}:{account}:configuration-recorder/{name}"
    return Subject("config-recorder", name, arn, account, name, region)


def _status(aws: "AwsSession", name: str) -> dict[str, Any] | None:
    told = read_unless(
        aws,
        ("NoSuchConfigurationRecorderException",),
        "config",
        "DescribeConfigurationRecorderStatus",
        ConfigurationRecorderNames=[name],
    )
    listed: list[dict[str, Any]] = (told or {}).get("ConfigurationRecordersStatus", [])
    return listed[0] if listed else None


def _read(aws: "AwsSession", subject: Subject) -> State:
    status = _status(at_home(aws, subject), subject.name)
    return {"recording": None if status is None else bool(status["recording"])}


def _call(operation: str, subject: Subject) -> ApiCall:
    named = {"ConfigurationRecorderName": subject.name}
    return ApiCall("config", operation, named, subject.region)


def _start(subject: Subject, present: State, _: Mapping[str, str]) -> Change:
    if present["recording"] is None:
        raise Refusal("the recorder is gone", where=subject.id)
    if present["recording"]:
        raise AlreadyDone("the recorder is recording", where=subject.id)
    return Change((_call("StartConfigurationRecorder", subject),), {"recording": True})


def _stop_again(subject: Subject, prior: State, _left: State) -> Change:
    return Change((_call("StopConfigurationRecorder", subject),), prior)


def _look_around(scene: Scene, subject: Subject, _present: State) -> Surroundings:
    around = Around(at_home(scene.aws, subject))

    def tell(values: dict[str, Any]) -> None:
        buckets = [str(one.get("s3BucketName")) for one in values["DeliveryChannels"]]
        around.fact("delivers to", ", ".join(buckets) or "nowhere")
        if not buckets:
            around.warnings.append(
                "It has no delivery channel, without which AWS does not start it: put one first "
                "(aws configservice put-delivery-channel)."
            )

    around.look("DescribeDeliveryChannels", tell, service="config")
    for call in recorded(scene.case, subject.account, _TAMPERING, "config.amazonaws.com")[-6:]:
        if call.region == subject.region:
            around.fact("changed", call.says())
    certainty = f"AWS Config knows {subject.name} in {subject.region}, and only there."
    return Surroundings(tuple(around.facts), tuple(around.warnings), certainty)


START_CONFIG_RECORDER = Action(
    name="start-config-recorder",
    title="Let AWS Config record again",
    subject_kind="config-recorder",
    parameters=(REGION,),
    permissions=Permissions(
        plan=("sts:GetCallerIdentity", "config:DescribeConfigurationRecorderStatus"),
        look=("config:DescribeDeliveryChannels",),
        apply=(
            "config:StartConfigurationRecorder",
            "config:DescribeConfigurationRecorderStatus",
        ),
        undo=(
            "config:StopConfigurationRecorder",
            "config:DescribeConfigurationRecorderStatus",
        ),
    ),
    does="Starts the recorder: changes of resources in the Region are kept again.",
    does_not_stop=(
        "What changed while it was stopped is seen only as the state at its start.",
        "Which kinds of resource it leaves out, rules that were deleted, and its bucket.",
        "Whoever stopped it can stop it again: contain that credential. Other Regions.",
    ),
    can_hurt=("Each change that is recorded is paid for.",),
    undo_says="Stops the recorder again.",
    undo_warns="Changes are no longer kept: what the attacker wanted.",
    find=_find,
    read=_read,
    change=_start,
    restore=_stop_again,
    holds=same_state,
    look_around=_look_around,
    order=Order.LOGGING,
    region_bound=True,
)

ACTIONS = (START_CONFIG_RECORDER,)
