"""What one run is to this machine: the prediction as last seen, what we note beside it, its light row."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from replicate_tui.api.resources import TERMINAL, Prediction, Training
from replicate_tui.core import logs as log_lines
from replicate_tui.core import outputs, text
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history.rows import RunRow, RunText

WAITING = "waiting"
"""On disk, waiting for its turn; nothing of it was sent."""
UPLOADING = "uploading"
"""Its files are being sent, itself not yet."""
SUBMITTING = "submitting"
"""Being sent, and not yet answered by the API."""
UNKNOWN = "unknown"
"""Sent, and the answer was lost: it may run, and be paid for."""
NOT_SUBMITTED = "not submitted"
"""Refused by the API, or never sent."""

UNSENT = frozenset({WAITING, UPLOADING})
"""States in which the API knows nothing of a run yet."""
ON_ITS_WAY = UNSENT | {SUBMITTING}
"""States that a program works on; once it is gone nobody does."""
OURS = ON_ITS_WAY | {UNKNOWN, NOT_SUBMITTED}
"""States that only this program knows."""
UNANSWERED = frozenset({SUBMITTING, UNKNOWN})
"""States in which the API may have a run that we cannot name."""
ENDED = TERMINAL | {UNKNOWN, NOT_SUBMITTED}
"""States that do not change by themselves."""

SENT_AT = "sent_at"
"""The key of an unanswered run's raw object for when its sending began, in seconds since the epoch."""
UNKNOWN_SINCE = "unknown_since"
"""The key for when its answer was known to be lost, likewise; the answer itself was lost then or before."""
REQUIRED_TEXTS = "required_texts"
"""The key for the names of the texts that its model requires."""
CANDIDATES = "candidates"
"""The key of an unknown run's raw object for the ids of what it may be, where that could not be decided."""
KIND = "run_kind"
"""The key of a kept run's raw object for what it is: "training"; a prediction has none."""
DESTINATION = "destination"
"""The key of a training's raw object for the model that gets what it makes, as far as we know it."""
OWN_KEYS = frozenset({KIND, DESTINATION, SENT_AT, UNKNOWN_SINCE, REQUIRED_TEXTS, CANDIDATES})
"""What is kept in a raw object beside what the API tells."""
LOCAL_ID = "new-"
"""How the ids begin that runs have until the API gives them one; see `is_local`."""

LARGEST = 1e15
"""What no number of seconds comes near to."""
RETENTION = 3600.0
"""Seconds after its end for which Replicate keeps a run made through the API."""

LONGEST_FOUND = 10_000
"""So many characters of each text of a run are searched."""

_LEADING_INPUTS = ("prompt", "text", "input", "question", "query")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as this machine knows it: the API's object, where its files are kept, when it was first seen."""

    prediction: Prediction
    folder: Path | None
    seen_at: float

    @property
    def id(self) -> str:
        """The API's id; before the API answered, a local one."""
        return self.prediction.id

    @property
    def status(self) -> str:
        """The API's status, or one of ours."""
        return self.prediction.status

    @property
    def is_training(self) -> bool:
        """It is a training, which the API asks for and lists apart from predictions."""
        return is_training(self.prediction)

    @property
    def active(self) -> bool:
        """The API's answer about it is worth asking for again."""
        return self.status not in OURS and self.prediction.active

    @property
    def over(self) -> bool:
        """It will not change by itself any more."""
        return not self.active and self.status not in ON_ITS_WAY

    @property
    def logs(self) -> str:
        """All log text seen; raw."""
        return self.prediction.logs or ""

    @property
    def files(self) -> dict[str, Path]:
        """The output's files that are kept on this machine, by their place in the output."""
        return self.first_files(outputs.MOST_FILES)

    def first_files(self, most: int) -> dict[str, Path]:
        """Of the first so many files of the output those that are kept on this machine, as in `files`."""
        if self.folder is None:
            return {}
        paths = {file.where: self.folder / file.name for file in outputs.files(self.prediction.output, most)}
        return {where: path for where, path in paths.items() if path.is_file()}


def is_local(run_id: str) -> bool:
    """Whether an id is one that a run has until the API gives it one."""
    return run_id.startswith(LOCAL_ID)


def ordered(
    key: str, model: str, version: str, inputs: Mapping[str, Any], *, now: float, status: str = SUBMITTING
) -> Run:
    """A run that is about to be sent, under a local id."""
    raw = {
        "id": key,
        "model": model,
        "version": version,
        "input": dict(inputs),
        "status": status,
        "created_at": datetime.fromtimestamp(now).astimezone().isoformat(),
        "urls": {},
    }
    return Run(Prediction.of(raw), None, now)


def of_training(training: Training, destination: str = "") -> Prediction:
    """A training as runs are kept: underneath it is a prediction."""
    ours = {KIND: "training"} | ({DESTINATION: destination} if destination else {})
    return Prediction.of({**training.raw, **ours})


def is_training(prediction: Prediction) -> bool:
    """Whether what is kept as a prediction is a training."""
    return prediction.raw.get(KIND) == "training"


def destination(prediction: Prediction) -> str:
    """The model that gets what a training makes: as it was asked for here, else of the version made; "" if unknown."""
    asked = prediction.raw.get(DESTINATION)
    if isinstance(asked, str) and asked:
        return asked
    return (Training.of(prediction.raw).trained_version or "").partition(":")[0]


def trained_version(run: Run) -> str:
    """The version that a training has made, as `owner/name:version`; "" while there is none."""
    return (Training.of(run.prediction.raw).trained_version or "") if run.is_training else ""


def told(run: Run) -> dict[str, Any]:
    """The API's object of a run, without what only we keep in it."""
    return {key: value for key, value in run.prediction.raw.items() if key not in OWN_KEYS}


def noting(run: Run, noted: Mapping[str, Any]) -> Run:
    """The run with these keys in its raw object."""
    return replace(run, prediction=Prediction.of({**run.prediction.raw, **noted}))


def with_status(run: Run, status: str, error: str | None) -> Run:
    """The run in one of our own states."""
    return noting(run, {"status": status, "error": error})


def of_kept(raw: Mapping[str, Any], logs: str, folder: str | None, seen_at: float) -> Run:
    """The run that is kept in these columns."""
    return Run(Prediction.of({**raw, "logs": logs}), Path(folder) if folder else None, seen_at)


def without_logs(prediction: Prediction) -> dict[str, Any]:
    """The raw object as it is kept; logs have a column of their own."""
    return {key: value for key, value in prediction.raw.items() if key != "logs"}


def hiding(prediction: Prediction, unanswered: Iterable[Run]) -> Prediction:
    """The prediction without the inputs that any of the runs `unanswered` by the API hides: it may be one of them."""
    names = {name for run in unanswered for name, value in run.prediction.input.items() if value == REDACTED}
    hidden = dict.fromkeys(names & prediction.input.keys(), REDACTED)
    return Prediction.of({**prediction.raw, "input": prediction.input | hidden}) if hidden else prediction


def row(run: Run) -> RunRow:
    """The light row of a run."""
    prediction = run.prediction
    created = prediction.created_at.timestamp() if prediction.created_at else run.seen_at
    return RunRow(
        id=prediction.id,
        kind="training" if run.is_training else "prediction",
        status=prediction.status,
        model=prediction.model or "",
        version=prediction.version or "",
        deployment=prediction.deployment or "",
        what=_what(prediction),
        error=text.reason(prediction.error or "")[:200],
        created_at=created,
        started_at=_seconds(prediction.started_at),
        completed_at=_seconds(prediction.completed_at),
        seconds=_number(prediction.metrics.get("predict_time")),
        progress=log_lines.progress(run.logs) if run.active else None,
        files=outputs.file_count(prediction.output),
        folder=str(run.folder) if run.folder else None,
        removed=prediction.data_removed,
        seen_at=run.seen_at,
        source=prediction.source or "",
    )


def found_by(run: Run) -> RunText:
    """What a search finds a run by: the texts of its input, the text of its output, its error.

    Of a training also where its result goes.
    """
    prediction = run.prediction
    texts = [value for value in prediction.input.values() if isinstance(value, str) and _is_prose(value)]
    if run.is_training:
        texts.insert(0, destination(prediction))
    prompt = "\n".join(texts)
    output = outputs.joined_text(prediction.output) or ""
    return RunText(prompt[:LONGEST_FOUND], output[:LONGEST_FOUND], (prediction.error or "")[:LONGEST_FOUND])


def _is_prose(value: str) -> bool:
    return value != REDACTED and not value.startswith(("data:", "http://", "https://"))


def web_url(run: Run) -> str:
    """The page of a run."""
    return run.prediction.urls.get("web") or f"https://replicate.com/p/{run.id}"


def ended_badly(run: Run) -> str | None:
    """Why a run that ended gave no result, in one sentence; None when it succeeded."""
    if run.status == "succeeded":
        return None
    reason = text.reason(run.prediction.error or "")
    return f"{run.status}: {reason}" if reason else run.status


def elapsed(row: RunRow, now: float | None = None) -> float | None:
    """Seconds a run has taken, from its creation to its end or to `now` (default: the clock)."""
    if row.completed_at is not None:
        return max(0.0, row.completed_at - row.created_at)
    if row.status not in ENDED:
        # The server's clock may be ahead of ours; what began elsewhere went on before we knew of it.
        began = max(0.0, min(row.created_at, row.seen_at))
        return max(0.0, (time.time() if now is None else now) - began)
    return row.seconds


def _what(prediction: Prediction) -> str:
    if is_training(prediction):
        return text.one_line(destination(prediction))[:200]
    values = [prediction.input.get(name) for name in _LEADING_INPUTS] + list(prediction.input.values())
    first = next((value for value in values if isinstance(value, str) and value), None)
    if first is None:
        first = ", ".join(f"{name} {value}" for name, value in prediction.input.items())
    return text.one_line(first[:600])[:200]


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < LARGEST else None
