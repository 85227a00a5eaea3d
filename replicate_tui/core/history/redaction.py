"""What an answer of the API must not leave on this machine: secrets that a model repeats, and a webhook's.

The program that sends a run knows its secret inputs, from then on until it ends, and writes them down nowhere. As long
as it knows them, they are replaced wherever the API tells of that run: in its error, its logs, its output. Other
programs recognise them by marks, see `marks`; where there can be none they keep no text of what the model says.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Protocol
from urllib.parse import quote

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.options import kept_address
from replicate_tui.core.forms.values import REDACTED

LEAST: Final = 4
"""Characters of a secret that is looked for; a shorter one is in any text by chance."""

_OF_THE_API: Final = frozenset(
    [
        *("id", "model", "version", "status", "source", "deployment", "deadline", "urls", "data_removed"),
        *("created_at", "started_at", "completed_at", "webhook_events_filter"),
    ]
)
"""What Replicate says of a run in its own words: no model has a say in it."""
_GROWING: Final = ("logs", "output")
_ADDRESSES: Final = ("webhook", "webhook_completed")


class Recogniser(Protocol):
    """Tells where secrets are."""

    def concerns(self, key: str) -> bool:
        """Whether they are looked for in what the API tells under this key."""

    def is_one(self, number: float) -> bool:
        """Whether a number is one of them."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in the text they are, or are hidden already: begins and ends, in order."""

    def begun_at(self, text: str) -> int:
        """Where one of them may have begun of which the rest is still to come; the text's length if none has."""


class Secrets:
    """Values that are to be read nowhere; it shows none of them itself."""

    __slots__ = ("_forms", "_pattern", "_texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(text for text in texts if len(text) >= LEAST)
        self._forms = sorted({form for text in self._texts for form in _forms(text)}, key=len, reverse=True)
        # What is hidden already stays as it is, whatever a secret has in common with the placeholder.
        self._pattern = re.compile("|".join(map(re.escape, (REDACTED, *self._forms))))

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __or__(self, other: "Secrets") -> "Secrets":
        return self if other._texts <= self._texts else Secrets(self._texts | other._texts)

    @property
    def texts(self) -> frozenset[str]:
        """What is looked for, itself secret."""
        return self._texts

    @property
    def forms(self) -> tuple[str, ...]:
        """All the ways in which they may be written, the longest first."""
        return tuple(self._forms)

    def concerns(self, key: str) -> bool:
        """All that the API does not say in its own words, unless there are none."""
        return bool(self)

    def is_one(self, number: float) -> bool:
        """Whether a number is one of them."""
        return str(number) in self._texts

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in the text they are, or are hidden already: begins and ends, in order."""
        return [found.span() for found in self._pattern.finditer(text)]

    def begun_at(self, text: str) -> int:
        """Where one of them may have begun of which the rest is still to come; the text's length if none has."""
        return min((_begun_at(form, text) for form in self._forms), default=len(text))


NONE: Final = Secrets(())


def secrets_of(values: Iterable[object]) -> Secrets:
    """These values, JSON values of any kind, as secrets."""
    return Secrets(text for value in values for text in _texts(value))


class Hidden:
    """The secrets that this program knows of runs, by the runs' ids."""

    def __init__(self) -> None:
        self._by_run: dict[str, Secrets] = {}

    def keep(self, run_id: str, values: Iterable[object]) -> None:
        """Know these values, JSON values of any kind, as the secrets of a run."""
        self._add(run_id, secrets_of(values))

    def share(self, run_id: str, other: str) -> None:
        """The run has another id, too, or may have."""
        self._add(other, self.of(run_id))

    def of(self, run_id: str) -> Secrets:
        """The secrets of a run; none where this program did not send it."""
        return self._by_run.get(run_id, NONE)

    def _add(self, run_id: str, secrets: Secrets) -> None:
        if secrets:
            self._by_run[run_id] = self.of(run_id) | secrets


def as_kept(prediction: Prediction, secrets: Recogniser, sent: Mapping[str, Any], *, whole: bool = False) -> Prediction:
    """The prediction without the secrets, and without what a webhook's address says of who may call it.

    An input that is as it was `sent` stays: who wrote it did not call it a secret. While the run goes on, the end of
    its logs and output is held back as long as it may be the beginning of a secret, unless they are `whole`.
    """
    raw = prediction.raw
    changed: dict[str, Any] = {
        key: kept_address(raw[key]) for key in _ADDRESSES if isinstance(raw.get(key), str) and raw[key]
    }
    growing = _GROWING if prediction.active and not whole else ()
    told = [key for key in raw if key not in _OF_THE_API and key not in changed and secrets.concerns(key)]
    changed |= {key: redact(raw[key], secrets, growing=key in growing) for key in told}
    if isinstance(changed.get("input"), dict):
        own = {name: value for name, value in raw["input"].items() if name in sent and sent[name] == value}
        changed["input"] |= own
    return Prediction.of({**raw, **changed}) if any(raw[key] != value for key, value in changed.items()) else prediction


def redact(value: Any, secrets: Recogniser, *, growing: bool = False) -> Any:
    """A JSON value with "[REDACTED]" in place of each secret, in texts, names and numbers, however deep.

    Texts that follow each other in a list are read as one: a model that streams tells it in pieces. Files that are
    told as `data:` addresses in Base64 stay as they are. What may be the beginning of a secret at the end of a text,
    or of a list of texts, that is still `growing` is left out.
    """
    match value:
        case str():
            return value if _is_content(value) else _redacted([value], secrets, growing)[0]
        case list():
            return [member for members in _groups(value, secrets, growing) for member in members]
        case dict():
            return {redact(name, secrets): redact(member, secrets) for name, member in value.items()}
        case int() | float() if not isinstance(value, bool) and secrets.is_one(value):
            return REDACTED
    return value


def _groups(members: Sequence[Any], secrets: Recogniser, growing: bool) -> Iterator[list[Any]]:
    """The members of a list, those together that are read as one text."""
    left = len(members)
    for is_text, group in groupby(members, _is_piece):
        found = list(group)
        left -= len(found)
        yield _redacted(found, secrets, growing and not left) if is_text else [redact(each, secrets) for each in found]


def _redacted(pieces: Sequence[str | None], secrets: Recogniser, growing: bool) -> list[str | None]:
    """The pieces of one text, as many as there were: a secret is replaced in the piece that it begins in."""
    text = "".join(piece or "" for piece in pieces)
    end = secrets.begun_at(text) if growing else len(text)
    spans = [(begin, stop) for begin, stop in secrets.spans(text) if begin < end]
    kept: list[str | None] = []
    at = stop = 0
    ahead = iter([*spans, (len(text), len(text))])
    span = next(ahead)
    for piece in pieces:
        stop += len(piece or "")
        words = ""
        while span[0] < stop:
            words += text[at : span[0]] + REDACTED
            at, span = span[1], next(ahead)
        words += text[at : min(stop, end)]
        at = max(at, stop)
        kept.append(None if piece is None else words)
    return kept


def _is_piece(value: object) -> bool:
    """Whether it is part of a text that comes in pieces; outputs have nulls among them."""
    return value is None or (isinstance(value, str) and not _is_content(value))


def _is_content(text: str) -> bool:
    """Whether it is a file: chance puts any few characters into what is long and random."""
    return text.startswith("data:") and ";base64," in text[:200]


def _begun_at(form: str, text: str) -> int:
    at = text.find(form[0], max(0, len(text) - len(form) + 1))
    while at >= 0 and not form.startswith(text[at:]):
        at = text.find(form[0], at + 1)
    return len(text) if at < 0 else at


def _texts(value: object) -> Iterator[str]:
    """The texts by which a secret is known: whoever repeats it may leave out the blanks around it."""
    if isinstance(value, list | dict):
        yield from (json.dumps(value), str(value))
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value).strip()


def _forms(text: str) -> Iterator[str]:
    """How a text is written: as it is, inside of JSON, inside of Python's literals, in an address."""
    yield text
    yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1])
    yield quote(text, safe="", errors="replace")
