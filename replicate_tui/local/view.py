"""What clients see: the records as the objects of Replicate's HTTP API.

Addresses are absolute and begin with `base`, which is how the client called this server (scheme and host).
"""

from __future__ import annotations

import asyncio
import base64
import mimetypes
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from replicate_tui.local.marks import absolute
from replicate_tui.local.storage.records import Deployment, Prediction, UploadedFile, timestamp
from replicate_tui.local.storage.storage import Storage

EXAMPLES_TOKEN = "examples"
"""The token of the folder in which the examples' files are."""

Made = TypeVar("Made")

ACCOUNT = {"type": "user", "username": "local", "name": "Local"}


class View:
    """Shows records. Output files are addresses, or `inline`: `data:` URLs that hold the file."""

    def __init__(self, storage: Storage, *, inline: bool) -> None:
        self._storage = storage
        self._inline = inline

    def file_address(self, prediction: Prediction, base: str, name: str) -> str:
        """What stands in an output for a file; one that is gone has its address."""
        path = self._storage.output_folder(prediction.token) / name
        if self._inline and path.name == name:
            try:
                return f"data:{media_type(name)};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
            except OSError:
                return file_url(prediction, base, name)
        return file_url(prediction, base, name)

    async def run(self, prediction: Prediction, base: str) -> dict[str, Any]:
        """The object that its own address gives: a prediction or a training."""
        return training(prediction, base) if prediction.kind == "training" else await self.answer(prediction, base)

    async def answer(self, prediction: Prediction, base: str, *, unstarted: bool = False) -> dict[str, Any]:
        """The prediction object, as of now."""
        output = prediction.output
        still = replace(prediction, output=[*output] if isinstance(output, list) else output)
        return await self.made(lambda: self.prediction(still, base, unstarted=unstarted))

    async def made(self, make: Callable[[], Made]) -> Made:
        """What a function makes of outputs: aside from the event loop where it reads their files."""
        return await asyncio.to_thread(make) if self._inline else make()

    def prediction(self, prediction: Prediction, base: str, *, unstarted: bool = False) -> dict[str, Any]:
        """The prediction object. `unstarted` shows one that is not finished as starting, without a partial output.

        The official clients take any other status in the answer to a creation for the end.
        """
        hidden = unstarted and prediction.active
        value = _common(prediction) | {
            "logs": "" if hidden else prediction.logs,
            "output": None if hidden else self._output(prediction, base),
        }
        if hidden:
            value["status"] = "starting"
            value.pop("started_at", None)
        return value | {"urls": _urls(prediction, base, "predictions")}

    def _output(self, prediction: Prediction, base: str) -> Any:
        return absolute(prediction.output, lambda name: self.file_address(prediction, base, name))


def item(prediction: Prediction, base: str) -> dict[str, Any]:
    """The prediction as lists show it: without logs, files by address."""
    output = absolute(prediction.output, lambda name: file_url(prediction, base, name))
    return _common(prediction) | {"output": output, "urls": _urls(prediction, base, "predictions")}


def example(prediction: Prediction, base: str) -> dict[str, Any]:
    """A model's example as a prediction object."""

    def address(name: str) -> str:
        return file_url(prediction, base, name)

    value = _common(prediction) | {"logs": prediction.logs, "urls": _urls(prediction, base, "predictions")}
    return value | {key: absolute(getattr(prediction, key), address) for key in ("input", "output")}


def training(prediction: Prediction, base: str, *, urls: str = "trainings") -> dict[str, Any]:
    """The training object; `urls` names the routes that its addresses lead to."""
    value = _common(prediction)
    value.pop("data_removed")
    output = absolute(prediction.output, lambda name: file_url(prediction, base, name))
    # The description of the API has no null here: what is not there yet is left out.
    value |= {"logs": prediction.logs} | ({"output": output} if output is not None else {})
    return value | {"urls": _urls(prediction, base, urls)}


def file(uploaded: UploadedFile, base: str) -> dict[str, Any]:
    """The file object."""
    return {
        "id": uploaded.id,
        "name": uploaded.name,
        "content_type": uploaded.content_type,
        "size": uploaded.size,
        "etag": uploaded.md5,
        "checksums": {"sha256": uploaded.sha256, "md5": uploaded.md5},
        "metadata": uploaded.metadata,
        "created_at": uploaded.created_at,
        "expires_at": timestamp(uploaded.expires_at),
        "urls": {"get": f"{base}/v1/files/{uploaded.id}"},
    }


def deployment(record: Deployment) -> dict[str, Any]:
    """The deployment object with its current release."""
    owner, _, name = record.id.partition("/")
    return {
        "owner": owner,
        "name": name,
        "current_release": {
            "number": record.number,
            "model": record.model,
            "version": record.version,
            "created_at": record.created_at,
            "created_by": ACCOUNT,
            "configuration": {
                "hardware": record.hardware,
                "min_instances": record.min_instances,
                "max_instances": record.max_instances,
            },
        },
    }


def file_url(prediction: Prediction, base: str, name: str) -> str:
    """The address of one output file."""
    return f"{base}/outputs/{prediction.token}/{quote(name)}"


def media_type(name: str) -> str:
    """What a file is, by its name."""
    # Not all of what models make is registered: WebP came late.
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"


def _common(prediction: Prediction) -> dict[str, Any]:
    value = {
        "id": prediction.id,
        "model": prediction.model,
        "version": prediction.version,
        "input": prediction.input,
        "data_removed": prediction.data_removed,
        "error": prediction.error,
        "status": prediction.status,
        "source": prediction.source,
        "created_at": prediction.created_at,
    }
    value |= _known(
        started_at=prediction.started_at,
        completed_at=prediction.completed_at,
        deadline=prediction.deadline,
        deployment=prediction.deployment,
        webhook=prediction.webhook,
        webhook_events_filter=prediction.webhook_events_filter,
    )
    return value if prediction.active else value | {"metrics": prediction.metrics}


def _urls(prediction: Prediction, base: str, routes: str) -> dict[str, str]:
    get = f"{base}/v1/{routes}/{prediction.id}"
    urls = {"cancel": f"{get}/cancel", "get": get, "web": f"{base}/p/{prediction.id}"}
    if prediction.streams:
        urls["stream"] = f"{base}/v1/streams/{prediction.token}"
    return urls


def _known(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
