"""What `run` sends: a target, an input and options, from what was typed and from an earlier run that was named."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from replicate_tui.api.addresses import is_loopback
from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.naming import is_local
from replicate_tui.cli.order import Given, Order

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


async def prepared(session: "Session", order: Order) -> Prepared:
    """The run that was ordered. What was typed goes before a file of inputs, that before an example or a named run.

    Raises:
        Stop: an option or the input does not fit, or what the earlier run was given is no longer known.
        CannotRun: what was named cannot be run.
    """
    given = await asked_options(session, order.asked)
    named = order.named or f"deployment:{given['deployment']}"
    earlier = await _earlier(session, named, order.given)
    target = earlier.target if earlier is not None else await session.target(named)
    asked = replace(target.options if earlier is None else earlier.options, **given)
    if asked.deployment != target.options.deployment or asked.version != target.options.version:
        target = await session.retarget(target, asked)
    kept: dict[str, object] = {} if earlier is None else dict(earlier.raw)
    if order.example:
        kept |= await _example(session, target)
    kept |= order.given.data
    values = fitting(target, _without(kept, order.given.typed), order.given.typed)
    return Prepared(target, values, asked)


async def _earlier(session: "Session", named: str, given: Given) -> "Remixed | None":
    """The earlier run that is named, and what is taken over from it."""
    if not is_local(named) and session.reference(named).kind != "prediction":
        return None
    earlier = await session.remix(named)
    _tell(earlier, {**given.data, **given.typed})
    return earlier


async def asked_options(session: "Session", asked: Mapping[str, str | None]) -> "dict[str, Any]":
    """The options in these texts by their names, None where not given.

    Raises:
        Stop: one of them cannot be.
    """
    from replicate_tui.core.forms import options

    account = ""
    if (named := asked.get("deployment")) and "/" not in named:
        account = session.account_name or (await session.account()).username
    read = options.read(asked, account=account)
    errors = {**read.errors, **_empty(asked)}
    if (webhook := read.options.webhook) and not webhook.startswith("https:") and not is_loopback(session.client.host):
        errors["webhook"] = f"{session.client.host} calls https addresses only"
    if errors:
        sentences = "\n".join(f"  --{name.replace('_', '-')}: {message}" for name, message in errors.items())
        raise Stop(WRONG_USE, f"nothing was sent\n{sentences}")
    given = {name: getattr(read.options, name) for name, text in asked.items() if text}
    if read.options.deployment:
        given["version"] = None
    return given


def _empty(asked: Mapping[str, str | None]) -> dict[str, str]:
    """The options that were given without a value, as an unset variable of a shell does."""
    empty = (name for name, text in asked.items() if text is not None and not text.strip())
    return dict.fromkeys(empty, "give a value, or leave it out")


async def _example(session: "Session", target: "Target") -> dict[str, object]:
    """The inputs of the model's own example, as a form would take them."""
    from replicate_tui.core.forms import inputs

    if not target.model:
        raise Stop(WRONG_USE, "--example: nobody tells of which model this is a version; give owner/name:version")
    model = await session.model(session.reference(target.model))
    example = model.default_example
    if example is None or not example.input:
        raise Stop(WRONG_USE, f"--example: {target.model} has none; give its inputs as name=value")
    recalled = inputs.recall(target.fields, example.input)
    for sentence in recalled.notes.values():
        output.note(sentence)
    return dict(recalled.raw)


def _without(kept: dict[str, object], typed: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in kept.items() if name not in typed}


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


def fitting(target: "Target", kept: dict[str, object], typed: dict[str, object]) -> dict[str, object]:
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
