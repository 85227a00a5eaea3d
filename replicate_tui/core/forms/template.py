"""Templates in values: `{{.output[0]}}` takes a part of an earlier run's JSON."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from replicate_tui.core.forms.field import Pieces
from replicate_tui.core.text import fit, one_line

if TYPE_CHECKING:
    from jsonpath import JSONPathEnvironment

_TEMPLATE: Final = re.compile(r"\{\{((?:(?!\}\}).)+)\}\}", re.DOTALL)
_UNSUCCESSFUL: Final = ("failed", "canceled", "aborted")
_KEYS_LISTED: Final = 12


class TemplateError(ValueError):
    """A template that names nothing in the document, or that is no path at all."""


def has_template(text: str) -> bool:
    """Whether `text` holds a `{{…}}`."""
    return any(match[1].strip() for match in _TEMPLATE.finditer(text))


def expand(text: str, document: object) -> object:
    """`text` with every `{{path}}` replaced by what the JSONPath finds in `document`.

    The leading `$` may be left out. A text that is one template and nothing else becomes the JSON value
    itself; otherwise values are inserted as text, strings as they are and others as JSON. A path that
    can name several values gives their list. A list is given as Pieces. Raises TemplateError when a path
    finds nothing.
    """
    whole = _TEMPLATE.fullmatch(text)
    if whole and whole[1].strip():
        return _found(whole[1].strip(), document)
    return _TEMPLATE.sub(_inserting(document), text)


def _inserting(document: object) -> Callable[[re.Match[str]], str]:
    def inserted(match: re.Match[str]) -> str:
        path = match[1].strip()
        return _as_text(_found(path, document)) if path else match[0]

    return inserted


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _found(path: str, document: object) -> object:
    if not isinstance(document, dict | list):
        raise TemplateError(f"{{{{{path}}}}} has nothing to take from: the document is neither object nor list")
    from jsonpath import JSONPath, JSONPathError

    try:
        query = _paths().compile(_rooted(path))
        found = query.findall(document)
    except (JSONPathError, RecursionError) as error:
        reason = one_line(str(error).partition("\n")[0])
        raise TemplateError(f"{{{{{path}}}}} can't be followed: {reason}") from None
    missing = not found or found == [None]
    if missing and (failure := _failure(document)):
        raise TemplateError(f"{{{{{path}}}}} is not there: {failure}")
    if not found:
        raise TemplateError(f"{{{{{path}}}}} is not there: {_contents(document)}")
    value = found[0] if isinstance(query, JSONPath) and query.singular_query() else found
    return Pieces(value) if isinstance(value, list) else value


@cache
def _paths() -> "JSONPathEnvironment":
    """How paths are read. The library is slow to import, and few values are templates."""
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)


def _rooted(path: str) -> str:
    if path.startswith("$"):
        return path
    if path == ".":
        return "$"
    return f"${path}" if path.startswith((".", "[")) else f"$.{path}"


def _failure(document: object) -> str:
    """What went wrong with the earlier run, if `document` is one that did not succeed."""
    if not isinstance(document, Mapping) or document.get("status") not in _UNSUCCESSFUL:
        return ""
    name = f" {one_line(str(document['id']))}" if document.get("id") else ""
    error = one_line(str(document["error"])) if document.get("error") else ""
    ended = "failed" if document["status"] == "failed" else f"was {document['status']}"
    return f"the earlier run{name} {ended}{': ' + fit(error, 500) if error else ''}"


def _contents(document: object) -> str:
    if not isinstance(document, Mapping):
        return f"the document is a list of {len(document) if isinstance(document, list) else 0}"
    keys = [one_line(str(key)) for key in document]
    more = f" and {len(keys) - _KEYS_LISTED} more" if len(keys) > _KEYS_LISTED else ""
    return f"the document has {', '.join(keys[:_KEYS_LISTED])}{more}" if keys else "the document is empty"
