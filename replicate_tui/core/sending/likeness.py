"""How well a run of the account's list fits one that we sent and that was not answered.

The list tells less than we sent, and some of it in other words: versions are hidden, secrets replaced, uploaded files
have an address, numbers are brought into form, texts cut short, defaults filled in, and an hour after its end a run's
input is gone. A run that is ours must never be taken for another: it would be sent again, and paid for twice. So only
what cannot be ours is *other*; between that and what surely is ours lies what a person is asked about.

- *same*: what was run, and every value of the input. A secret that we hid is no difference.
- *like*: the same, but for the addresses that uploaded files were given.
- *doubtful*: of the same model or deployment, with an input that differs in part, or is not told any more; or of
  another version, with the same input.
- *other*: of another model or deployment; of another version, with another input; a training whose result went to
  another model; or with clearly another text where the model is told what to do, as in a prompt or a text that it
  requires. What was created at another time is other, too: `reconcile` judges that.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.field import Field
from replicate_tui.core.forms.inputs import REDACTED, same
from replicate_tui.core.history.runs import REQUIRED_TEXTS, Run, destination, is_training, noting

_ASKED_IN = frozenset({"prompt", "text", "input", "question", "query"})
"""Where models are asked for something, whether they require it or not."""
_SHA256 = 64
_HEX = frozenset("0123456789abcdef")
_CUT = re.compile(r"\.{3,}|[\[(<]truncated[\])>]")
_HIDDEN = re.compile(r"[\W_x]*|[\[(<{].{0,60}[\])>}]", re.DOTALL)
_ADDRESSES = ("http://", "https://", "data:", "@")


class Likeness(IntEnum):
    """How well a listed run fits one of ours."""

    OTHER = 0
    """It is another run."""
    DOUBTFUL = 1
    """It cannot be excluded, nor shown to be the one."""
    LIKE = 2
    """The same but for the addresses that uploaded files were given."""
    SAME = 3


def noting_texts(run: Run, fields: Iterable[Field]) -> Run:
    """A run that is about to be sent with the names of the texts that its model requires."""
    names = [field.name for field in fields if field.required and field.kind in ("text", "prose")]
    return noting(run, {REQUIRED_TEXTS: names})


def of_run(ours: Prediction, theirs: Prediction) -> Likeness:
    """By what was run or trained, and with which input."""
    if is_training(ours) != is_training(theirs):
        return Likeness.OTHER
    target = of_target(ours, theirs)
    if not target or _is_untold(theirs):
        return min(target, Likeness.DOUBTFUL)
    by_input = _of_input(ours.input, theirs.input, _asked_in(ours))
    if by_input == Likeness.DOUBTFUL and _are_versions_apart(ours, theirs):
        return Likeness.OTHER
    return min(target, by_input)


def of_target(ours: Prediction, theirs: Prediction) -> Likeness:
    """By the deployment, the model and the version that was run; of a training by where its result goes, if told."""
    if is_training(ours) and _go_apart(ours, theirs):
        return Likeness.OTHER
    if theirs.deployment and not ours.deployment:
        return Likeness.OTHER
    if theirs.deployment and ours.deployment:
        # The API does not say whether it tells the owner, too.
        owner, _, name = theirs.deployment.rpartition("/")
        agree = ours.deployment == theirs.deployment if owner else ours.deployment.rpartition("/")[2] == name
        return Likeness.SAME if agree else Likeness.OTHER
    by_model = _of_model(ours, theirs)
    return min(by_model, Likeness.DOUBTFUL) if ours.deployment else by_model


def _go_apart(ours: Prediction, theirs: Prediction) -> bool:
    """Whether the results of two trainings go to different models; the list tells that of those that succeeded."""
    sent, told = destination(ours), destination(theirs)
    return bool(sent and told) and sent.casefold() != told.casefold()


def _of_model(ours: Prediction, theirs: Prediction) -> Likeness:
    if _is_version(ours.version) and ours.version == theirs.version:
        return Likeness.SAME
    if ours.model and theirs.model:
        if ours.model != theirs.model:
            return Likeness.OTHER
        # The API hides the version of some models, and may run another one than was asked for.
        return Likeness.DOUBTFUL if _are_versions_apart(ours, theirs) else Likeness.SAME
    return Likeness.OTHER if _is_version(theirs.version) else Likeness.DOUBTFUL


def _are_versions_apart(ours: Prediction, theirs: Prediction) -> bool:
    """Whether both tell their version, and not the same one; a deployment has the one that it was given last."""
    told = _is_version(ours.version) and _is_version(theirs.version)
    return told and ours.version != theirs.version and not ours.deployment


def _is_version(version: str | None) -> bool:
    return version is not None and len(version) == _SHA256 and _HEX.issuperset(version)


# -- input ------


def _is_untold(theirs: Prediction) -> bool:
    """Whether the input was removed, or is hidden."""
    return not theirs.input and (theirs.data_removed or not isinstance(theirs.raw.get("input"), dict))


def _asked_in(ours: Prediction) -> frozenset[str]:
    noted = ours.raw.get(REQUIRED_TEXTS)
    return _ASKED_IN.union(noted) if isinstance(noted, list) else _ASKED_IN


def _of_input(ours: Mapping[str, Any], theirs: Mapping[str, Any], asked_in: frozenset[str]) -> Likeness:
    """By all values that either has; what one of them lacks was filled in, or left out."""
    if any(_ask_apart(ours[name], theirs[name]) for name in ours.keys() & theirs.keys() & asked_in):
        return Likeness.OTHER
    if ours.keys() != theirs.keys():
        return Likeness.DOUBTFUL
    return min((_of_value(ours[name], theirs[name]) for name in ours), default=Likeness.SAME)


def _of_value(ours: object, theirs: object) -> Likeness:
    if ours == REDACTED or same(ours, theirs):
        return Likeness.SAME
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return min(map(_of_value, ours, theirs), default=Likeness.SAME)
    uploaded = isinstance(ours, str) and ours.startswith("@") and _is_address(theirs)
    return Likeness.LIKE if uploaded else Likeness.DOUBTFUL


def _is_address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _ask_apart(ours: object, theirs: object) -> bool:
    """Whether two texts ask for different things: neither is the other in another form, hidden, or cut short."""
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return False
    if ours == REDACTED or ours.startswith(_ADDRESSES) or theirs.startswith(_ADDRESSES):
        return False
    if _HIDDEN.fullmatch(theirs) and not _HIDDEN.fullmatch(ours):
        return False
    sent, told = _folded(ours), _folded(theirs)
    return sent not in told and not all(piece.strip() in sent for piece in _CUT.split(told))


def _folded(text: str) -> str:
    """A text without what may change on its way: case, white space, the form of its characters."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
