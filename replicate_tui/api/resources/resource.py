"""What all views over the API's objects are made of: how each part of a raw object is read, and pages of them."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from replicate_tui.api.errors import UnexpectedAnswer


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


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= sys.float_info.max else None


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


def _words(value: object) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list | tuple) else ()


Text = Annotated[str | None, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(lambda value: _text(value) or "")]
JSONText = Annotated[str | None, BeforeValidator(_json_text)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Count = Annotated[int, BeforeValidator(lambda value: _whole(value) or 0)]
Number = Annotated[float | None, BeforeValidator(_number)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Object = Annotated[dict[str, Any], BeforeValidator(_object)]
ObjectOrNone = Annotated[dict[str, Any] | None, BeforeValidator(_object_or_none)]
Texts = Annotated[dict[str, str], BeforeValidator(_texts)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
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


R = TypeVar("R", bound=Resource)


def inside(cls: type[R]) -> Callable[[object], R | None]:
    """Reads a resource inside another one, where an unreadable one counts as absent."""

    def read(value: object) -> R | None:
        if isinstance(value, cls):
            return value
        try:
            return cls.of(value)
        except UnexpectedAnswer:
            return None

    return read


def readable(listed: list[Any], item: type[R]) -> tuple[R, ...]:
    """The entries of a list that can be read."""
    read = inside(item)
    return tuple(resource for entry in listed if (resource := read(entry)) is not None)


def all_inside(cls: type[R]) -> Callable[[object], tuple[R, ...]]:
    """Reads a list of resources inside another one: what can be read of it; nothing of what is no list."""

    def read(value: object) -> tuple[R, ...]:
        return readable(list(value), cls) if isinstance(value, list | tuple) else ()

    return read


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


def _link(value: object) -> str | None:
    """A page's link; the word "null" also stands for none."""
    return value if isinstance(value, str) and value not in {"", "null"} else None
