"""A command line as a shell has it, split into words while it is still being typed; and words quoted for it."""

import re
from dataclasses import dataclass
from typing import Final

_PART: Final = re.compile(
    r"""
    (?P<blank>[ \t]+)
    | (?P<end>[|;&\n])
    | (?P<redirection>[<>]+)
    | \\(?P<escaped>.?)
    | '(?P<single>[^']*)(?P<single_closed>'?)
    | "(?P<double>(?:[^"\\]|\\.)*)\\?(?P<double_closed>"?)
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED_IN_QUOTES: Final = re.compile(r'\\([$`"\\])')
_SPECIAL: Final = re.compile(r"([^\w@%+=:,./~-])")
_SPECIAL_IN_QUOTES: Final = re.compile(r'([$`"\\])')
_STAYS_IN_WORD: Final = "@$"
"""Where readline breaks a word and leaves the sign in it."""
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")


@dataclass(slots=True)
class Word:
    """One word: its `text` without quotes, and the `quote` that is still open at its end, "" if none is.

    `kept` counts the characters of `text` that stand before what readline replaces. `redirected` says that it names a
    file that the shell reads or writes. `begun` tells an empty word in quotes from none.
    """

    text: str = ""
    quote: str = ""
    kept: int = 0
    redirected: bool = False
    begun: bool = False


def split(line: str, breaks: str = "") -> list[Word]:
    """The words of the last command in `line`, without assignments before it; the last is the one being typed.

    `breaks` are the characters, besides blanks, at which readline begins a word (COMP_WORDBREAKS).
    """
    words = [Word()]
    for part in _PART.finditer(line):
        word = words[-1]
        match part.lastgroup:
            case "end":
                words = [Word()]
            case "blank" if word.begun:
                words.append(Word())
            case "redirection":
                words.append(Word(redirected=True))
            case "blank":
                pass
            case _:
                _read(word, part, breaks)
    *before, typed = words
    before = [word for word in before if word.begun and not word.redirected]
    while before and _ASSIGNMENT.match(before[0].text):
        del before[0]
    return [*before, typed]


def for_readline(word: Word, text: str) -> str:
    """What readline puts in the place of what was typed of `word`, so that it comes to be `text`."""
    rest = text[word.kept :]
    if word.quote == '"':
        return _SPECIAL_IN_QUOTES.sub(r"\\\1", rest)
    return rest if word.quote else _SPECIAL.sub(r"\\\1", rest)


def _read(word: Word, part: re.Match[str], breaks: str) -> None:
    """Have a word go on with a part of the line."""
    word.begun = True
    if part["single"] is not None:
        _read_quoted(word, part["single"], "'", closed=bool(part["single_closed"]))
    elif part["double"] is not None:
        _read_quoted(word, _ESCAPED_IN_QUOTES.sub(r"\1", part["double"]), '"', closed=bool(part["double_closed"]))
    elif part["escaped"] is not None:
        word.text += part["escaped"]
    else:
        word.text += part["plain"]
        if part["plain"] in breaks:
            word.kept = len(word.text) - (part["plain"] in _STAYS_IN_WORD)


def _read_quoted(word: Word, text: str, quote: str, *, closed: bool) -> None:
    if not closed:
        word.quote = quote
        word.kept = len(word.text)
    word.text += text
