"""The language of filters over runs: what a person types, as conditions in SQL on the table of runs. Pure.

`heron status:failed model:sdxl age<2d -tag:draft` means: all of that. A word without a field is looked for in the
texts of a run. Quotes hold words together, and take from a word any meaning of its own.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from replicate_tui.core.history.rows import storable
from replicate_tui.core.history.run_writing import TAGS_APART
from replicate_tui.core.history.runs import ENDED, NOT_SUBMITTED, ON_ITS_WAY, UNKNOWN
from replicate_tui.core.history.searching import EVERY_ROW, Condition, Numbers, conditions

STATES: Final = (
    "queued",
    "starting",
    "processing",
    "succeeded",
    "failed",
    "canceled",
    "aborted",
    "waiting",
    "uploading",
    "submitting",
    UNKNOWN,
    NOT_SUBMITTED,
)
ACTIVE: Final = {"queued", "starting", "processing"} | ON_ITS_WAY

NOW: Final = "((julianday('now') - 2440587.5) * 86400.0)"
"""SQL for seconds since the epoch: a filter that is kept goes on meaning what it says."""
_ENDED: Final = ", ".join(f"'{state}'" for state in sorted(ENDED))
ELAPSED: Final = (
    "CASE WHEN completed_at IS NOT NULL THEN max(0.0, completed_at - created_at) "
    f"WHEN status NOT IN ({_ENDED}) THEN max(0.0, {NOW} - max(0.0, min(created_at, seen_at))) ELSE seconds END"
)
"""SQL for how long a run took, or has taken so far; as `runs.elapsed`."""

GROUPS: Final = {"active": ACTIVE, "ended": ENDED}
"""Names for several statuses."""
SOURCES: Final = {"web": "source = 'web'", "api": "source != 'web'"}
HOLDINGS: Final = {
    "files": "files > 0",
    "saved": "folder IS NOT NULL",
    "error": "error != ''",
    "note": "note != ''",
    "tags": "tags != ''",
}
"""What a run may have, as `has:` names it."""

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_AMOUNT: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw])", re.IGNORECASE)
_TERM: Final = re.compile(r"(-?)([A-Za-z]+)(:[<>]=?|[:=]|[<>]=?)(?!//)(.*)", re.DOTALL)
_PIECES: Final = re.compile(r'(?:[^\s"]*[:=<>])?"[^"]*"?|\S+')


@dataclass(frozen=True, slots=True)
class Test:
    """One condition on a field of a run; `negated` asks for the runs of which it does not hold."""

    expression: str
    values: tuple[object, ...] = ()
    negated: bool = False
    moves: bool = False
    """It depends on the clock."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a person asks of runs: `words` in their texts, `without` words, and `tests` of fields.

    `problems` say of each part that is not understood what it takes; such a part asks for nothing.
    """

    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        """Runs come and go as time passes."""
        return any(test.moves for test in self.tests)

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.words or self.without or self.tests)


ALL: Final = Filter()
"""Lets every run through."""


class _NotUnderstood(ValueError):
    """The message says what the part takes."""


def parse(text: str) -> Filter:
    """The filter that a text means."""
    words: list[str] = []
    without: list[str] = []
    tests: list[Test] = []
    problems: list[str] = []
    for piece in _PIECES.findall(text):
        found = None if piece.startswith('"') else _TERM.fullmatch(piece)
        if found is None:
            words += filter(None, [_unquoted(piece)])
            continue
        minus, name, sign, value = found.groups()
        try:
            term = _term(name.lower(), sign, _unquoted(value))
        except _NotUnderstood as problem:
            problems.append(str(problem))
        else:
            if isinstance(term, str):
                (without if minus else words).append(term)
            elif term is not None:
                tests.append(Test(term.expression, term.values, bool(minus), term.moves))
    return Filter(tuple(words), tuple(without), tuple(tests), tuple(problems))


def sql(wanted: Filter, among: Numbers = EVERY_ROW) -> Iterator[Condition]:
    """What holds of the runs that the filter lets through. With `among` only those rows are looked at."""
    for test in wanted.tests:
        # What is not known, as the time of a run that never began, is neither above nor below.
        yield (f"coalesce(NOT ({test.expression}), 1)" if test.negated else f"({test.expression})"), [*test.values]
    yield from conditions(wanted.words, among)
    for expression, values in conditions(wanted.without, among):
        yield f"NOT {expression}", values


def _unquoted(piece: str) -> str:
    return piece[1:].removesuffix('"').strip() if piece.startswith('"') else piece


# -- fields ------

_Sign = Literal[":", "<", ">", "<=", ">="]


def _term(name: str, sign: str, value: str) -> Test | str | None:
    """The test of a field, or a word to look for; None while its value is still to be typed."""
    if name not in _FIELDS:
        raise _NotUnderstood(_no_field(name, sign + value))
    kind, make = _FIELDS[name]
    told = sign if sign in (":", "=") else sign.removeprefix(":")
    if kind == "text" and told not in (":", "="):
        raise _NotUnderstood(f"{name} is compared with a colon: {_example(name)}")
    if kind == "amount" and told in (":", "="):
        if not value:
            return None
        raise _NotUnderstood(f"{name} takes < or >: {_example(name)}")
    return make(told, value) if value else None


def _no_field(name: str, rest: str) -> str:
    near = get_close_matches(name, _FIELDS, 1)
    if near:
        return f"there is no field {name}: did you mean {near[0]}?"
    return f'there is no field {name}, only {", ".join(_FIELDS)}; "{name}{rest}" in quotes is looked for as it stands'


def _example(name: str) -> str:
    return "".join((name, *HOW[name]))


def _status(sign: str, value: str) -> Test:
    wanted: set[str] = set()
    for each in _listed(value):
        found = GROUPS.get(each) or {state for state in STATES if state.startswith(each)}
        if not found:
            raise _NotUnderstood(f"there is no status {each}, only {', '.join((*GROUPS, *STATES))}")
        wanted |= found
    return _one_of("status", sorted(wanted))


def _model(sign: str, value: str) -> Test:
    return _any("model LIKE ? ESCAPE '\\'", [f"%{_escaped(each)}%" for each in _listed(value)])


def _version(sign: str, value: str) -> Test:
    return _any("version LIKE ? ESCAPE '\\'", [f"{_escaped(each)}%" for each in _listed(value)])


def _deployment(sign: str, value: str) -> Test:
    return _any("deployment LIKE ? ESCAPE '\\'", [f"%{_escaped(each)}%" for each in _listed(value)])


def _tag(sign: str, value: str) -> Test:
    return _any("tags LIKE ? ESCAPE '\\'", [f"%{TAGS_APART}{_escaped(each)}%" for each in _listed(value)])


def _source(sign: str, value: str) -> Test:
    return _named("source", SOURCES, value)


def _has(sign: str, value: str) -> Test:
    return _named("has", HOLDINGS, value)


def _text(sign: str, value: str) -> str:
    return value


def _age(sign: str, value: str) -> Test:
    # A low age is a late making.
    return Test(f"{NOW} - created_at {sign} ?", (_seconds("age", value),), moves=True)


def _time(sign: str, value: str) -> Test:
    return Test(f"({ELAPSED}) {sign} ?", (_seconds("time", value),), moves=True)


_FIELDS: Final[dict[str, tuple[Literal["text", "amount"], Callable[[str, str], Test | str]]]] = {
    "status": ("text", _status),
    "model": ("text", _model),
    "version": ("text", _version),
    "deployment": ("text", _deployment),
    "source": ("text", _source),
    "tag": ("text", _tag),
    "has": ("text", _has),
    "text": ("text", _text),
    "age": ("amount", _age),
    "time": ("amount", _time),
}

HOW: Final = {
    "status": (":", "failed"),
    "model": (":", "sdxl"),
    "version": (":", "39ed52f2"),
    "deployment": (":", "acme/app"),
    "source": (":", "web"),
    "tag": (":", "draft"),
    "has": (":", "files"),
    "text": (":", '"two words"'),
    "age": ("<", "2d"),
    "time": (">", "30s"),
}
"""An example of each field: its sign, and what it takes."""

# -- values ------


def _listed(value: str) -> list[str]:
    return [part for part in value.lower().split(",") if part]


def _escaped(value: str) -> str:
    value = storable(value).replace("\0", "")
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _any(expression: str, values: Sequence[object]) -> Test:
    return Test(" OR ".join([expression] * len(values)) or "1", tuple(values))


def _one_of(column: str, values: Sequence[object]) -> Test:
    return Test(f"{column} IN ({', '.join('?' * len(values))})", tuple(values))


def _named(name: str, meanings: dict[str, str], value: str) -> Test:
    """The test of one of several names, which may be listed."""
    wanted = []
    for each in _listed(value):
        found = [key for key in meanings if key.startswith(each)]
        if not found:
            raise _NotUnderstood(f"{name} takes {' or '.join(meanings)}, not {each}")
        wanted += found
    return Test(" OR ".join(meanings[each] for each in wanted) or "1")


def _seconds(name: str, value: str) -> float:
    """An amount of time as typed: "30s", "1h30m", or seconds as a bare number."""
    if re.fullmatch(r"\d+(\.\d+)?", value):
        if name == "time":
            return float(value)
        raise _NotUnderstood(f"{name} takes a number with its unit (s m h d w): {_example(name)}")
    parts = _AMOUNT.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise _NotUnderstood(f"{name} takes a time (s m h d w): {_example(name)}")
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)
