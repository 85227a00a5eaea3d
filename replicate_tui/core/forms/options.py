"""Run options: what may be asked of a run besides its inputs, read from texts and kept as JSON."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from replicate_tui.api import checks
from replicate_tui.api.reference import InvalidReference, Reference, parse
from replicate_tui.core.forms.values import REDACTED
from replicate_tui.core.text import one_line

_SEPARATORS: Final = re.compile(r"[\s,;]+")
_ADDRESS: Final = re.compile(r"([^/?#]*//)([^/?#]*@)?([^?#]*)([?#].*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is asked of a run besides its inputs; None and () ask for nothing.

    `version` pins the run to a version's id; `deployment` ("owner/name") runs it there instead. `lifetime` is a
    duration such as "30s", "5m" or "1h30m" after which Replicate cancels the run. `webhook` is an https address
    that is told of `webhook_events`, all of them when none is named. `block` is for how many seconds, 1 to 60,
    the answer may be held back for the output.
    """

    version: str | None = None
    deployment: str | None = None
    lifetime: str | None = None
    webhook: str | None = None
    webhook_events: tuple[str, ...] = ()
    block: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != RunOptions()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The options that texts give, and what is wrong with them: `errors` by option, in words for a person."""

    options: RunOptions
    errors: dict[str, str]


def read(texts: Mapping[str, str | None], *, model: str = "", account: str = "") -> ReadOptions:
    """The options in texts as typed, by option name; "" and None leave an option out.

    `model` ("owner/name") is what runs: a version of another model is refused. `account` owns a deployment that
    is named without its owner. Events are separated by commas or blanks. What is wrong is left out of the options.
    """
    readers: dict[str, Callable[[str], object]] = {
        "version": lambda text: _version(text, model),
        "deployment": lambda text: _deployment(text, account),
        "lifetime": _lifetime,
        "webhook": _webhook,
        "webhook_events": _events,
        "block": _block,
    }
    found: dict[str, Any] = {}
    errors = {name: f"there is no option {one_line(name)!r}" for name in texts if name not in readers}
    for name, reader in readers.items():
        text = (texts.get(name) or "").strip()
        try:
            if text:
                found[name] = reader(text)
        except ValueError as error:
            errors[name] = str(error)
    if "version" in found and "deployment" in found:
        errors["deployment"] = "a deployment runs its own version: leave one of the two out"
        del found["deployment"]
    if "webhook_events" in found and "webhook" not in found and "webhook" not in errors:
        errors["webhook"] = "events need an address to be sent to"
    return ReadOptions(RunOptions(**found), errors)


def show(options: RunOptions) -> dict[str, str]:
    """The options as texts, in the order of a form; `read` makes the same options of them."""
    return {
        "version": options.version or "",
        "deployment": options.deployment or "",
        "lifetime": options.lifetime or "",
        "webhook": options.webhook or "",
        "webhook_events": ",".join(options.webhook_events),
        "block": "" if options.block is None else str(options.block),
    }


def as_json(options: RunOptions) -> str:
    """The options as text to keep, "" when nothing is asked for; of a webhook's address, see `kept_address`."""
    given = {name: value for name, value in asdict(options).items() if value not in (None, ())}
    if options.webhook:
        given["webhook"] = kept_address(options.webhook)
    return json.dumps(given) if given else ""


def from_json(text: str) -> RunOptions:
    """The options in a text that was kept; names that only a newer program knows are left out."""
    kept = json.loads(text) if text else {}
    known = {field.name: kept[field.name] for field in fields(RunOptions) if field.name in kept}
    if "webhook_events" in known:
        known["webhook_events"] = tuple(known["webhook_events"])
    return RunOptions(**known)


def kept_address(address: str) -> str:
    """A webhook's address as it is kept: "[REDACTED]" for a user's name and password, and for a query.

    They are what lets somebody call it, as often as not. Such an address is no webhook any more: `read` refuses it.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return REDACTED
    scheme, user, place, query = parts.groups()
    return f"{scheme}{REDACTED + '@' if user else ''}{place}{'?' + REDACTED if query else ''}"


def _version(text: str, model: str) -> str:
    reference = _reference(text)
    if reference is None or reference.kind != "version" or not reference.version:
        raise ValueError("give a version's id (64 hex digits), or owner/name:version")
    if model and reference.owner and f"{reference.owner}/{reference.name}" != model:
        raise ValueError(f"this is a version of {reference.owner}/{reference.name}, not of {one_line(model)}")
    return reference.version


def _deployment(text: str, account: str) -> str:
    if "/" not in text and account:
        text = f"{account}/{text}"
    reference = _reference(text)
    if reference is None or reference.kind not in ("deployment", "model"):
        raise ValueError("give a deployment's owner/name")
    return f"{reference.owner}/{reference.name}"


def _reference(text: str) -> Reference | None:
    try:
        return parse(text)
    except InvalidReference:
        return None


def _lifetime(text: str) -> str:
    text = text.replace(" ", "").lower()
    try:
        checks.check_duration(text)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("cancel_after ")) from None
    return text


def _webhook(text: str) -> str:
    if REDACTED in text:
        raise ValueError("its password or query was not kept: enter the address again")
    checks.check_webhook(text, ())
    return text


def _events(text: str) -> tuple[str, ...]:
    events = tuple(dict.fromkeys(word for word in _SEPARATORS.split(text.lower()) if word))
    checks.check_webhook(None, events)
    return tuple(event for event in checks.WEBHOOK_EVENTS if event in events)


def _block(text: str) -> int:
    try:
        seconds = int(text.removesuffix("s"))
        checks.check_wait(seconds)
    except ValueError:
        raise ValueError(f"must be 1 to {checks.LONGEST_WAIT} whole seconds") from None
    return seconds
