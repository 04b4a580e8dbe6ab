"""Reading Sigma rules from files and folders: what is run, refused, passed over.

pySigma reads and checks each rule. A rule that it refuses, or that can't be run here, is told with
its file and line; the others are run.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import (
    SigmaConditionError,
    SigmaCorrelationConditionError,
    SigmaCorrelationRuleError,
    SigmaCorrelationTypeError,
    SigmaDetectionError,
    SigmaError,
    SigmaLogsourceError,
    SigmaModifierError,
    SigmaRegularExpressionError,
    SigmaRuleNotFoundError,
    SigmaTimespanError,
    SigmaValueError,
)
from sigma.rule import SigmaRule  # pyright: ignore[reportMissingTypeStubs]

from trailtui.detect.rule import NEXT_STEP, SIGMA, EventRule, Rule, RuleFacts
from trailtui.detect.rules import RuleSet
from trailtui.detect.sigma.collections import Collection
from trailtui.detect.sigma.compiling import Placeholders, compile_rule
from trailtui.detect.sigma.correlating import (
    Correlation,
    CorrelationRule,
    Source,
    counted_fields,
    finder,
)
from trailtui.detect.sigma.documents import Document, Fault, read_documents, rule_files
from trailtui.detect.sigma.errors import SigmaRuleError, Unsupported
from trailtui.detect.sigma.regexes import POLICY
from trailtui.model.errors import InputError

_Parsed = SigmaRule | SigmaCorrelationRule


@dataclass(slots=True)
class _Read:
    """A rule that pySigma took, with where it stood."""

    document: Document
    rule: _Parsed


def read_rules(
    paths: Iterable[Path], placeholders: Placeholders | None = None, *, origin: str = ""
) -> RuleSet:
    """The rules of files and folders.

    Correlations may refer to rules of any of the files. `origin` is what findings name as the
    rules' place, the file's where it is empty. Raises InputError where a path does not exist.
    """
    found = RuleSet()
    read: list[_Read] = []
    for path in paths:
        if not path.exists():
            raise InputError("there is no such file or folder of rules", where=str(path))
        files = rule_files(path)
        if not files:
            found.refused.append(f"{path}: there is no rule file (.yml, .yaml) in this folder")
        for file in files:
            collection = Collection()
            for document in read_documents(file):
                for whole in collection.complete(document):
                    _take(whole, read, found)
    _Building(read, placeholders or {}, origin, found).build()
    return found


def _take(document: Document | Fault, read: list[_Read], found: RuleSet) -> None:
    if isinstance(document, Fault):
        found.refused.append(str(SigmaRuleError(document.what, where=document.where)))
        return
    data = document.data
    if "filter" in data and "detection" not in data:
        found.passed_over.append(f"{document.place('filter')}: a filter for other rules")
        return
    place = document.place_of_text("|utf16|base64")
    if place:  # pySigma would encode the mark in UTF-8, which is found in no text
        what = "a byte order mark in UTF-16 (|utf16|base64) can't be encoded: use |wide"
        found.refused.append(str(SigmaRuleError(what, where=place)))
        return
    try:
        rule: _Parsed = (
            SigmaCorrelationRule.from_dict(data, policy=POLICY)
            if "correlation" in data
            else SigmaRule.from_dict(data, policy=POLICY)
        )
    except (SigmaError, *_CLUMSY) as error:
        found.refused.append(str(_refusal(document, error)))
        return
    read.append(_Read(document, rule))


_CLUMSY = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
"""What pySigma raises for documents that are no rules at all, besides its own errors."""


_CORRELATION_PARTS: dict[type[SigmaError], str] = {
    SigmaTimespanError: "timespan",
    SigmaRuleNotFoundError: "rules",
    SigmaCorrelationTypeError: "type",
    SigmaCorrelationConditionError: "condition",
}


def _refusal(document: Document, error: BaseException) -> SigmaRuleError:
    """What is wrong with a rule, at the line of the part that is meant."""
    said = str(error.args[0]) if error.args else type(error).__name__
    keys: tuple[str, ...] = ()
    if isinstance(error, SigmaConditionError):
        keys = ("detection.condition", "detection")
    elif isinstance(error, SigmaModifierError):
        place = document.place_of_text(f"|{said.partition(chr(39))[2].rstrip(chr(39))}")
        if place:
            return SigmaRuleError(said, where=place)
        keys = ("detection",)
    elif isinstance(error, SigmaRegularExpressionError):
        said = re.sub(r"b'(.*)'", r"\1", said.replace("\\\\", "\\"), flags=re.DOTALL)
        return SigmaRuleError(said, where=document.place_of_text("|re") or document.place())
    elif isinstance(error, SigmaLogsourceError):
        keys = ("logsource",)
    elif isinstance(error, SigmaCorrelationRuleError):
        part = _CORRELATION_PARTS.get(type(error), "")
        keys = (f"correlation.{part}", "correlation")
    elif isinstance(error, SigmaDetectionError | Unsupported | SigmaValueError):
        keys = ("detection", "correlation")
    elif isinstance(error, SigmaError):  # SigmaLevelError is about level, SigmaTagError about tags
        word = type(error).__name__.removeprefix("Sigma").removesuffix("Error").lower()
        keys = ("id",) if word == "identifier" else (word, f"{word}s")
    else:
        said = f"this is no Sigma rule ({said})"
    return SigmaRuleError(said, where=document.place(*keys))


class _Building:
    """Turns what was read into rules that run."""

    def __init__(
        self, read: list[_Read], placeholders: Placeholders, origin: str, found: RuleSet
    ) -> None:
        self._read = read
        self._placeholders = placeholders
        self._origin = origin
        self._found = found
        self._documents = {id(one.rule): one.document for one in read}
        self._names = SigmaCollection([one.rule for one in read], resolve_references=False)

    def build(self) -> None:
        """Fill the set: correlations first, as they say which single rules are silent."""
        correlations: list[tuple[_Read, Rule]] = []
        for one in self._read:
            if isinstance(one.rule, SigmaCorrelationRule):
                built = self._built(one)
                if built is not None:
                    correlations.append((one, built))
        for one in self._read:
            if isinstance(one.rule, SigmaRule) and self._is_meant(one):
                built = self._built(one)
                if built is not None and one.rule._output:  # pyright: ignore[reportPrivateUsage]
                    self._found.rules.append(built)
        self._found.rules += [
            built
            for one, built in correlations
            if one.rule._output  # pyright: ignore[reportPrivateUsage]
        ]

    def _is_meant(self, one: _Read) -> bool:
        source = cast("SigmaRule", one.rule).logsource
        if source.product == "aws" and source.service in ("cloudtrail", None):
            return True
        told = ", ".join(
            f"{name} {value}"
            for name, value in (
                ("product", source.product), ("service", source.service),
                ("category", source.category),
            )
            if value
        )  # fmt: skip
        self._found.passed_over.append(f"{one.document.place('logsource')}: for {told}")
        return False

    def _built(self, one: _Read) -> Rule | None:
        try:
            if isinstance(one.rule, SigmaRule):
                return EventRule(self._facts(one), compile_rule(one.rule, self._placeholders))
            self._resolve(one.rule, ())
            correlation = self._correlation(one.rule)
            return CorrelationRule(self._facts(one), correlation)
        except (SigmaError, Unsupported, *_CLUMSY) as error:
            self._found.refused.append(str(_refusal(one.document, error)))
            return None

    def _resolve(self, rule: SigmaCorrelationRule, above: tuple[int, ...]) -> None:
        """Find the rules that a correlation refers to, and those of the inner ones."""
        if id(rule) in above:
            raise Unsupported("the correlation refers to itself")
        rule.resolve_rule_references(self._names)
        for reference in rule.referenced_rules:
            if isinstance(reference.rule, SigmaCorrelationRule):
                self._resolve(reference.rule, (*above, id(rule)))

    def _correlation(self, rule: SigmaCorrelationRule) -> Correlation:
        group_by = tuple(rule.group_by or ())
        counted = counted_fields(rule)
        sources: list[Source] = []
        for reference in rule.referenced_rules:
            referred = reference.rule
            inner = condition = None
            if isinstance(referred, SigmaCorrelationRule):
                inner = self._correlation(referred)
            else:
                condition = compile_rule(referred, self._placeholders)
            names = _aliased(rule, reference.reference, group_by)
            sources.append(
                Source(condition, inner, names, _aliased(rule, reference.reference, counted))
            )
        kind = rule.type.name.lower().replace("_", " ")
        words = f"{kind} within {rule.timespan.spec}"
        return Correlation(group_by, sources, finder(rule), words)

    def _facts(self, one: _Read) -> RuleFacts:
        rule, document = one.rule, one.document
        custom = rule.custom_attributes or {}
        attack = [
            tag.name.upper()
            for tag in rule.tags
            if tag.namespace == "attack" and tag.name[:1] in "tT" and tag.name[1:2].isdigit()
        ]
        return RuleFacts(
            kind=SIGMA,
            id=str(rule.id or rule.name or rule.title),
            title=str(rule.title or rule.name),
            severity=rule.level.name.lower() if rule.level else "medium",
            sha256=self._sha256(rule),
            description=str(rule.description or ""),
            attack=tuple(attack),
            next_step=str(custom.get("next_step") or NEXT_STEP).strip(),
            origin=self._origin or f"{document.file}:{document.line}",
        )

    def _sha256(self, rule: _Parsed) -> str:
        """Of the rule, the rules it refers to, and what stands for placeholders."""
        parts = [self._documents[id(rule)].sha256]
        if isinstance(rule, SigmaCorrelationRule):
            parts += [self._sha256(reference.rule) for reference in rule.referenced_rules]
        parts += [f"{name}={values}" for name, values in sorted(self._placeholders.items())]
        return (
            parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()
        )


def _aliased(rule: SigmaCorrelationRule, reference: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that names mean in the events of one of the rules."""
    found: list[str] = []
    for name in names:
        alias = rule.aliases.aliases.get(name)
        mapped = {one.reference: field for one, field in alias.mapping.items()} if alias else {}
        found.append(mapped.get(reference, name))
    return tuple(found)
