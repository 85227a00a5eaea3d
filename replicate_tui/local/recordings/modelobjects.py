"""Model objects from anywhere, made into what Replicate's HTTP API promises of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

LONG_AGO = "1970-01-01T00:00:00.000000Z"
"""When something was made that nobody knows the time of."""

HIDDEN = "hidden"
"""The version that predictions of official models name."""

NAME = re.compile(r"[^\s/:]+")
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)

LINKS = ("github_url", "paper_url", "license_url", "weights_url", "cover_image_url")
STATUSES = ("starting", "processing", "succeeded", "failed", "canceled", "aborted")
TIMES = ("started_at", "completed_at")
MODEL_ADDRESSES = ("url",)
EXAMPLE_ADDRESSES = ("urls", "stream", "webhook", "webhook_completed", "webhook_events_filter")
OWN_METRICS = ("predict_time", "total_time")

EMPTY_SCHEMA: Mapping[str, Any] = {
    "openapi": "3.0.2",
    "info": {"title": "Cog", "version": "0.1.0"},
    "paths": {},
    "components": {"schemas": {}},
}
"""What every OpenAPI document has."""


def candidates(value: Any) -> Iterator[Any]:
    """What may be a model: the value itself, or the results of the page that it is."""
    if isinstance(value, dict) and "owner" not in value and isinstance(value.get("results"), list):
        yield from value["results"]
    else:
        yield value


def model_object(value: Any) -> dict[str, Any] | None:
    """The value with every key of a model, of the types that the API documents; None when it is no model.

    Missing are the keys that hold addresses: the model's `url`, and in `default_example` the `urls` (and those
    that name a webhook or a stream, which are somebody else's). Unknown keys stay. Times are UTC with
    microseconds, so that their texts sort as the moments do.
    """
    if not (isinstance(value, dict) and _is_name(value.get("owner")) and _is_name(value.get("name"))):
        return None
    model = _without(value, MODEL_ADDRESSES)
    full_name = f"{model['owner']}/{model['name']}"
    created_at = _first_time(model, model.get("latest_version"), model.get("default_example"))
    version = _version(model.get("latest_version"), created_at)
    model["description"] = _text(model.get("description"))
    model["visibility"] = "private" if model.get("visibility") == "private" else "public"
    model["is_official"] = model.get("is_official") is True
    model["run_count"] = _count(model.get("run_count"))
    model |= {key: _address(model.get(key)) for key in LINKS}
    model["default_example"] = _example(model.get("default_example"), full_name, version, created_at)
    model["latest_version"] = version
    model["created_at"] = created_at
    return model


def _version(value: Any, created_at: str) -> dict[str, Any] | None:
    if not (isinstance(value, dict) and _is_name(value.get("id"))):
        return None
    return value | {
        "created_at": _time(value.get("created_at")) or created_at,
        "cog_version": _text(value.get("cog_version")),
        "openapi_schema": _schema(value.get("openapi_schema")),
    }


def _schema(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    schema = {key: value[key] if type(value.get(key)) is type(least) else least for key, least in EMPTY_SCHEMA.items()}
    components = schema["components"]
    if not isinstance(components.get("schemas"), dict):
        schema["components"] = components | {"schemas": {}}
    return value | schema


def _example(value: Any, full_name: str, version: dict[str, Any] | None, created_at: str) -> dict[str, Any] | None:
    if not (isinstance(value, dict) and _is_name(value.get("id"))):
        return None
    example = _without(value, EXAMPLE_ADDRESSES)
    error, status, ran = _text(example.get("error")), example.get("status"), example.get("version")
    example |= {
        "model": _text(example.get("model")) or full_name,
        "version": ran if _is_name(ran) else version["id"] if version else HIDDEN,
        "input": _mapping(example.get("input")),
        "logs": _text(example.get("logs")) or "",
        "output": example.get("output"),
        "data_removed": example.get("data_removed") is True,
        "error": error,
        "status": status if status in STATUSES else "failed" if error else "succeeded",
        "created_at": _time(example.get("created_at")) or created_at,
        "metrics": _metrics(_mapping(example.get("metrics"))),
    }
    optional = {key: _time(example.pop(key, None)) for key in TIMES}
    optional["source"] = _text(example.pop("source", None))
    if optional["source"] not in ("web", "api"):
        del optional["source"]
    return example | {key: text for key, text in optional.items() if text}


def _metrics(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in OWN_METRICS or _is_number(item)}


def _first_time(*holders: Any) -> str:
    times = (_time(holder.get("created_at")) for holder in holders if isinstance(holder, dict))
    return next((time for time in times if time), LONG_AGO)


def _time(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and NAME.fullmatch(value) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _count(value: Any) -> int:
    return min(max(int(value), 0), 2**63 - 1) if _is_number(value) else 0


def _address(value: Any) -> str | None:
    return value if isinstance(value, str) and ADDRESS.fullmatch(value) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _without(value: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}
