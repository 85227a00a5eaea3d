"""Typed, frozen views over the objects of Replicate's HTTP API.

The raw object is kept in `raw`, untouched. Each view is built by `of(raw)`, which raises UnexpectedAnswer
only where a resource could not be named or followed without the missing part; anything else that is absent,
null or of an odd type becomes None, 0, False or {}. Texts are data as they came: they are not safe to print.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from replicate_tui.api.errors import UnexpectedAnswer

TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
"""The statuses after which a run changes no more."""

ACTIVE = frozenset({"queued", "starting", "processing"})
"""The statuses of a run that is waiting or running."""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _json_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < 1 << 63 else None


def _moment(value: object) -> datetime | None:
    """An aware moment in UTC from RFC 3339 with any number of fraction digits; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _object_or_none(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _texts(value: object) -> dict[str, str]:
    return {key: text for key, text in _object(value).items() if isinstance(text, str)}


Text = Annotated[str | None, BeforeValidator(_text)]
JSONText = Annotated[str | None, BeforeValidator(_json_text)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Count = Annotated[int, BeforeValidator(lambda value: _whole(value) or 0)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Object = Annotated[dict[str, Any], BeforeValidator(_object)]
ObjectOrNone = Annotated[dict[str, Any] | None, BeforeValidator(_object_or_none)]
Texts = Annotated[dict[str, str], BeforeValidator(_texts)]
Essential = Annotated[str, Field(strict=True, min_length=1)]


class Resource(BaseModel):
    """What all resources have in common: they are frozen, and `raw` is the object as the API sent it."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True, protected_namespaces=())

    raw: dict[str, Any] = Field(repr=False)

    @classmethod
    def of(cls, raw: object) -> Self:
        """The view over a raw object. Raises UnexpectedAnswer naming the type and the key that is wrong."""
        if not isinstance(raw, dict):
            raise UnexpectedAnswer(f"not a {cls.__name__}: a JSON {_kind(raw)} instead of an object")
        try:
            return cls.model_validate({**raw, "raw": raw})
        except ValidationError as error:
            keys = {".".join(str(part) for part in problem["loc"]) for problem in error.errors()}
        raise UnexpectedAnswer(f"not a {cls.__name__}: {', '.join(sorted(keys))} missing or of a wrong type")


def _kind(value: object) -> str:
    names = {type(None): "null", list: "array", str: "string", bool: "boolean"}
    return names.get(type(value), "number")


class Prediction(Resource):
    """One run of a model.

    `version` is opaque ("hidden" for official models). `error` is free text written by the model or the
    platform. `output` is any JSON, and grows while some models run. `metrics` are mostly seconds and counts.
    """

    id: Essential
    status: Essential
    model: Text = None
    version: Text = None
    input: Object = Field(default_factory=dict)
    output: Any = None
    logs: Text = None
    error: JSONText = None
    created_at: Moment = None
    started_at: Moment = None
    completed_at: Moment = None
    deadline: Moment = None
    urls: Texts = Field(default_factory=dict)
    metrics: Object = Field(default_factory=dict)
    source: Text = None
    deployment: Text = None
    data_removed: Flag = False

    @property
    def terminal(self) -> bool:
        """Whether the run has ended in a status that the API documents as final."""
        return self.status in TERMINAL

    @property
    def active(self) -> bool:
        """Whether the run is worth asking about again.

        A status that we do not know counts as active until the run carries `completed_at`; from then on the
        run is neither active nor terminal: nothing more is expected of it, nothing is claimed about its end.
        """
        return self.status in ACTIVE or (not self.terminal and self.completed_at is None)

    @property
    def stream_url(self) -> str | None:
        """Where the output can be followed as it appears; None if the model does not stream."""
        return self.urls.get("stream")


class Version(Resource):
    """One version of a model. `openapi_schema` describes its inputs and output."""

    id: Essential
    created_at: Moment = None
    cog_version: Text = None
    openapi_schema: ObjectOrNone = None


R = TypeVar("R", bound=Resource)


def _or_none(cls: type[R]) -> Callable[[object], R | None]:
    """Reads a resource inside another one, where an unreadable one counts as absent."""

    def read(value: object) -> R | None:
        if isinstance(value, cls):
            return value
        try:
            return cls.of(value)
        except UnexpectedAnswer:
            return None

    return read


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
    cover_image_url: Text = None
    created_at: Moment = None
    default_example: Annotated[Prediction | None, BeforeValidator(_or_none(Prediction))] = None
    latest_version: Annotated[Version | None, BeforeValidator(_or_none(Version))] = None

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Hardware(Resource):
    """A machine that models run on: its `sku` for requests, its `name` for people."""

    sku: Essential
    name: Annotated[str, BeforeValidator(lambda value: _text(value) or "")] = ""


class Account(Resource):
    """The account that a token belongs to. `type` is "user" or "organization"."""

    username: Essential
    type: Text = None
    name: Text = None


class File(Resource):
    """An uploaded file, without its content. `size` is in bytes; it is gone after `expires_at`."""

    id: Essential
    name: Text = None
    content_type: Text = None
    size: Whole = None
    expires_at: Moment = None
    urls: Texts = Field(default_factory=dict)

    @property
    def url(self) -> str | None:
        """What a file input takes to mean this file."""
        return self.urls.get("get")


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page of a list.

    `next` and `previous` are the API's links, or None at the ends; `raw` is the page object. Items that could
    not be read are left out and counted in `skipped`.
    """

    results: tuple[R, ...]
    next: str | None
    previous: str | None
    raw: dict[str, Any]
    skipped: int = 0

    @classmethod
    def of(cls, raw: object, item: type[R]) -> "Page[R]":
        """The page in a raw page object. Raises UnexpectedAnswer if it has no list of results."""
        listed = raw.get("results") if isinstance(raw, dict) else None
        if not isinstance(raw, dict) or not isinstance(listed, list):
            raise UnexpectedAnswer(f"not a page of {item.__name__}: results missing or of a wrong type")
        results = readable(listed, item)
        return cls(results, _link(raw.get("next")), _link(raw.get("previous")), raw, len(listed) - len(results))


def readable(listed: list[Any], item: type[R]) -> tuple[R, ...]:
    """The entries of a list that can be read."""
    read = _or_none(item)
    return tuple(resource for entry in listed if (resource := read(entry)) is not None)


def _link(value: object) -> str | None:
    """A page's link; the word "null" also stands for none."""
    return value if isinstance(value, str) and value not in {"", "null"} else None
