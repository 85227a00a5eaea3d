"""What a person names on the command line, a run by its id or page; and this program, where it says how to go on."""

from typing import TYPE_CHECKING

from replicate_tui.cli.context import WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.session import Session

_DEFAULT_PROFILE = "default"


def run_id(session: "Session", text: str) -> str:
    """The id of the prediction that a text names.

    Raises:
        Stop: it names something else.
        InvalidReference: it names nothing.
    """
    if is_local(text):
        raise Stop(WRONG_USE, f"{text} is no prediction yet: {again(session)} prediction show {text} tells what it is")
    reference = session.reference(text)
    if reference.id is None:
        raise Stop(WRONG_USE, f"{text!r} does not name a prediction; give its id or its web address")
    return reference.id


def training_id(session: "Session", text: str) -> str:
    """The id of the training that a text names. Raises as `run_id`."""
    reference = session.reference(text)
    if reference.id is None or reference.kind not in ("training", "prediction"):
        raise Stop(WRONG_USE, f"{text!r} does not name a training; give its id or its web address")
    return reference.id


def is_local(text: str) -> bool:
    """Whether a text is the id of a run that the API has not given one yet."""
    from replicate_tui.core.history.runs import LOCAL_ID

    return text.startswith(LOCAL_ID)


def again(session: "Session") -> str:
    """How to start this program again with the same account and history."""
    if session.settings.local:
        return "replicate-tui --local"
    profile = session.settings.profile
    return "replicate-tui" if profile == _DEFAULT_PROFILE else f"replicate-tui --profile {profile}"
