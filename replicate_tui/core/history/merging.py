"""What is known of a run joined from answers about it.

The API tells about a run in pieces: a list page leaves out logs, a late answer may overtake a newer one, and an hour
after the end everything is removed. The best that was ever seen is kept.
"""

import math
from collections.abc import Mapping
from typing import Any

from replicate_tui.api.resources import TERMINAL, Prediction
from replicate_tui.core import logs as log_lines
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history.runs import DESTINATION, KIND, OURS, Run

_STAGES: Mapping[str | None, int] = {"queued": 0, "starting": 1, "processing": 2}
"""The states of an active run in the order in which it passes them; it never goes back."""


def merge(known: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a run after an answer about it.

    Nothing that was seen is lost: missing logs keep the known ones; a finished run does not become active again, and
    of one that is processing an answer from before it was changes nothing; what the API removed after an hour stays,
    with `data_removed` set; a secret that we hid stays hidden, in the input and where the model repeated it.
    """
    if known.get("status") in OURS:
        known = {key: known[key] for key in ("input", KIND, DESTINATION) if key in known}
    if known.get("status") in TERMINAL and new.get("status") not in TERMINAL:
        return dict(known)
    if _STAGES.get(new.get("status"), math.inf) < _STAGES.get(known.get("status"), -math.inf):
        new = {**new, **{key: value for key, value in known.items() if value is not None}}
    merged = _filled(known, new)
    if isinstance(known.get("input"), dict) and isinstance(merged["input"], dict):
        hidden = {name: value for name, value in known["input"].items() if value == REDACTED}
        merged["input"] = {**merged["input"], **hidden}
    if known.get("logs") and merged.get("logs"):
        merged["logs"] = log_lines.joined(known["logs"], merged["logs"]) or merged["logs"]
    if merged.get("status") not in TERMINAL:
        merged |= {key: _longer(known[key], merged.get(key)) for key in ("logs", "output") if key in known}
    # Who asks now may not know the secret that whoever asked before has hidden.
    told = {key: known[key] for key in ("logs", "output", "error") if key in known}
    return merged | {key: value for key, value in told.items() if _hides(value) > _hides(merged.get(key))}


def joined(known: Run, other: Run) -> Run:
    """One run of two that are the same, `other` the newer answer."""
    prediction = Prediction.of(merge(known.prediction.raw, other.prediction.raw))
    return Run(prediction, known.folder or other.folder, min(known.seen_at, other.seen_at))


def _filled(known: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The answer, with what is known where it does not tell, or tells only that it was removed."""
    merged = {**new, **{key: value for key, value in known.items() if key not in new}}
    for key in ("input", "output", "logs"):
        untold = new.get(key) is None or (key == "logs" and not new[key])
        if key in known and (untold or new.get("data_removed")):
            merged[key] = known[key]
    return merged


def _hides(value: Any) -> int:
    """How often something is hidden in a JSON value."""
    match value:
        case str():
            return value.count(REDACTED)
        case list():
            return sum(map(_hides, value))
        case dict():
            return sum(map(_hides, (*value, *value.values())))
    return 0


def _longer(known: Any, new: Any) -> Any:
    """The fuller of two partial values of one growing list or text."""
    if type(known) is type(new) and isinstance(known, (list, str)):
        return known if len(known) > len(new) else new
    return known if new is None else new
