"""Whether what a server sent is the file that was asked for, or a page that says why it is not there, or nothing."""

import re
from pathlib import Path
from typing import Final

from replicate_tui.core.keeping.file_names import extension_of
from replicate_tui.core.outputs import OutputFile

BEGINNING: Final = 1024
"""So many bytes of a file tell what it is."""

A_PAGE: Final = "a web page"
A_MESSAGE: Final = "an error message"

_BINARY: Final = frozenset({"image", "video", "audio", "archive"})
_PAGES: Final = frozenset({"html", "htm", "xhtml", "shtml", "mhtml"})
_PROSE: Final = frozenset({"", "txt", "md", "log", "tex", "xml"})
"""Kinds of file in which a person may well write a page; what the server calls it decides there."""

_PAGE: Final = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_MARKUP: Final = re.compile(rb"<\?xml|<!doctype|<!--|<[a-z]+[\s>]", re.IGNORECASE)
_OBJECT: Final = re.compile(rb'[\[{]\s*["\[{}\]]')
_PAGE_TYPES: Final = ("text/html", "application/xhtml")
_MESSAGE_TYPES: Final = ("application/json", "application/problem+json", "application/xml", "text/xml")


def impostor(file: OutputFile, content_type: str, beginning: bytes) -> str:
    """What came instead of the file, in words; "" if it may well be the file.

    `content_type` is the server's word, "" if it gave none; `beginning` are the file's first bytes.
    """
    extension = extension_of(file.name)
    if extension in _PAGES:
        return ""
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = content_type.strip().lower()
    declared_page = declared.startswith(_PAGE_TYPES) and _is_text(beginning)
    if extension in _PROSE:
        return A_PAGE if declared_page else ""
    if declared_page or _PAGE.match(start):
        return A_PAGE
    if extension == "svg":
        return A_MESSAGE if _OBJECT.match(start) else ""
    if file.media not in _BINARY:
        return ""
    declared_message = declared.startswith(_MESSAGE_TYPES) and _is_text(beginning)
    return A_MESSAGE if declared_message or _OBJECT.match(start) or _MARKUP.match(start) else ""


def may_be_empty(file: OutputFile) -> bool:
    """Whether a file of that kind can be whole without a single byte."""
    return file.media not in _BINARY


def is_whole(file: OutputFile, path: Path) -> bool:
    """Whether a file that was saved earlier is there, and not as an empty one of a kind that never is."""
    return path.is_file() and (may_be_empty(file) or path.stat().st_size > 0)


def _is_text(beginning: bytes) -> bool:
    """Whether a person could read it; a character may be cut at the end."""
    if b"\0" in beginning:
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        return error.start > len(beginning) - 4 and len(beginning) >= BEGINNING
    return True
