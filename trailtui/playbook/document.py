"""A playbook as it is once it was checked: phases, steps, what a step runs, what it asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from trailtui.playbook.template import Scalar

PHASES = ("alert", "triage", "timeline", "scope", "containment", "report")
"""In the order in which they come."""

RUN_KINDS = (
    "query", "detect", "lineage", "pivot", "collect",
    "action", "posture", "integrity", "report", "manual",
)  # fmt: skip
"""What a step can run."""


@dataclass(frozen=True, slots=True)
class Input:
    """What a playbook wants to know before it starts."""

    name: str
    type: str
    required: bool = False
    default: Scalar = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What a step does."""

    kind: str
    """One of RUN_KINDS."""
    name: str
    """The query, action, kind of entity, credential, source or instruction."""
    parameters: Mapping[str, Scalar]
    """`with`, its templates not yet filled."""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a decision."""

    id: str
    means: str = ""
    next: str = ""
    """The step that follows where this was decided; empty: the one below."""


@dataclass(frozen=True, slots=True)
class Decide:
    """The question a step ends with."""

    question: str
    options: tuple[Option, ...]

    def option(self, option_id: str) -> Option | None:
        """The option of that id."""
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(frozen=True, slots=True)
class Step:
    """The unit that is run, decided, completed or skipped."""

    id: str
    title: str
    guide: str
    """Markdown; `{{ input }}` in it stands for the inputs."""
    run: Run
    when: str = ""
    for_each: tuple[str, ...] = ()
    """Where the values come from that it is run for, one after the other; none: it runs once."""
    collect_source: str = ""
    collect_with: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    collect_why: str = ""
    decide: Decide | None = None
    evidence_required: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the six phases with its steps."""

    phase: str
    guide: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """A checked playbook."""

    id: str
    title: str
    version: int
    description: str
    inputs: tuple[Input, ...]
    phases: tuple[Phase, ...]
    text: str
    """The YAML it was read from, to the letter."""
    sha256: str
    """Of that text in UTF-8."""
    path: str
    """Where it lies; for a playbook out of a case, the case."""
    triggers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By kind of alert the patterns that it answers; see trailtui.playbook.matching."""

    def steps(self) -> Iterator[tuple[Phase, Step]]:
        """All steps in order, each with its phase."""
        for phase in self.phases:
            for step in phase.steps:
                yield phase, step

    def input(self, name: str) -> Input | None:
        """The input of that name."""
        return next((given for given in self.inputs if given.name == name), None)


def build(data: Mapping[str, Any], *, text: str, sha256: str, path: str) -> Playbook:
    """The playbook in `data`, which has passed the check."""
    return Playbook(
        id=data["id"],
        title=data["title"].strip(),
        version=data["version"],
        description=data.get("description", "").strip(),
        inputs=tuple(
            Input(name, spec["type"], spec.get("required", False), spec.get("default"),
                  spec.get("title", ""))
            for name, spec in data.get("inputs", {}).items()
        ),
        phases=tuple(
            Phase(
                phase["phase"], phase.get("guide", "").strip(),
                tuple(_step(step) for step in phase["steps"]),
            )
            for phase in data["phases"]
        ),
        text=text,
        sha256=sha256,
        path=path,
        triggers={kind: tuple(given) for kind, given in data.get("triggers", {}).items()},
    )  # fmt: skip


def _step(data: Mapping[str, Any]) -> Step:
    collect = data.get("collect", {})
    sources: str | Sequence[str] = data.get("for_each", ())
    return Step(
        id=data["id"],
        title=data["title"].strip(),
        guide=data["guide"].strip(),
        run=_run(data.get("run", {"manual": ""})),
        when=data.get("when", "").strip(),
        for_each=(sources,) if isinstance(sources, str) else tuple(sources),
        collect_source=collect.get("source", ""),
        collect_with=dict(collect.get("with", {})),
        collect_why=collect.get("why", ""),
        decide=_decide(data["decide"]) if "decide" in data else None,
        evidence_required=data.get("evidence") == "required",
    )


def _run(data: Mapping[str, Any]) -> Run:
    kind = next(kind for kind in RUN_KINDS if kind in data)
    return Run(kind, str(data[kind]).strip(), dict(data.get("with", {})), data.get("limit"))


def _decide(data: Mapping[str, Any]) -> Decide:
    following = data.get("next", {})
    options: list[Option] = []
    for entry in cast(Sequence[str | Mapping[str, str]], data["options"]):
        option_id = entry if isinstance(entry, str) else entry["id"]
        means = "" if isinstance(entry, str) else entry.get("means", "").strip()
        goes_to = following if isinstance(following, str) else following.get(option_id, "")
        options.append(Option(option_id, means, goes_to))
    return Decide(data["question"].strip(), tuple(options))
