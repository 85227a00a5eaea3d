"""A text as sentences, and a sentence as pieces: words, or characters where words are written without blanks.

A piece that follows the one before without a blank begins with `GLUE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from markovify import chain
from markovify.splitters import is_sentence_ender

BEGIN: str = chain.BEGIN
END: str = chain.END
"""What the chains have before and after the words of a sentence."""

GLUE = "\u2060"
"""The word joiner: it forbids a break, and no text of a user's keeps one."""

LONGEST_WORD = 64
"""Characters; what is longer is no word, but a text without blanks, and falls into its characters."""

LONGEST_SENTENCE = 200
"""Pieces; a text without full stops is cut into runs of that many."""

# CJK punctuation, kana, ideographs (also those beyond the basic plane) and fullwidth forms.
_WIDE = "\u3001-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
_PARTS = re.compile(rf"[{_WIDE}]|[^{_WIDE}]+")

CLOSERS = "\"'”’)]»」』）】》"
SENTENCE_END = re.compile(rf"[.!?…。！？．｡]+[{re.escape(CLOSERS)}]*$")
_OPENERS = "\"'“‘([«„「『"
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_UNWANTED = re.compile(rf"[{GLUE}\x00-\x08\x0e-\x1f\x7f]")


def sentences(text: str) -> list[list[str]]:
    """The sentences of a text. One without marks at its sentences' ends has a sentence on each line."""
    text = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return [sentence for paragraph in _PARAGRAPH.split(text) for sentence in _of_paragraph(paragraph)]


def bare(piece: str) -> str:
    """The piece without its glue."""
    return piece.removeprefix(GLUE)


def closes(piece: str) -> bool:
    """Whether a sentence could end with this piece."""
    return SENTENCE_END.search(piece) is not None


def _of_paragraph(paragraph: str) -> Iterator[list[str]]:
    pieces = _pieces(paragraph)
    if any(_ends(piece, following) for piece, following in _pairs(pieces)):
        yield from _split(pieces)
        return
    for line in paragraph.split("\n"):
        yield from _split(_pieces(line))


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for word in text.split():
        if word in (BEGIN, END):
            continue
        parts = _PARTS.findall(word) if len(word) <= LONGEST_WORD else list(word)
        pieces += [parts[0], *(GLUE + part for part in parts[1:])]
    return pieces


def _split(pieces: list[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    ended = False
    for piece, following in _pairs(pieces):
        sentence.append(piece)
        ended = _ends(piece, following) or (ended and bare(piece) in CLOSERS)
        closing = following != "" and bare(following) in CLOSERS
        if (ended and not closing) or len(sentence) == LONGEST_SENTENCE:
            yield sentence
            sentence, ended = [], False
    if sentence:
        yield sentence


def _pairs(pieces: list[str]) -> Iterator[tuple[str, str]]:
    return zip_longest(pieces, pieces[1:], fillvalue="")


def _ends(piece: str, following: str) -> bool:
    """Whether a sentence ends after `piece`: an abbreviation's dot and "he said" after a question end none."""
    if not closes(piece):
        return False
    word = bare(piece).rstrip(CLOSERS).lstrip(_OPENERS)
    if word[-1:] not in (".", "!", "?"):
        return True
    if following[:1].islower() or following[:1] in ("-", "–", "—"):
        return False
    return len(word) < 2 or bool(is_sentence_ender(word))
