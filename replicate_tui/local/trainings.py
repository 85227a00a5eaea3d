"""Trainings: a trainer's weights become a version of the destination model."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from contextlib import ExitStack

from replicate_tui.local.marks import FILE
from replicate_tui.local.storage.records import Prediction, TrainedVersion, timestamp
from replicate_tui.local.storage.storage import Storage, remove
from replicate_tui.local.work.jobs import Outcome


async def publish(storage: Storage, base: str, training: Prediction, outcome: Outcome) -> Outcome:
    """The training's own outcome, for that of its trainer: the version is there when this returns.

    `base` is the bundled model that was trained. A training that is canceled meanwhile leaves no version. Raises
    OSError or sqlite3.Error when the weights cannot be kept.
    """
    if outcome.status != "succeeded":
        return outcome
    identifier = hashlib.sha256(training.id.encode()).hexdigest()
    weights, kept = outcome.value["weights"], storage.weights_path(identifier)
    with ExitStack() as undo:
        undo.callback(remove, [kept])
        await asyncio.to_thread(shutil.copyfile, storage.output_folder(training.token) / weights[FILE], kept)
        destination = training.destination
        if not training.active or destination is None or storage.models.get(destination) is None:
            return Outcome("failed", f"The destination {destination} does not exist any more")
        storage.versions.add(TrainedVersion(identifier, destination, base, timestamp(time.time())))
        undo.pop_all()
    return Outcome("succeeded", {"version": f"{destination}:{identifier}", **outcome.value})
