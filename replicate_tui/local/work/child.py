"""One model in a process of its own: `python -m replicate_tui.local.work.child MODEL [--weights FILE]`.

Speaks JSON lines. In: jobs `{"run": id, "input": {...}, "folder": path, "scratch": path, "own_files": {...}}`
and `{"cancel": id}`; the end of its input ends the process. Out: `{"ready": true}` or `{"setup_failed": text}`
once, then for each run any number of `{"log": text}` and `{"output": value}` and exactly one of
`{"done": value}`, `{"failed": text}` and `{"canceled": true}`.

A job with `"train": true` trains the model; its value, when done, is `{"weights": file}`.

What the model prints, by whatever means, becomes log text: standard output and standard error are pipes of
the run while it lasts, and the protocol has descriptors of its own.
"""

from __future__ import annotations

import argparse
import codecs
import io
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from replicate_tui.local import models
from replicate_tui.local.marks import escaped, mark
from replicate_tui.local.schema import Declaration, Input
from replicate_tui.local.work.context import Canceled, Context, ModelError, Predict
from replicate_tui.local.work.fetching import fetch

READ_SIZE = 1 << 16
DRAIN_SECONDS = 1.0
"""How long to wait for the end of a run's output when a child of the model still holds it open."""


class Channel:
    """The protocol's way out; whole lines from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, **message: Any) -> None:
        """One message. Raises ValueError or TypeError for what JSON cannot say."""
        line = json.dumps(message, allow_nan=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


class Commands:
    """The protocol's way in: jobs wait in a queue, a cancel reaches the run at once."""

    def __init__(self, stream: TextIO) -> None:
        self.jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._stream = stream
        self._canceled: dict[str, threading.Event] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def canceled(self, run_id: str) -> threading.Event:
        """Set when that run is no longer wanted."""
        return self._canceled.setdefault(run_id, threading.Event())

    def forget(self, run_id: str) -> None:
        """The run is over."""
        self._canceled.pop(run_id, None)

    def _read(self) -> None:
        for line in self._stream:
            message = json.loads(line)
            if "cancel" in message:
                self.canceled(message["cancel"]).set()
            else:
                self.jobs.put(message)
        # The server is gone or wants this process gone, whatever the model is doing.
        os._exit(0)


def main() -> None:
    """Serve one model until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    incoming, channel = _protocol()
    arguments = _arguments()
    try:
        predict = models.load(arguments.model, arguments.weights)
    except ModelError as error:
        channel.send(setup_failed=str(error))
        return
    except Exception as error:  # noqa: BLE001 - whatever a model's set-up raises is told, not crashed on
        traceback.print_exc()
        channel.send(setup_failed=_sentence(error))
        return
    channel.send(ready=True)
    model = models.describe(arguments.model)
    commands = Commands(incoming)
    while True:
        job = commands.jobs.get()
        _serve(job, model, predict, commands, channel)


def _serve(job: dict[str, Any], model: Declaration, predict: Predict, commands: Commands, channel: Channel) -> None:
    canceled = commands.canceled(job["run"])
    with _printing_to(channel):
        ending = _run(job, model, predict, canceled, channel)
    commands.forget(job["run"])
    channel.send(**ending)


def _run(
    job: dict[str, Any], model: Declaration, predict: Predict, canceled: threading.Event, channel: Channel
) -> dict[str, Any]:
    context = Context(
        Path(job["folder"]),
        canceled,
        # Through the pipe, so that the order with what the model prints by other means stays.
        log=_print,
        output=lambda item: channel.send(output=_plain(item)),
    )
    try:
        if job.get("train"):
            output = _plain({"weights": _trained(context, model, job)})
        else:
            output = _plain(predict(context, _values(context, model.inputs, job)))
        json.dumps(output, allow_nan=False)
    except Canceled:
        return {"canceled": True}
    except ModelError as error:
        return {"failed": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a model raises is the failure of its run
        traceback.print_exc()
        return {"failed": _sentence(error)}
    return {"done": output}


def _trained(context: Context, model: Declaration, job: dict[str, Any]) -> Path:
    train = models.load_trainer(model.name)
    return train(context, _values(context, model.training, job))


def _values(context: Context, inputs: Sequence[Input], job: dict[str, Any]) -> dict[str, Any]:
    given = job["input"]
    values: dict[str, Any] = {}
    for item in inputs:
        value = given.get(item.name, item.default)
        if value is None:
            values[item.name] = None
        elif item.file:
            values[item.name] = fetch(item.name, value, job["own_files"], Path(job["scratch"]))
        else:
            values[item.name] = int(value) if item.type == "integer" else value
    context.check()
    return values


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m replicate_tui.local.work.child")
    parser.add_argument("model")
    parser.add_argument("--weights", type=Path)
    return parser.parse_args()


def _plain(value: Any) -> Any:
    """The output in JSON's terms: a path becomes the mark of an output file."""
    if isinstance(value, Path):
        return mark(value.name)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return escaped({str(key): _plain(item) for key, item in value.items()})
    return value


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _protocol() -> tuple[TextIO, Channel]:
    """Take standard input and output for the protocol; the model gets no input and, for now, the error stream."""
    incoming = os.fdopen(os.dup(0), encoding="utf-8")
    outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, io.TextIOWrapper)
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True, newline="\n")
    return incoming, Channel(outgoing)


@contextmanager
def _printing_to(channel: Channel) -> Iterator[None]:
    """Make everything printed meanwhile, by this process or its children, log messages."""
    kept = os.dup(2)
    reading, writing = os.pipe()
    for descriptor in (1, 2):
        os.dup2(writing, descriptor)
    os.close(writing)
    thread = threading.Thread(target=_forward, args=(reading, channel), daemon=True)
    thread.start()
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor in (1, 2):
            os.dup2(kept, descriptor)
        os.close(kept)
        thread.join(DRAIN_SECONDS)


def _forward(reading: int, channel: Channel) -> None:
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while data := os.read(reading, READ_SIZE):
        if text := decode(data):
            channel.send(log=text)
    os.close(reading)


if __name__ == "__main__":
    main()
