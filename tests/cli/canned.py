"""An API whose account never changes: what is printed of it is compared letter by letter."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
RUN = "k7x2m9qd5rrm80cn4wf9t0a6zc"
FAILED = "p3w8n1vb6zrj00cp5tk2h7y4qe"
TRAINING = "t5r1a8nn2grm40cq9vb3w6x0zd"


def _ago(**amount: float) -> str:
    return (datetime.now(UTC) - timedelta(**amount)).isoformat()


SCHEMA = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "required": ["prompt"],
                "properties": {
                    "prompt": {"type": "string", "description": "What to paint", "x-order": 0},
                    "width": {"type": "integer", "default": 512, "minimum": 64, "maximum": 2048, "x-order": 1},
                    "style": {"enum": ["ink", "oil"], "type": "string", "default": "oil", "x-order": 2},
                    "image": {"type": "string", "format": "uri", "description": "Begin with this", "x-order": 3},
                },
            },
            "Output": {"type": "array", "items": {"type": "string", "format": "uri"}},
        }
    }
}


def _model(name: str, description: str, runs: int, *, official: bool = False) -> dict[str, Any]:
    return {
        "owner": "acme",
        "name": name,
        "url": f"https://replicate.com/acme/{name}",
        "description": description,
        "visibility": "public",
        "run_count": runs,
        "is_official": official,
        "github_url": f"https://github.com/acme/{name}",
        "latest_version": {"id": VERSION, "created_at": _ago(days=40), "openapi_schema": SCHEMA},
        "default_example": None,
    }


def _page(*results: dict[str, Any]) -> dict[str, Any]:
    return {"previous": None, "next": None, "results": list(results)}


def _run(run_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": run_id,
        "model": "acme/painter",
        "version": VERSION,
        "status": status,
        "source": "api",
        "input": {"prompt": "a lighthouse at dusk"},
        "output": None,
        "error": None,
        "logs": "",
        "created_at": _ago(days=3, seconds=10),
        "started_at": _ago(days=3, seconds=8),
        "completed_at": _ago(days=3),
        "metrics": {"predict_time": 8.0},
        "urls": {"web": f"https://replicate.com/p/{run_id}"},
        **more,
    }


def account() -> dict[str, Any]:
    """What each address answers."""
    painter = _model("painter", "Paints what you say", 1_234_567, official=True)
    upscaler = _model("upscaler", "Enlarges \x1b[31mpictures", 4321)
    done = _run(RUN, "succeeded", output=["https://replicate.delivery/x/out-0.png"], data_removed=True)
    failed = _run(FAILED, "failed", error="CUDA out of memory")
    training = {**_run(TRAINING, "succeeded"), "output": {"version": f"acme/mine:{VERSION}"}}
    deployment = {
        "owner": "acme",
        "name": "painter-prod",
        "current_release": {
            "number": 3,
            "model": "acme/painter",
            "version": VERSION,
            "created_at": _ago(days=12),
            "created_by": {"type": "organization", "username": "acme"},
            "configuration": {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 2},
        },
    }
    return {
        "/account": {"type": "organization", "username": "acme", "name": "Acme Tools"},
        "/hardware": [{"name": "CPU", "sku": "cpu"}, {"name": "Nvidia T4 GPU", "sku": "gpu-t4"}],
        "/models": _page(painter, upscaler),
        "/search": {"query": "paint", "models": [{"model": painter, "metadata": {}}], "collections": [], "pages": []},
        "/models/acme/painter": painter,
        "/models/acme/painter/versions": _page(painter["latest_version"]),
        "/predictions": _page(done, failed),
        f"/predictions/{RUN}": done,
        f"/predictions/{FAILED}": failed,
        "/trainings": _page(training),
        f"/trainings/{TRAINING}": training,
        "/deployments": _page(deployment),
        "/deployments/acme/painter-prod": deployment,
        "/collections": _page({"name": "Super resolution", "slug": "super-resolution", "description": "Enlarge"}),
        "/collections/super-resolution": {
            "name": "Super resolution",
            "slug": "super-resolution",
            "description": "Enlarge",
            "models": [upscaler],
        },
        "/files": _page(
            {"id": "f1", "name": "photo.jpg", "content_type": "image/jpeg", "size": 20480, "created_at": _ago(hours=2)}
        ),
    }


@contextmanager
def serving(answers: Mapping[str, Any]) -> Iterator[str]:
    """A server that gives these answers, by path; a number is an error of that status, what is not there a 404."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer()

        def _answer(self) -> None:
            path = self.path.partition("?")[0].removeprefix("/v1")
            said = answers.get(f"{self.command} {path}", answers.get(path, 404))
            status = said if isinstance(said, int) else 200
            problem = {"title": "Refused", "detail": "the server says no", "status": status}
            body = json.dumps(problem if isinstance(said, int) else said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
