"""How a program recognises the secrets of runs that another one sent, without their being written down.

Beside the row of a run with secrets stand marks of them: the length, a random salt, and a slow hash. Whoever has the
file can try guesses against a mark, some hundred in a second: that finds no API key, but it would find what is short
or simple. Of such secrets there is no mark, and whatever the model of that run says is kept only by the program that
sent it; others keep "[REDACTED]" for it, and the addresses of files.
"""

import hashlib
import json
import secrets as chance
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

from replicate_tui.core.forms.values import REDACTED
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.redaction import Recogniser, Secrets
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import Scope

STRONG: Final = 16
"""Characters that a secret has at least of which there is a mark."""
VARIED: Final = 8
"""So many of them differ at least."""
MOST: Final = 40
"""So many marks there are of one run at most; each takes some milliseconds."""

_NAME: Final = "hidden"
"""The name under which they are kept, among the options that were asked for."""
_ROUNDS: Final = 10_000
_DIGEST: Final = 16
_SIEVE: Final = 5
"""So many bytes at the end of a secret are told by their classes, so that few places in a text need the slow hash."""
_CLASSES: Final = 8
_SAID: Final = frozenset({"error", "logs", "output"})
"""Where a model has a say."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One way in which a secret may be written: by it that text is recognised. `length` is in bytes."""

    length: int
    salt: bytes
    sieve: bytes
    digest: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """The mark of a text."""
        content, salt = _bytes(text), chance.token_bytes(16)
        return cls(len(content), salt, content[-_SIEVE:].translate(_classes(salt)), _hash(content, salt))


class Marks:
    """Secrets that are recognised by their marks."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._marks = [(mark, _classes(mark.salt)) for mark in marks]
        self._longest = max((mark.length for mark, _ in self._marks), default=1)
        self._verdicts: dict[tuple[bytes, bytes], bool] = {}

    def concerns(self, key: str) -> bool:
        """All that the API does not say in its own words."""
        return True

    def is_one(self, number: float) -> bool:
        """Whether a number is one of them."""
        return self.spans(str(number)) == [(0, len(str(number)))]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in the text they are, or are hidden already: begins and ends, in order."""
        content = _bytes(text)
        found = sorted([*_places(content, REDACTED.encode()), *self._found(content)])
        apart: list[tuple[int, int]] = []
        for begin, end in found:
            if apart and begin < apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((begin, end))
        return [(_characters(content[:begin]), _characters(content[:end])) for begin, end in apart]

    def begun_at(self, text: str) -> int:
        """Where one of them may have begun: nobody knows how it begins, so as much is left as the longest has."""
        return max(0, len(text) - self._longest + 1)

    def _found(self, content: bytes) -> Iterable[tuple[int, int]]:
        for mark, classes in self._marks:
            for _, end in _places(content.translate(classes), mark.sieve):
                begin = end - mark.length
                if begin >= 0 and self._is(content[begin:end], mark):
                    yield begin, end

    def _is(self, window: bytes, mark: Mark) -> bool:
        key = (window, mark.salt)
        if key not in self._verdicts:
            self._verdicts[key] = _hash(window, mark.salt) == mark.digest
        return self._verdicts[key]


class Withheld:
    """Secrets that cannot be recognised: every text that a model says may hold one, but for the address of a file."""

    def concerns(self, key: str) -> bool:
        """What a model says."""
        return key in _SAID

    def is_one(self, number: float) -> bool:
        """Any number may be."""
        return True

    def spans(self, text: str) -> list[tuple[int, int]]:
        """All of it."""
        is_address = text.startswith(("http://", "https://")) and len(text.split()) == 1
        return [(0, len(text))] if text and not is_address else []

    def begun_at(self, text: str) -> int:
        """What is hidden altogether has no end to hold back."""
        return len(text)


class Recognising:
    """What this program can recognise of runs that others sent, read from beside their rows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_run: dict[str, Recogniser] = {}

    def of(self, scope: Scope, run: Run, unanswered: Iterable[Run]) -> list[Recogniser]:
        """What tells the secrets of a run, and of those `unanswered` by the API that it may be."""
        if run.prediction.input and REDACTED not in run.prediction.input.values():
            return []
        others = (each for each in unanswered if each.id != run.id and _may_be(each, run))
        found = (self._noted(scope, each) for each in (run, *others))
        return [each for each in found if each is not None]

    def _noted(self, scope: Scope, run: Run) -> Recogniser | None:
        if REDACTED not in run.prediction.input.values():
            return None
        if run.id not in self._by_run:
            asked = self._database.asked(scope, run.id)
            noted = None if asked.owner == self._database.program else read(asked.options)
            if noted is None:
                return None
            self._by_run[run.id] = noted
        return self._by_run[run.id]


def beside(options: str, secrets: Secrets) -> str:
    """The options that are kept beside a run's row, with what tells its secrets; as they were if it has none."""
    if not secrets:
        return options
    kept: dict[str, Any] = json.loads(options) if options else {}
    are_told = len(secrets.forms) <= MOST and all(map(_is_strong, secrets.texts))
    return json.dumps({**kept, _NAME: [_told(Mark.of(form)) for form in secrets.forms] if are_told else []})


def read(options: str) -> Recogniser | None:
    """What `beside` has added to the options; None if it had nothing to add."""
    kept = json.loads(options).get(_NAME) if options else None
    if not isinstance(kept, list):
        return None
    marks = [Mark(length, *map(bytes.fromhex, texts)) for length, *texts in kept]
    return Marks(marks) if marks else Withheld()


def _may_be(run: Run, other: Run) -> bool:
    """Whether a run that has no id yet may be another one: a run of that model, with what it hides."""
    ours, theirs = run.prediction, other.prediction
    hidden = {name for name, value in ours.input.items() if value == REDACTED}
    is_of_another = ours.model and theirs.model and ours.model != theirs.model
    return not is_of_another and (hidden <= theirs.input.keys() or not theirs.input)


def _told(mark: Mark) -> list[int | str]:
    return [mark.length, mark.salt.hex(), mark.sieve.hex(), mark.digest.hex()]


def _is_strong(text: str) -> bool:
    return len(text) >= STRONG and len(set(text)) >= VARIED and not text.isdecimal()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _characters(content: bytes) -> int:
    return len(content.decode("utf-8", "surrogatepass"))


def _hash(content: bytes, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", content, salt, _ROUNDS, _DIGEST)


def _classes(salt: bytes) -> bytes:
    """The class of each byte, which differs from mark to mark."""
    return bytes(hashlib.sha256(salt + bytes([each])).digest()[0] % _CLASSES for each in range(256))


def _places(content: bytes, wanted: bytes) -> Iterable[tuple[int, int]]:
    at = content.find(wanted)
    while at >= 0:
        yield at, at + len(wanted)
        at = content.find(wanted, at + 1)
