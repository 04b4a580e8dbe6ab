"""What a trail's event selectors let through, basic and advanced ones, as far as a case needs it.

The API writes their members with a capital (`ReadWriteType`), records of PutEventSelectors without
(`readWriteType`); both are read. Source: CloudTrail API Reference, EventSelector and
AdvancedEventSelector; "If you don't configure event selectors, a trail logs all management events
and no data events" (CloudTrail User Guide, "Logging management events").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from trailtui.case.unlogged import DATA, MANAGEMENT, READS, WRITES

Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Selected:
    """What selectors let through."""

    reads: bool = True
    """Management events that only read."""
    writes: bool = True
    """Management events that change something."""
    excluded: tuple[str, ...] = ()
    """Sources whose management events are left out."""
    data: bool = False
    """Whether any data events are taken, whichever."""

    def lacking(self) -> list[str]:
        """What is not logged, in the words of `unlogged`."""
        found: list[str] = []
        if not (self.reads or self.writes):
            found.append(MANAGEMENT)
        elif not self.reads:
            found.append(READS)
        elif not self.writes:
            found.append(WRITES)
        found += [f"events of {source}" for source in self.excluded]
        return found if self.data else [*found, DATA]


def read_selectors(answer: Members) -> Selected | None:
    """What the selectors in an answer of GetEventSelectors, or in the parameters of a
    PutEventSelectors, let through. None where it holds none of either kind."""
    members = lowered(answer)
    advanced = [lowered(one) for one in objects(members.get("advancedEventSelectors"))]
    if advanced:
        return _of_advanced(advanced)
    if not isinstance(members.get("eventSelectors"), list):
        return None
    basic = [lowered(one) for one in objects(members["eventSelectors"])]
    return _of_basic(basic) if basic else Selected()


def _of_basic(selectors: Sequence[Members]) -> Selected:
    managing = [one for one in selectors if one.get("includeManagementEvents") is not False]
    kinds = {str(one.get("readWriteType") or "All") for one in managing}
    excluded = [set(_words(one.get("excludeManagementEventSources"))) for one in managing]
    return Selected(
        reads=bool(kinds & {"All", "ReadOnly"}),
        writes=bool(kinds & {"All", "WriteOnly"}),
        excluded=_common(excluded),
        data=any(objects(one.get("dataResources")) for one in selectors),
    )


def _of_advanced(selectors: Sequence[Members]) -> Selected:
    reads = writes = data = False
    excluded: list[set[str]] = []
    for selector in selectors:
        fields = {
            str(one.get("field")): one
            for one in map(lowered, objects(selector.get("fieldSelectors")))
        }
        categories = _words(fields.get("eventCategory", {}).get("equals"))
        data = data or "Data" in categories
        if "Management" not in categories:
            continue
        only = _words(fields.get("readOnly", {}).get("equals"))
        narrow = set(fields) - {"eventCategory", "readOnly", "eventSource"}
        source = fields.get("eventSource", {})
        if narrow or any(key not in ("field", "notEquals") for key in source):
            continue  # it takes some events only: it does not stand for all of them
        reads = reads or not only or "true" in only
        writes = writes or not only or "false" in only
        excluded.append(set(_words(source.get("notEquals"))))
    common = _common(excluded)
    return Selected(reads, writes, common, data)


def _common(several: Sequence[set[str]]) -> tuple[str, ...]:
    """What all of them leave out: one selector's exclusion is made good by another."""
    common = set(several[0]) if several else set[str]()
    for one in several:
        common &= one
    return tuple(sorted(common))


def objects(value: object) -> list[Members]:
    """The objects in a JSON list; nothing where it is none."""
    if not isinstance(value, list):
        return []
    listed = cast("list[object]", value)
    return [cast("Members", one) for one in listed if isinstance(one, dict)]


def _words(value: object) -> list[str]:
    if not isinstance(value, list):
        return []
    return [str(one) for one in cast("list[object]", value)]


def lowered(members: Members) -> Members:
    """The same members, the first letter of each name small."""
    return {key[:1].lower() + key[1:]: value for key, value in members.items()}
