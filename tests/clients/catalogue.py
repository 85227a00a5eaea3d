"""Models as the API describes them, for a server to show: more than one page of them."""

from __future__ import annotations

import hashlib
from typing import Any

COUNT = 30


def _model(number: int) -> dict[str, Any]:
    name = f"model-{number:02d}"
    version = hashlib.sha256(name.encode()).hexdigest()
    made = f"2025-03-{number + 1:02d}T12:00:00.000000Z"
    return {
        "url": f"https://replicate.com/acme/{name}",
        "owner": "acme",
        "name": name,
        "description": f"Number {number} of many",
        "visibility": "public",
        "is_official": False,
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": number,
        "cover_image_url": None,
        "created_at": made,
        "default_example": _example(name, version, made),
        "latest_version": {"id": version, "created_at": made, "cog_version": "0.16.2", "openapi_schema": SCHEMA},
    }


def _example(name: str, version: str, made: str) -> dict[str, Any]:
    return {
        "id": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:26],
        "model": f"acme/{name}",
        "version": version,
        "input": {"text": "Ada"},
        "output": f"{name} greets Ada",
        "logs": "",
        "error": None,
        "status": "succeeded",
        "data_removed": False,
        "created_at": made,
        "started_at": made,
        "completed_at": made,
        "metrics": {"predict_time": 0.01},
        "urls": {"get": "", "cancel": "", "web": ""},
    }


INPUT = {
    "type": "object",
    "title": "Input",
    "required": ["text"],
    "properties": {"text": {"type": "string", "title": "Text", "x-order": 0}},
}

SCHEMA: dict[str, Any] = {
    "openapi": "3.0.2",
    "info": {"title": "Cog", "version": "0.1.0"},
    "paths": {},
    "components": {"schemas": {"Input": INPUT, "Output": {"type": "string", "title": "Output"}}},
}

CATALOGUE = [_model(number) for number in range(COUNT)]
