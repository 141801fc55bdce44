"""What a run asks: every request with its address, all of them checked before the first is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import msgspec

from claude.dialect import Dialect
from claude.request import InvalidRequestError, inspect_request
from evals.address import SampleAddress
from evals.dataset.dataset import Dataset, Item
from evals.definition.definition import Definition, content_hash
from evals.definition.graders import AnyGrader, JsonFields, Model, children
from evals.errors import DatasetError, TemplateError
from evals.graders.promptfoo import expectations
from evals.rendering import Variant, request_body, variants_of
from evals.sample import Sample, given_sample
from evals.template import read_template


class Provenance(msgspec.Struct, kw_only=True, frozen=True):
    """What exactly a run was made of."""

    definition_hash: str
    dataset_hash: str
    items: int
    epochs: int
    variants: list[str]
    software: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One job to be."""

    address: SampleAddress
    body: str
    """The request's JSON, in Messages format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run that can be sent."""

    definition: Definition
    dataset: Dataset
    """The items that are asked about: after limit and sampling."""
    variants: list[Variant]
    requests: list[PlannedRequest]
    given: list[Sample]
    """Answers that the dataset brought along; they are only graded."""
    provenance: Provenance


def plan(definition: Definition, dataset: Dataset) -> Plan:
    """Make the requests of a run; raises DatasetError, by line, where an item does not fit the templates."""
    taken = dataset.taken(definition.limit, definition.seed)
    variants = variants_of(definition)
    _check_items(definition, taken)
    given = [sample for item in taken.items if item.sample is not None for sample in _given(item, variants)]
    requests = list(_requests(definition, taken, variants))
    if not requests and not given:
        raise DatasetError(
            "there is no model to ask, and the items bring no sample to grade", file=taken.name
        )
    return Plan(
        definition=definition,
        dataset=taken,
        variants=variants,
        requests=requests,
        given=given,
        provenance=Provenance(
            definition_hash=content_hash(definition),
            dataset_hash=taken.hash,
            items=len(taken.items),
            epochs=definition.epochs,
            variants=[variant.name for variant in variants] or ["given"],
            software=f"promptmill {version('promptmill')}",
        ),
    )


def _given(item: Item, variants: list[Variant]) -> list[Sample]:
    """Grade what is given once; where models are asked as well, their own answers count instead."""
    if variants or item.sample is None:
        return []
    return [given_sample(SampleAddress(variant=0, item_id=item.id, epoch=1), item.sample)]


def _requests(definition: Definition, dataset: Dataset, variants: list[Variant]) -> Iterator[PlannedRequest]:
    for variant in variants:
        for item in dataset.items:
            body = _checked_body(definition, variant, item, dataset)
            for epoch in range(1, definition.epochs + 1):
                address = SampleAddress(variant=variant.index, item_id=item.id, epoch=epoch)
                yield PlannedRequest(address=address, body=body)


def _checked_body(definition: Definition, variant: Variant, item: Item, dataset: Dataset) -> str:
    try:
        body = msgspec.json.encode(request_body(definition, variant, item, kind=dataset.kind))
        inspect_request(Dialect.MESSAGES, body)
    except (TemplateError, InvalidRequestError) as error:
        raise dataset.error(item, str(error)) from None
    return body.decode()


def _check_items(definition: Definition, dataset: Dataset) -> None:
    """Find out now which field a grader would miss after everything was paid for."""
    needed = [(path, name) for path, name in _needed_fields(definition)]
    wants_expected = any(grader.kind == "expected" for _, grader in _all_graders(definition))
    for item in dataset.items:
        for path, name in needed:
            if name not in item.fields:
                has = ", ".join(map(str, item.fields)) or "none"
                raise dataset.error(
                    item, f"there is no field {name!r}, which {path} needs; the item has {has}"
                )
        if wants_expected:
            try:
                expectations(item)
            except TemplateError as error:
                raise dataset.error(item, str(error)) from None


def _needed_fields(definition: Definition) -> Iterator[tuple[str, str]]:
    for path, grader in _all_graders(definition):
        for source in _templates(grader):
            for name in sorted(read_template(source).item_fields):
                yield path, name


def _templates(grader: AnyGrader) -> Iterator[str]:
    for field in ("output", "target", "rubric"):
        value = getattr(grader, field, None)
        yield from (
            source for source in (value if isinstance(value, list) else [value]) if isinstance(source, str)
        )
    if isinstance(grader, JsonFields):
        yield from (value for value in grader.fields.values() if isinstance(value, str))
    if isinstance(grader, Model):
        yield from (message.content for message in grader.messages or [] if isinstance(message.content, str))


def _all_graders(definition: Definition) -> Iterator[tuple[str, AnyGrader]]:
    yield from _walk(definition.named_graders, "")


def _walk(graders: dict[str, AnyGrader], prefix: str) -> Iterator[tuple[str, AnyGrader]]:
    for name, grader in graders.items():
        yield f"{prefix}{name}", grader
        yield from _walk(children(grader), f"{prefix}{name}/")
