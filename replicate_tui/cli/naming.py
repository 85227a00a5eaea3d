"""What a person names on the command line, a run by its id or page; and this program, where it says how to go on."""

import shlex
from typing import TYPE_CHECKING

from replicate_tui.cli.exit_codes import WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session

_DEFAULT_PROFILE = "default"


def run_id(session: "Session", text: str) -> str:
    """The id of the prediction that a text names.

    Raises:
        Stop: it names something else.
        InvalidReference: it names nothing.
    """
    _refuse_local(session, text, "prediction")
    reference = session.reference(text)
    if reference.id is None:
        raise Stop(WRONG_USE, f"{text!r} does not name a prediction; give its id or its web address")
    return reference.id


def training_id(session: "Session", text: str) -> str:
    """The id of the training that a text names. Raises as `run_id`."""
    _refuse_local(session, text, "training")
    reference = session.reference(text)
    if reference.id is None or reference.kind not in ("training", "prediction"):
        raise Stop(WRONG_USE, f"{text!r} does not name a training; give its id or its web address")
    return reference.id


def _refuse_local(session: "Session", text: str, noun: str) -> None:
    if is_local(text):
        raise Stop(WRONG_USE, f"{text} is no {noun} yet: {again(session)} {noun} show {text} tells what it is")


def known(session: "Session", run_id: str) -> "Run":
    """A run that only this machine knows, by its local id.

    Raises:
        Stop: there is none.
    """
    run = session.store.run(run_id)
    if run is None:
        raise Stop(WRONG_USE, f"there is no run {run_id}: if there was one, it has another id by now")
    return run


def is_local(text: str) -> bool:
    """Whether a text is the id of a run that the API has not given one yet."""
    from replicate_tui.core.history.runs import LOCAL_ID

    return text.startswith(LOCAL_ID)


def again(session: "Session") -> str:
    """How to start this program again with the same account and history."""
    settings = session.settings
    if settings.local:
        return "replicate-tui --local"
    profile = "" if settings.profile == _DEFAULT_PROFILE else f" --profile {settings.profile}"
    address = f" --base-url {shlex.quote(settings.base_url)}" if settings.base_url_by_flag else ""
    return f"replicate-tui{profile}{address}"
