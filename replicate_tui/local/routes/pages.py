"""What a browser sees of a prediction (`urls.web`) and of a model (`url`): one plain page each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import PurePosixPath
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from replicate_tui.local import view
from replicate_tui.local.addresses import base_url
from replicate_tui.local.catalog import Catalog
from replicate_tui.local.http.problems import not_found
from replicate_tui.local.http.routing import open_route
from replicate_tui.local.runner import Runner

PICTURES = frozenset({".png", ".jpg", ".webp", ".gif"})

HEADERS = {
    "content-security-policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
}

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem;
       color: #1d1f24; background: #fbfaf7; }
pre { background: #efede6; padding: 1rem; overflow: auto; white-space: pre-wrap; }
img { max-width: 100%; border-radius: 6px; display: block; margin: 1rem 0; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; color: #6b6f76; margin-top: 2rem; }
"""


class PageRoutes:
    """Handlers over the runner and the catalog. A prediction's id is the permission to see its page."""

    def __init__(self, runner: Runner, catalog: Catalog) -> None:
        self._runner = runner
        self._catalog = catalog

    def open_routes(self) -> Sequence[BaseRoute]:
        """Their addresses; they come last, for a model's page may look like any other."""
        return [
            open_route("/p/{id}", GET=self.prediction),
            open_route("/{owner}/{name}", GET=self.model),
        ]

    async def prediction(self, request: Request) -> Response:
        """GET /p/{id}."""
        await self._catalog.ready()
        shown = self._shown(request.path_params["id"], base_url(request))
        parts = [f"<h1>{escape(shown['model'])} · {escape(shown['status'])}</h1>", _output(shown["output"])]
        parts += [_section("Error", shown["error"]), _section("Logs", shown.get("logs"))]
        parts.append(_section("Prediction", json.dumps(shown, indent=2, ensure_ascii=False)))
        return _page(f"{shown['model']} {shown['id']}", parts)

    async def model(self, request: Request) -> Response:
        """GET /{owner}/{name}."""
        await self._catalog.ready()
        model = self._catalog.model("{owner}/{name}".format(**request.path_params))
        if model is None or model.visibility != "public":
            raise not_found()
        parts = [f"<h1>{escape(model.full_name)}</h1><p>{escape(model.description or '')}</p>"]
        if model.example:
            parts.append(_output(view.example(model.example, base_url(request))["output"]))
        return _page(model.full_name, [*parts, _section("Readme", model.readme)])

    def _shown(self, identifier: str, base: str) -> dict[str, Any]:
        if prediction := self._runner.prediction(identifier):
            return view.item(prediction, base) | {"logs": prediction.logs}
        if example := self._catalog.example(identifier):
            return view.example(example, base)
        raise not_found()


def _page(title: str, parts: Sequence[str]) -> Response:
    head = f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return HTMLResponse((head + "".join(parts)).encode("utf-8", "replace"), headers=HEADERS)


def _section(title: str, text: str | None) -> str:
    return f"<h2>{escape(title)}</h2><pre>{escape(text)}</pre>" if text else ""


def _output(output: Any) -> str:
    values = output if isinstance(output, list) else [output]
    if all(isinstance(value, str) for value in values):
        if all(_is_picture(value) for value in values):
            return "".join(f'<img src="{escape(value)}" alt="">' for value in values)
        return _section("Output", "".join(values))
    return "" if output is None else _section("Output", json.dumps(output, indent=2, ensure_ascii=False))


def _is_picture(value: str) -> bool:
    return "/outputs/" in value and PurePosixPath(value).suffix in PICTURES
