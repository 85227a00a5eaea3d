"""Trainings: a trainer's weights become a version of the destination model."""

from __future__ import annotations

import hashlib
import shutil
import time

from replicate_tui.local.marks import FILE
from replicate_tui.local.records import Prediction, TrainedVersion, timestamp
from replicate_tui.local.storage import Storage
from replicate_tui.local.work import Outcome


class Trainings:
    """Concludes trainings over the storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def publish(self, base: str, training: Prediction, outcome: Outcome) -> Outcome:
        """The training's own outcome, for that of its trainer: the version is there when this returns.

        `base` is the bundled model that was trained. Raises OSError when the weights cannot be kept.
        """
        if outcome.status != "succeeded":
            return outcome
        if training.destination is None or self._storage.models.get(training.destination) is None:
            return Outcome("failed", f"The destination {training.destination} does not exist any more")
        weights = self._storage.output_folder(training.token) / outcome.value["weights"][FILE]
        version = TrainedVersion(
            id=hashlib.sha256(training.id.encode()).hexdigest(),
            model=training.destination,
            base=base,
            created_at=timestamp(time.time()),
        )
        shutil.copyfile(weights, self._storage.weights_path(version.id))
        self._storage.versions.add(version)
        return Outcome("succeeded", {"version": f"{version.model}:{version.id}", **outcome.value})
