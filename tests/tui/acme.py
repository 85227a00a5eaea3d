"""An account with something of everything, told alike each time: what the looks of the screen are taken of."""

import io
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from tests.core.scripted import Asked, Reply, Said, problem, says

VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
OLDER = "9e1a6d2b7f3c4e5d8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d0e1f"
SHORE = "A lighthouse at dusk, warm light on calm water, long exposure"
TOLD = (
    "# The tern\n\nA tern flew over the **shore** and looked down.\n\n- one boat\n- two nets\n\n"
    "> Nobody was there.\n\nIt flew on, and the evening came.\n"
)
TRACE = (
    "Loading weights\nTraceback (most recent call last):\n  File predict.py, line 88, in predict\n"
    "RuntimeError: CUDA out of memory\n"
)
STEPS = "Using seed: 42\nLoading weights\n" + "".join(
    f"{at * 2:3}%|{'#' * (at // 5):<10}| {at}/50\r" for at in range(33)
)
LOSSES = "".join(f"step {step:3d}/400 | loss {5 / (1 + step / 40) + 0.4:.4f}\n" for step in range(0, 240, 4))
README = "# Heron\n\nPaints what you describe.\n\n## Good at\n\n1. shores and birds\n2. light\n\nSee the [paper](https://h.test/p).\n"
NO_MORE: Mapping[str, object] = {"next": None, "previous": None}


def _field(order: int, kind: str, told: str, **more: object) -> dict[str, Any]:
    return {"type": kind, "x-order": order, "description": told, **more}


PAINTING = {
    "prompt": _field(0, "string", "What to paint"),
    "image": _field(1, "string", "A picture to begin with", format="uri"),
    "aspect_ratio": _field(2, "string", "Of the picture", enum=["1:1", "3:2", "16:9"], default="3:2"),
    "guidance": _field(3, "number", "How close to keep to the words", minimum=0, maximum=10, default=3.5),
    "num_outputs": _field(4, "integer", "How many pictures", minimum=1, maximum=4, default=1),
    "seed": _field(5, "integer", "The same seed paints the same picture"),
    "go_fast": _field(6, "boolean", "Less care, less time", default=False),
    "output_format": _field(7, "string", "Of the files", enum=["webp", "png"], default="webp"),
}
TELLING = {
    "prompt": _field(0, "string", "How it begins"),
    "max_tokens": _field(1, "integer", "How long it may become", minimum=1, maximum=4096, default=512),
}
TEACHING = {
    "input_images": _field(0, "string", "An archive of pictures to learn from", format="uri"),
    "trigger_word": _field(1, "string", "What the new thing is called", default="TOK"),
    "steps": _field(2, "integer", "How long it learns", minimum=3, maximum=6000, default=1000),
}


def _schema(inputs: Mapping[str, Any], output: Mapping[str, Any], teaching: Mapping[str, Any] | None) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "Input": {"type": "object", "properties": inputs, "required": ["prompt"]},
        "Output": output,
    }
    if teaching is not None:
        parts["TrainingInput"] = {"type": "object", "properties": teaching, "required": ["input_images"]}
    return {"openapi": "3.0.2", "info": {"title": "Cog", "version": "0.1.0"}, "components": {"schemas": parts}}


PICTURES = {"type": "array", "items": {"type": "string", "format": "uri"}}
WORDS = {
    "type": "array",
    "items": {"type": "string"},
    "x-cog-array-type": "iterator",
    "x-cog-array-display": "concatenate",
}


def _model(name: str, told: str, count: int, schema: Mapping[str, Any], **more: object) -> dict[str, Any]:
    owner, _, short = name.partition("/")
    return {
        "owner": owner,
        "name": short,
        "description": told,
        "run_count": count,
        "visibility": "public",
        "url": f"https://replicate.test/{name}",
        "github_url": f"https://github.test/{name}",
        "license_url": f"https://github.test/{name}/LICENSE",
        "is_official": False,
        "latest_version": {
            "id": VERSION,
            "created_at": "2026-03-04T05:06:07Z",
            "cog_version": "0.16.8",
            "openapi_schema": schema,
        },
        **more,
    }


PAINTER = _schema(PAINTING, PICTURES, TEACHING)
TELLER = _schema(TELLING, WORDS, None)
MODELS = {
    f"{each['owner']}/{each['name']}": each
    for each in (
        _model(
            "acme/heron",
            "Paints what you describe, with a good eye for birds, shores and evening light.",
            12_400_000,
            PAINTER,
            is_official=True,
        ),
        _model("acme/heron-fast", "The same in a second.", 3_100_000, PAINTER, is_official=True),
        _model("north/teller", "Tells a story to its end.", 890_123, TELLER),
        _model("north/upscale-four-times-and-mend-faces", "Makes pictures larger.", 54_321, PAINTER),
        _model("tern/whisper", "Writes down what is said.", 9_876, TELLER),
        _model("tern/shore-lora", "Trained on one shore.", 7, PAINTER, visibility="private"),
    )
}
HARDWARE = [
    {"sku": "cpu", "name": "CPU"},
    {"sku": "gpu-t4", "name": "Nvidia T4 GPU"},
    {"sku": "gpu-l40s", "name": "Nvidia L40S GPU"},
    {"sku": "gpu-a100-large", "name": "Nvidia A100 (80GB) GPU"},
    {"sku": "gpu-h100", "name": "Nvidia H100 GPU"},
]
COLLECTIONS = [
    {"slug": "paint", "name": "Generate images", "description": "Models that paint what you describe"},
    {"slug": "write", "name": "Language models", "description": "Models that write and answer"},
]


class Acme:
    """Answers what is asked of that account. `refusal` is said instead of everything, where there is one."""

    def __init__(self, base: Callable[[], str]) -> None:
        self._base = base
        self._begun = datetime.fromtimestamp(time.time(), UTC)
        self.refusal: Reply = None

    def __call__(self, asked: Asked) -> Reply:
        if self.refusal is not None:
            return self.refusal
        first, *rest = asked.path.removeprefix("/v1").strip("/").split("/")
        if first == "f":
            return Said(dusk(), 200, {"Content-Type": "image/png"})
        if first == "account":
            return says({"type": "organization", "username": "acme", "name": "Acme"})
        if first == "hardware":
            return says(HARDWARE)
        if first == "search" or (first == "models" and asked.method == "QUERY"):
            return says({**NO_MORE, "models": [], "collections": [], "pages": [], "results": []})
        if first == "models":
            return self._models(rest)
        if first == "collections":
            return says(COLLECTIONS[0] | {"models": list(MODELS.values())[:2]}) if rest else _page(COLLECTIONS)
        if first == "deployments":
            return self._deployments(rest)
        known = {"predictions": self._predictions, "trainings": self._trainings}.get(first)
        return problem(404) if known is None else _runs(known(), rest)

    def _models(self, rest: Sequence[str]) -> Reply:
        if not rest:
            return _page(list(MODELS.values()))
        found = MODELS.get("/".join(rest[:2]))
        if found is None:
            return problem(404)
        if rest[2:] == ["readme"]:
            return Said(README.encode(), 200, {"Content-Type": "text/plain"})
        if rest[2:] == ["versions"]:
            older = {
                **found["latest_version"],
                "id": OLDER,
                "created_at": "2025-11-12T13:14:15Z",
                "cog_version": "0.14.1",
            }
            return _page([found["latest_version"], older])
        if rest[2:] == ["examples"]:
            return _page([each for each in self._predictions() if each["status"] == "succeeded"][:2])
        return says(found)

    def _ago(self, **past: float) -> str:
        return (self._begun - timedelta(**past)).isoformat()

    def _run(self, run_id: str, status: str, model: str, ago: float, took: float, **more: object) -> dict[str, Any]:
        """A run begun `ago` seconds since, which took so long, or goes on where `took` is 0."""
        ended = {"completed_at": self._ago(seconds=ago - 1 - took)} if took else {}
        return {
            "id": run_id,
            "model": model,
            "version": VERSION,
            "status": status,
            "input": {"prompt": SHORE},
            "logs": "",
            "output": None,
            "error": None,
            "source": "api",
            "created_at": self._ago(seconds=ago),
            "started_at": self._ago(seconds=ago - 1),
            "urls": {"web": f"https://replicate.test/p/{run_id}"},
            "metrics": {"predict_time": took} if took else {},
            **ended,
            **more,
        }

    def _predictions(self) -> list[dict[str, Any]]:
        day = 86400.0
        boat = {"prompt": "A small boat under the aurora", "num_outputs": 1, "seed": 7}
        tern = {"prompt": "A tern flew over the shore", "max_tokens": 80}
        picture = [f"{self._base()}/f/out-0.png"]
        return [
            self._run("p7going", "processing", "acme/heron", 200, 0, logs=STEPS),
            self._run("p6shore", "succeeded", "acme/heron", 1500, 4.2, output=picture, logs="Using seed: 42\n"),
            self._run(
                "p5told", "succeeded", "north/teller", 2100, 7.9, input=tern, output=TOLD.splitlines(keepends=True)
            ),
            self._run(
                "p4failed", "failed", "acme/heron", 2500, 31.4, input=boat, error="CUDA out of memory", logs=TRACE
            ),
            self._run("p3stopped", "canceled", "acme/heron-fast", 3 * day, 2.5, input=boat),
            self._run("p2old", "succeeded", "tern/whisper", 9 * day, 61.0, output="So it was said."),
            self._run("p1old", "failed", "north/teller", 40 * day, 0.8, input={"prompt": ""}, error="prompt is empty"),
        ]

    def _trainings(self) -> list[dict[str, Any]]:
        day = 86400.0
        made = {"version": f"tern/shore-lora:{OLDER}", "weights": "https://files.test/weights.tar"}
        learns = {"input_images": "https://files.test/shore.zip", "trigger_word": "SHORE", "steps": 400}
        told = {"destination": "tern/shore-lora", "input": learns, "logs": LOSSES}
        return [
            self._run("t3going", "processing", "acme/heron", 200, 0, **told),
            self._run("t2made", "succeeded", "acme/heron", 2 * day, 1320.0, output=made, **told),
            self._run(
                "t1failed",
                "failed",
                "acme/heron",
                5 * day,
                12.0,
                error="the archive has no pictures",
                **(told | {"logs": ""}),
            ),
        ]

    def _deployments(self, rest: Sequence[str]) -> Reply:
        known = [
            self._deployment("prod", 3, "gpu-l40s", (1, 4)),
            self._deployment("try", 1, "gpu-t4", (0, 1)),
            self._deployment("idle", 2, "gpu-t4", (0, 0)),
        ]
        if not rest:
            return _page(known)
        found = next((each for each in known if [each["owner"], each["name"]] == [*rest]), None)
        return problem(404) if found is None else says(found)

    def _deployment(self, name: str, number: int, hardware: str, bounds: tuple[int, int]) -> dict[str, Any]:
        return {
            "owner": "acme",
            "name": name,
            "current_release": {
                "number": number,
                "model": "acme/heron",
                "version": VERSION,
                "created_at": self._ago(days=6.5),
                "created_by": {"type": "user", "username": "mina", "name": "Mina"},
                "configuration": {"hardware": hardware, "min_instances": bounds[0], "max_instances": bounds[1]},
            },
        }


def dusk() -> bytes:
    """A picture: a sky that becomes dark, a light on the water."""
    chance = random.Random(7)
    picture = Image.new("RGB", (96, 64))
    for y in range(64):
        for x in range(96):
            light = 60 if y > 40 and abs(x - 60) < chance.randint(2, 14) else 0
            picture.putpixel((x, y), (40 + y * 2 + light, 30 + y + light, 110 - y // 2))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _page(results: Sequence[object]) -> Said:
    return says({**NO_MORE, "results": results})


def _runs(known: Sequence[dict[str, Any]], rest: Sequence[str]) -> Said:
    """A list without logs, or one run."""
    if not rest:
        return _page([{key: value for key, value in run.items() if key != "logs"} for run in known])
    found = next((run for run in known if run["id"] == rest[0]), None)
    return problem(404) if found is None else says(found)
