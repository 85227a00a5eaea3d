"""Models, their versions, and where they are found: collections and searches."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from replicate_tui.api.resources.resource import (
    Count,
    Essential,
    Flag,
    Moment,
    Name,
    Number,
    ObjectOrNone,
    Resource,
    Text,
    Words,
    all_inside,
    inside,
    readable,
)
from replicate_tui.api.resources.runs import Prediction


class Version(Resource):
    """One version of a model. `openapi_schema` describes its inputs and output."""

    id: Essential
    created_at: Moment = None
    cog_version: Text = None
    openapi_schema: ObjectOrNone = None


class Model(Resource):
    """A model. `latest_version` is None until something was pushed; `run_count` counts everybody's runs."""

    owner: Essential
    name: Essential
    description: Text = None
    visibility: Text = None
    is_official: Flag = False
    run_count: Count = 0
    url: Text = None
    github_url: Text = None
    paper_url: Text = None
    license_url: Text = None
    weights_url: Text = None
    cover_image_url: Text = None
    created_at: Moment = None
    default_example: Annotated[Prediction | None, BeforeValidator(inside(Prediction))] = None
    latest_version: Annotated[Version | None, BeforeValidator(inside(Version))] = None

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Collection(Resource):
    """Models that belong together, by its `slug`.

    Only one that was asked for by itself has `full_description` (Markdown) and `models`; on a list they are absent.
    """

    slug: Essential
    name: Name = ""
    description: Text = None
    full_description: Text = None
    models: Annotated[tuple[Model, ...], BeforeValidator(all_inside(Model))] = ()


class Metadata(Resource):
    """What a search knows of a model: words that a machine wrote, and how well it fits (`score`, more is better)."""

    generated_description: Text = None
    tags: Words = ()
    score: Number = None


class FoundModel(Resource):
    """One model that a search found."""

    model: Annotated[Model, BeforeValidator(inside(Model))]
    metadata: Annotated[Metadata | None, BeforeValidator(inside(Metadata))] = None


class FoundCollection(Resource):
    """One collection that a search found; its `models` as `owner/name`."""

    slug: Essential
    name: Name = ""
    description: Text = None
    models: Words = ()


class FoundPage(Resource):
    """One page of the documentation; `href` is a path of replicate.com."""

    href: Essential
    name: Name = ""


def _found(value: object) -> Any:
    """The models that were found. A search without them is none."""
    return readable(value, FoundModel) if isinstance(value, list) else value


class SearchResult(Resource):
    """What a search found: models best first, collections, pages of the documentation."""

    query: Text = None
    models: Annotated[tuple[FoundModel, ...], BeforeValidator(_found)]
    collections: Annotated[tuple[FoundCollection, ...], BeforeValidator(all_inside(FoundCollection))] = ()
    pages: Annotated[tuple[FoundPage, ...], BeforeValidator(all_inside(FoundPage))] = ()
