"""How well a run of the account's list fits one that we sent and that was not answered.

The list tells less than we sent, and some of it in other words: versions are hidden, secrets replaced, uploaded files
have an address, and an hour after its end a run's input is gone.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED, same

_SHA256 = 64
_HEX = frozenset("0123456789abcdef")


class Likeness(IntEnum):
    """How well a listed run fits one of ours."""

    NONE = 0
    DOUBTFUL = 1
    """It cannot be excluded, nor shown to be the one."""
    LIKE = 2
    """The same but for the addresses that uploaded files were given."""
    SAME = 3


def of_run(ours: Prediction, theirs: Prediction) -> Likeness:
    """By what was run, and with which input."""
    target = of_target(ours, theirs)
    return min(target, _of_input(ours.input, theirs)) if target else Likeness.NONE


def of_target(ours: Prediction, theirs: Prediction) -> Likeness:
    """By the deployment, the model and the version that was run."""
    if theirs.deployment and not ours.deployment:
        return Likeness.NONE
    if theirs.deployment and ours.deployment:
        # The API does not say whether it tells the owner, too.
        owner, _, name = theirs.deployment.rpartition("/")
        agree = ours.deployment == theirs.deployment if owner else ours.deployment.rpartition("/")[2] == name
        return Likeness.SAME if agree else Likeness.NONE
    by_model = _of_model(ours, theirs)
    return min(by_model, Likeness.DOUBTFUL) if ours.deployment else by_model


def _of_model(ours: Prediction, theirs: Prediction) -> Likeness:
    if _is_version(ours.version) and ours.version == theirs.version:
        return Likeness.SAME
    if ours.model and theirs.model:
        if ours.model != theirs.model:
            return Likeness.NONE
        # The API hides the version of some models, and may run another one than was asked for.
        both_told = _is_version(ours.version) and _is_version(theirs.version)
        return Likeness.DOUBTFUL if both_told else Likeness.SAME
    return Likeness.NONE if _is_version(theirs.version) else Likeness.DOUBTFUL


def _is_version(version: str | None) -> bool:
    return version is not None and len(version) == _SHA256 and _HEX.issuperset(version)


def _of_input(ours: Mapping[str, Any], candidate: Prediction) -> Likeness:
    theirs = candidate.input
    if not theirs and (candidate.data_removed or not isinstance(candidate.raw.get("input"), dict)):
        return Likeness.DOUBTFUL
    if not ours.keys() <= theirs.keys():
        return Likeness.NONE
    least = min((_of_value(ours[name], theirs[name]) for name in ours), default=Likeness.SAME)
    # The API lists what was sent; should it ever add to that, nothing must be sent again because of it.
    return least if len(ours) == len(theirs) else min(least, Likeness.DOUBTFUL)


def _of_value(ours: object, theirs: object) -> Likeness:
    if ours == REDACTED or same(ours, theirs):
        return Likeness.SAME
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return min(map(_of_value, ours, theirs), default=Likeness.SAME)
    if isinstance(ours, str) and isinstance(theirs, str) and theirs.startswith(("http://", "https://")):
        if ours.startswith("@"):
            return Likeness.LIKE
        if ours.startswith("data:"):
            return Likeness.DOUBTFUL
    return Likeness.NONE
