"""A server whose every text is hostile: markup, escape codes, wide and invisible characters.

`python -m tests.tui.hostile PORT_FILE` serves until it is killed and writes its port into the file.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

MARK = "evil"
EVIL = (
    f"{MARK}[/x][b]bold[link=https://e.example]x[@click=app.bell]\x1b]0;owned\x07\x1b[31mred\x1b[2J\x9b5A"
    "\x1bP1$r\x1b\\\u202e\u200b\ufeff漢字e\u0301👩‍🚀\x00\x07\r\n\tend"
)
BROKEN = f"{EVIL} \ud800"
"""With half a surrogate pair: not for names, which would be refused for it."""
VERSION = "7" * 64
TIME = "2026-01-02T03:04:05.678Z"


def _property(order: int, **extra: Any) -> dict[str, Any]:
    return {"title": EVIL, "description": EVIL, "x-order": order, **extra}


SCHEMA = {
    "openapi": "3.0.2",
    "info": {"title": EVIL, "version": EVIL},
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "title": EVIL,
                "properties": {
                    "prompt": _property(0, type="string", default=EVIL),
                    f"name{BROKEN}": _property(1, type="string", default="x"),
                    "number": _property(2, type="integer", minimum=0, maximum=9, default=1),
                    "choice": _property(3, type="string", enum=[EVIL, "plain"], default=EVIL),
                    "switch": _property(4, type="boolean", default=False),
                    "file": _property(5, type="string", format="uri"),
                    "odd": _property(6, type=EVIL),
                    "token": _property(7, type="string", format="password"),
                },
            },
            "Output": {"type": "object", "title": EVIL},
        }
    },
}


def _prediction(run_id: str, **extra: Any) -> dict[str, Any]:
    return {
        "id": run_id,
        "model": f"{MARK}/model",
        "version": EVIL,
        "input": {"prompt": BROKEN, EVIL: BROKEN},
        "logs": f"{BROKEN}\n 48%|{EVIL}\r 49%|",
        "output": {BROKEN: [BROKEN, {"deep": BROKEN}]},
        "error": None,
        "status": "succeeded",
        "created_at": TIME,
        "started_at": TIME,
        "completed_at": TIME,
        "urls": {"web": EVIL, "get": EVIL},
        "metrics": {EVIL: EVIL, "predict_time": 1.5},
        "source": EVIL,
        **extra,
    }


PREDICTIONS = {
    run["id"]: run
    for run in (
        _prediction("a" * 26),
        _prediction("b" * 26, status="failed", error=BROKEN, output=None),
        _prediction("c" * 26, output=[EVIL, EVIL]),
        _prediction("d" * 26, output=[f"http://127.0.0.1:9/{EVIL}.png", "http://127.0.0.1:9/[/x].mp4"]),
        _prediction("e" * 26, status=EVIL),
        _prediction(f"f{EVIL}", output=EVIL),
    )
}

MODEL = {
    "url": EVIL,
    "owner": MARK,
    "name": "model",
    "description": BROKEN,
    "visibility": "public",
    "is_official": True,
    "run_count": 7,
    "latest_version": {"id": VERSION, "created_at": TIME, "cog_version": EVIL, "openapi_schema": SCHEMA},
    "default_example": _prediction("g" * 26),
}
OTHER = {**MODEL, "name": f"m{EVIL}", "run_count": 3}


class Answer(JSONResponse):
    """JSON in plain ASCII: half a surrogate pair travels as its escape."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


DEPLOYMENT: dict[str, Any] = {
    "owner": MARK,
    "name": EVIL,
    "current_release": {
        "number": 2,
        "model": EVIL,
        "version": BROKEN,
        "created_at": TIME,
        "created_by": {"type": EVIL, "username": EVIL, "name": EVIL},
        "configuration": {"hardware": EVIL, "min_instances": 1, "max_instances": 2},
    },
}


def _page(results: list[Any]) -> Answer:
    return Answer({"next": None, "previous": None, "results": results})


async def account(request: Request) -> Answer:
    return Answer({"type": "user", "username": EVIL, "name": EVIL})


async def models(request: Request) -> Answer:
    return Answer({"detail": EVIL}, 500) if request.method == "QUERY" else _page([MODEL, OTHER])


async def search(request: Request) -> Answer:
    return Answer({"detail": EVIL}, 500)


async def model(request: Request) -> Answer:
    return Answer(MODEL)


async def predictions(request: Request) -> Answer:
    if request.method == "POST":
        return Answer({"title": EVIL, "detail": EVIL, "status": 422, "invalid_fields": [EVIL]}, 422)
    return _page([{key: value for key, value in run.items() if key != "logs"} for run in PREDICTIONS.values()])


async def prediction(request: Request) -> Answer:
    found = PREDICTIONS.get(request.path_params["id"])
    return Answer(found) if found else Answer({"detail": EVIL}, 404)


async def deployments(request: Request) -> Answer:
    return Answer({"title": EVIL, "detail": EVIL}, 422) if request.method == "POST" else _page([DEPLOYMENT])


async def deployment(request: Request) -> Answer:
    return Answer({"title": EVIL, "detail": EVIL}, 422) if request.method != "GET" else Answer(DEPLOYMENT)


async def hardware(request: Request) -> Answer:
    return Answer([{"sku": f"{MARK}-sku", "name": BROKEN}, {"sku": EVIL, "name": EVIL}])


ROUTES = [
    Route("/v1/deployments", deployments, methods=["GET", "POST"]),
    Route("/v1/deployments/{name:path}", deployment, methods=["GET", "PATCH", "DELETE"]),
    Route("/v1/hardware", hardware),
    Route("/v1/account", account),
    Route("/v1/models", models, methods=["GET", "QUERY"]),
    Route("/v1/search", search),
    Route("/v1/models/{owner}/{name}", model),
    Route("/v1/predictions", predictions, methods=["GET", "POST"]),
    Route("/v1/predictions/{id}", prediction),
    Route("/v1/predictions/{id}/cancel", prediction, methods=["POST"]),
]


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    Path(sys.argv[1]).write_text(str(listener.getsockname()[1]))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=ROUTES), log_level="error"))
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
