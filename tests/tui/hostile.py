"""A Replicate whose every text is hostile: markup, escape codes, wide and invisible characters, impossible numbers.

`python -m tests.tui.hostile PORT_FILE` serves until it is killed and writes its port into the file.
"""

import asyncio
import base64
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.core.scripted import HANG_UP, Asked, Reply, Said, Scripted
from tests.tui.hostile_covers import COVERS, NAMED, cover

MARK = "evil"
STRANGE_COLOURS = ("#fe01dc", "#01fe1c")
"""A foreground and a background that only the hostile texts ask for."""
MARKUP = (
    f"[/x][b]bold[/][{STRANGE_COLOURS[0]} on {STRANGE_COLOURS[1]} blink]col[/][link=https://e.example]x[/link]"
    "[@click=app.quit]go[/][@click=app.bell]x"
)
ESCAPES = (
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b]8;;http://e.example\x1b\\lnk\x1b]8;;\x1b\\"
    "\x1b[38;2;254;1;220;5mred\x1b[2J\x1b[3;3H\x9b5A\x9d0;owned\x9c\x1bP1$r\x1b\\\x1b_Gi=1;AAAA\x1b\\\x1bc\x1b[?1049l"
)
UNSEEN = "\x00\x07\r\n\t\x7f\x85\u2028\u202e\u2066\u200b\u200d\ufeff\U000e0041"
WIDE = f"漢字👩‍🚀🇩🇪❤️{'e' + chr(0x301) * 40}각ｶﾞ﷽"
EVIL = f"{MARK}{MARKUP}{ESCAPES}{UNSEEN}{WIDE}../../end"
BROKEN = f"{EVIL} \ud800"
"""With half a surrogate pair: not for names, which would be refused for it."""
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
"""A picture of one dot."""
OUTSIDE = "..%2F..%2F..%2Fowned"
"""A path that a file must not be written to."""
VERSION = "7" * 64
TIME = "2026-01-02T03:04:05.678Z"
HUGE = [1e308, -1e308, float("nan"), float("inf"), 10**400, -0.0]
LOGS = f"{BROKEN}\n 48%|{EVIL}\r 49%|\nstep 1/9 | loss nan\nstep 2/9 | loss {MARKUP}\n{EVIL * 500}\n"
LONG_LINE = EVIL * (1_000_000 // len(EVIL))


def _deep(levels: int) -> Any:
    deep: Any = BROKEN
    for level in range(levels):
        deep = [deep] if level % 2 else {EVIL: deep}
    return deep


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
                    "list": _property(8, type="array", items={"type": "string", "title": EVIL}, default=[EVIL]),
                    "huge": _property(9, type="number", minimum=-1e308, maximum=1e308, default=10**400),
                    "object": _property(10, type="object", default={EVIL: EVIL}),
                },
            },
            "TrainingInput": {
                "type": "object",
                "properties": {"data": _property(0, type="string", format="uri"), EVIL: _property(1, type="string")},
            },
            "Output": {"type": "object", "title": EVIL},
        }
    },
}


def _run(run_id: str, **extra: Any) -> dict[str, Any]:
    return {
        "id": run_id,
        "model": f"{MARK}/model",
        "version": VERSION,
        "input": {"prompt": BROKEN, EVIL: BROKEN},
        "logs": LOGS,
        "output": {BROKEN: [BROKEN, {"deep": BROKEN}]},
        "error": None,
        "status": "succeeded",
        "created_at": TIME,
        "started_at": TIME,
        "completed_at": TIME,
        "urls": {"web": EVIL, "get": EVIL},
        "metrics": {EVIL: EVIL, "predict_time": 1e300, "total_time": float("nan")},
        "source": EVIL,
        "deployment": EVIL,
        "webhook": EVIL,
        "webhook_events_filter": [EVIL],
        **extra,
    }


FILES = (
    "/f/picture.png",
    f"/f/{OUTSIDE}.png",
    "/f/%1B%5D0;owned%07%C2%9B.mp4",
    "/f/..",
    "/f/%00",
    f"/f/{'e' * 300}.txt",
)
"""Paths at which this server has a file."""


def predictions(base: str) -> dict[str, dict[str, Any]]:
    """Runs by their id, one for each kind of output."""
    runs = (
        _run("a" * 26),
        _run("b" * 26, status="failed", error=BROKEN, output=None),
        _run("c" * 26, output=[EVIL, EVIL, MARKUP]),
        _run(
            "d" * 26,
            completed_at=datetime.now(UTC).isoformat(),
            output=[base + path for path in FILES] + [f"{base}/f/{EVIL}.png", "http://127.0.0.1:9/[/x].mp4"],
        ),
        _run("e" * 26, status=EVIL),
        _run(f"f{EVIL}", output=EVIL, version=EVIL),
        _run("h" * 26, output=HUGE),
        _run("i" * 26, output=_deep(60)),
        _run("j" * 26, output=f"# {EVIL}\n\n```{EVIL}\n{BROKEN}\n```\n[{EVIL}](javascript:{EVIL})\n", logs=LONG_LINE),
        _run("k" * 26, output=f"data:text/plain;base64,{EVIL}", created_at=EVIL, started_at="9999-12-31T23:59:59Z"),
        _run("l" * 26, output=LONG_LINE, model=EVIL, input=_deep(60)),
    )
    return {run["id"]: run for run in runs}


TRAININGS = {
    run["id"]: run
    for run in (
        _run("t" * 26, output={"version": f"{MARK}/{EVIL}:{VERSION}", "weights": EVIL}, destination=EVIL),
        _run("u" * 26, output={"version": f"{MARK}/made:{VERSION}", "weights": EVIL}, destination=f"{MARK}/made"),
        _run("v" * 26, status="failed", error=BROKEN, output=None),
    )
}
MODEL = {
    "url": EVIL,
    "owner": MARK,
    "name": "model",
    "description": BROKEN,
    "visibility": "public",
    "is_official": True,
    "run_count": 10**30,
    "github_url": EVIL,
    "paper_url": f"https://{EVIL}",
    "license_url": EVIL,
    "cover_image_url": EVIL,
    "latest_version": {"id": VERSION, "created_at": TIME, "cog_version": EVIL, "openapi_schema": SCHEMA},
    "default_example": _run("g" * 26),
}
OTHER = {**MODEL, "name": f"m{EVIL}", "run_count": 3}
LIST = f"{MARK}-list"
"""The collection whose models have a cover of each kind."""
COLLECTIONS = [
    {"slug": LIST, "name": EVIL, "description": BROKEN * 200, "full_description": EVIL},
    {"slug": f"../{MARKUP}", "name": "", "description": EVIL},
    {"slug": f"x{EVIL}", "name": LONG_LINE[:100_000], "description": None},
]
README = (
    f"# {EVIL}\n\n{BROKEN}\n\n- {EVIL}\n\n> {EVIL}\n\n[{MARKUP}](https://e.example/{EVIL}) ![{EVIL}]({EVIL})\n\n" * 3
)
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
SWITCHED_OFF = {
    **DEPLOYMENT,
    "name": f"off{EVIL}",
    "current_release": {
        **DEPLOYMENT["current_release"],
        "configuration": {"hardware": EVIL, "min_instances": 0, "max_instances": 0},
    },
}
HARDWARE = [{"sku": f"{MARK}-sku", "name": BROKEN}, {"sku": EVIL, "name": EVIL}]
ACCOUNT = {"type": "user", "username": EVIL, "name": EVIL}
OTHER_VERSION = {**MODEL["latest_version"], "id": "8" * 64, "cog_version": BROKEN, "created_at": EVIL}  # type: ignore[dict-item]
REFUSAL = {"title": EVIL, "detail": BROKEN, "status": 422, "invalid_fields": [{"field": EVIL, "description": EVIL}]}


def _json(document: Any, status: int = 200, **headers: str) -> Said:
    """Half a surrogate pair travels as its escape, and what is no number by the words that Python has for it."""
    return Said(json.dumps(document).encode(), status, {"Content-Type": "application/json", **headers})


def _page(results: list[Any]) -> Said:
    return _json({"next": None, "previous": None, "results": results})


def _found(known: dict[str, dict[str, Any]], run_id: str) -> Said:
    run = known.get(run_id)
    return _json({"detail": EVIL}, 404) if run is None else _json(run)


def _briefly(known: dict[str, dict[str, Any]]) -> Said:
    return _page([{key: value for key, value in run.items() if key != "logs"} for run in known.values()])


class World:
    """Answers what is asked. The first run is refused, the second's answer is lost, the third comes too early.

    It `knows` one token only, if any is told. While it `refuses` everything is answered with that status.
    A file that is uploaded is not taken before it is `taking` them.
    """

    def __init__(self, base: Callable[[], str], knows: str = "") -> None:
        self._base = base
        self._knows = knows
        self._sent = 0
        self.refuses = 0
        self.taking = asyncio.Event()

    def __call__(self, asked: Asked) -> Reply | Awaitable[Reply]:
        path = asked.path.removeprefix("/v1")
        first, *rest = path.strip("/").split("/")
        if first == "f":
            return Said(DOT, 200, {"Content-Type": "image/png"})
        if first == "cover":
            return cover(rest[0], EVIL)
        if self._knows and asked.headers.get("authorization") != f"Bearer {self._knows}":
            return _json({**REFUSAL, "status": 401}, 401)
        if self.refuses:
            return _json({**REFUSAL, "status": self.refuses}, self.refuses)
        if first == "files" and asked.method == "POST":
            return self._uploading()
        if first == "predictions" and asked.method == "POST" and not rest:
            return self._sending()
        if asked.method not in ("GET", "QUERY"):
            return _json(REFUSAL, 422)
        if first == "models":
            return _models(self._base(), asked.method, rest)
        if first == "collections":
            return _collections(self._base(), rest)
        known = {"predictions": predictions(self._base()), "trainings": TRAININGS}.get(first)
        if known is not None:
            return _found(known, rest[0]) if rest else _briefly(known)
        if first == "deployments":
            return _deployments(rest)
        plain = {"account": ACCOUNT, "hardware": HARDWARE}.get(first)
        return _json({"detail": EVIL}, 500) if plain is None else _json(plain)

    async def _uploading(self) -> Reply:
        await self.taking.wait()
        return HANG_UP

    def _sending(self) -> Reply:
        self._sent += 1
        if self._sent == 2:
            return HANG_UP
        return _json(REFUSAL, 422) if self._sent == 1 else _json({"detail": EVIL}, 429, **{"Retry-After": "3600"})


def _deployments(rest: list[str]) -> Said:
    if not rest:
        return _page([DEPLOYMENT, SWITCHED_OFF])
    return _json(SWITCHED_OFF if rest[1].startswith("off") else DEPLOYMENT)


def _collections(base: str, rest: list[str]) -> Said:
    if not rest:
        return _page(COLLECTIONS)
    return _json({**COLLECTIONS[0], "models": [_covered(base, kind) for kind in COVERS] + [MODEL, OTHER]})


def _covered(base: str, kind: str) -> dict[str, Any]:
    """A model whose cover is of this kind."""
    text = {"components": {"schemas": {"Input": {"type": "object", "properties": {EVIL: _property(0, type="string")}}}}}
    version = {"id": VERSION, "created_at": TIME, "openapi_schema": text}
    return {**MODEL, "name": f"{NAMED}{kind}", "cover_image_url": f"{base}/cover/{kind}", "latest_version": version}


def _models(base: str, method: str, rest: list[str]) -> Said:
    if method == "QUERY":
        return _json({"detail": EVIL}, 500)
    if len(rest) == 3 and rest[2] == "readme":
        return Said(README.encode("utf-8", "replace"), 200, {"Content-Type": "text/plain"})
    if len(rest) == 3 and rest[2] == "examples":
        return _page(list(predictions("http://127.0.0.1:9").values())[:6])
    if len(rest) == 3 and rest[2] == "versions":
        return _page([MODEL["latest_version"], OTHER_VERSION])
    if len(rest) > 1 and rest[1].startswith(NAMED):
        return _json(_covered(base, rest[1].removeprefix(NAMED)))
    return _json(MODEL) if rest else _page([MODEL, OTHER])


async def serve(tell: Callable[[str], object]) -> None:
    """Serve until the end; the port is told."""
    server = Scripted()
    server.script = World(lambda: server.url)
    await server.start()
    tell(str(server.port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]).write_text))
