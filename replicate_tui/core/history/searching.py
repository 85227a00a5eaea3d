"""What a search asks of each run, as conditions in SQL on the table of runs.

The full-text index knows words, and finds them by their beginnings. What it has no words for is looked for in the
texts themselves: signs (`->`, `C++`, an emoji), and scripts that put no spaces between words.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from replicate_tui.core.history.rows import Kind, storable
from replicate_tui.core.history.run_writing import TEXTS
from replicate_tui.core.history.scopes import Scope

READ_THROUGH = 50_000
"""So many of the runs that came last are read through for what the index has no words for."""
MOST_WORDS = 200
LONGEST_WORD = 5_000
"""Characters; SQLite takes no pattern of any length, and nobody types a longer one."""

Condition = tuple[str, list[object]]
"""An expression, and the values of its marks."""
Numbers = tuple[int, int]
"""The first and the last row that may be found."""

EVERY_ROW: Numbers = (0, 2**63 - 1)
_INDEXED = "SELECT rowid FROM run_texts WHERE run_texts MATCH ? AND rowid BETWEEN ? AND ?"
_READ = (
    "SELECT rowid FROM run_texts WHERE rowid BETWEEN max(?, (SELECT max(number) FROM runs) - ?) AND ? "
    "AND (" + " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in TEXTS) + ")"
)
_TRAININGS = "SELECT number FROM runs WHERE host = ? AND account = ? AND kind = 'training'"
_NOTED = (
    # Few have any, and those have an index.
    "SELECT number FROM runs INDEXED BY runs_noted WHERE (note != '' OR tags != '') AND number BETWEEN ? AND ? "
    "AND (note LIKE ? ESCAPE '\\' OR tags LIKE ? ESCAPE '\\')"
)
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer; Chinese, Japanese, Korean."""
_SIGNS = frozenset("#%&@*")
"""Signs of a name or a number rather than of a sentence, besides those that Unicode calls symbols."""


def conditions(words: Iterable[str], among: Numbers = EVERY_ROW) -> Iterator[Condition]:
    """What holds of a run that has every word in its texts, note or tags, or at the beginning of its id or status.

    Of many words the first `MOST_WORDS` count. With `among` only those rows are looked at.
    """
    for word in list(dict.fromkeys(words))[:MOST_WORDS]:
        yield _condition(storable(word).replace("\0", ""), among)


def of_kind(kind: Kind | None, scope: Scope) -> Iterator[Condition]:
    """What holds of a run of this kind. Trainings are few and have an index: predictions are the rest."""
    if kind == "training":
        yield "kind = 'training'", []
    elif kind == "prediction":
        yield f"number NOT IN ({_TRAININGS})", [scope.host, scope.account]


def _condition(word: str, among: Numbers) -> Condition:
    if not word or len(word) > LONGEST_WORD:
        return "0", []
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found, values = _in_texts(word, escaped, among)
    expression = f"(number IN ({found}) OR number IN ({_NOTED}) OR id LIKE ? ESCAPE '\\' OR status LIKE ? ESCAPE '\\')"
    return expression, [*values, *among, *[f"%{escaped}%"] * 2, f"{escaped}%", f"{escaped}%"]


def _in_texts(word: str, escaped: str, among: Numbers) -> Condition:
    first, last = among
    if _is_read(word):
        return _READ, [first, READ_THROUGH, last, *[f"%{escaped}%"] * len(TEXTS)]
    # Quoted, so that nothing in it is a sign of the index's own language.
    quoted = word.replace('"', '""')
    return _INDEXED, [f'"{quoted}"*', first, last]


def _is_read(word: str) -> bool:
    """Whether the index would miss it, or find what does not hold it."""
    wordless = not any(letter.isalnum() for letter in word)
    return wordless or _WITHOUT_SPACES.search(word) is not None or _is_sign(word[0]) or _is_sign(word[-1])


def _is_sign(letter: str) -> bool:
    return letter in _SIGNS or unicodedata.category(letter).startswith("S")
