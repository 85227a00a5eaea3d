"""What `run` sends: a target, an input and options, from what was typed and from an earlier run that was named."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from replicate_tui.cli import output
from replicate_tui.cli.context import WRONG_USE, Stop
from replicate_tui.cli.naming import is_local

if TYPE_CHECKING:
    from replicate_tui.core.forms.options import RunOptions
    from replicate_tui.core.models.finding import Remixed
    from replicate_tui.core.session import Session, Target


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is ready to be sent."""

    target: "Target"
    values: dict[str, object]
    options: "RunOptions"


async def prepared(session: "Session", named: str, typed: dict[str, object], lifetime: str | None) -> Prepared:
    """The run of what was named with what was typed; a run that was named gives what was not typed.

    Raises:
        Stop: the input does not fit, or what the earlier run was given is no longer known.
        CannotRun: what was named cannot be run.
    """
    from replicate_tui.core.forms.options import RunOptions

    if not is_local(named) and session.reference(named).kind != "prediction":
        target = await session.target(named)
        return Prepared(target, _judged(target, {}, typed), RunOptions(lifetime=lifetime))
    earlier = await session.remix(named)
    _tell(earlier, typed)
    kept = {name: value for name, value in earlier.raw.items() if name not in typed}
    values = _judged(earlier.target, kept, typed)
    return Prepared(earlier.target, values, replace(earlier.options, lifetime=lifetime or earlier.options.lifetime))


def _tell(earlier: "Remixed", typed: dict[str, object]) -> None:
    """Say what is taken over from the earlier run, and what could not be."""
    from replicate_tui.core.forms import options

    prediction = earlier.run.prediction
    if prediction.data_removed and not prediction.input:
        raise Stop(WRONG_USE, f"{prediction.id} cannot be run again: {'; '.join(earlier.remarks)}")
    asked = [f"{name} {text}" for name, text in options.show(earlier.options).items() if text]
    output.note(f"{earlier.target.key} with the input of {prediction.id}{', '.join(['', *asked])}")
    for remark in earlier.remarks:
        output.note(remark)
    for name, sentence in earlier.notes.items():
        if name not in typed:
            output.note(sentence)


def _judged(target: "Target", kept: dict[str, object], typed: dict[str, object]) -> dict[str, object]:
    """The input to send, or a stop that names each field that does not fit. What was kept is data, as it is."""
    from replicate_tui.core.forms import inputs

    if target.schema is None:
        return kept | {name: inputs.guess(value) if isinstance(value, str) else value for name, value in typed.items()}
    parsed = inputs.parse(target.fields, kept | typed)
    if parsed.errors:
        sentences = "\n".join(f"  {message}" for message in parsed.errors.values())
        raise Stop(WRONG_USE, f"{target.model}: nothing was sent\n{sentences}")
    for warning in parsed.warnings.values():
        output.note(warning)
    return parsed.input
