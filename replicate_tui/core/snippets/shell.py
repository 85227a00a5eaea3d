"""A run for a POSIX shell: curl, and our own command. Nothing in a value is ever read by the shell."""

import json
import mimetypes
import re
import shlex
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from replicate_tui.core.forms.field import Field, Upload
from replicate_tui.core.forms.refusal import Refused
from replicate_tui.core.forms.template import has_template
from replicate_tui.core.forms.typed_text import as_path, guess, show, typed
from replicate_tui.core.forms.values import accept, as_json
from replicate_tui.core.settings import DEFAULT_BASE_URL
from replicate_tui.core.snippets.call import Call, Layout, Secret, holds, leaves, quoted, uploads
from replicate_tui.core.snippets.variable_names import VariableNames

_AUTHORIZED: Final = '--header "Authorization: Bearer $REPLICATE_API_TOKEN"'
_CURL: Final = "curl --silent --show-error --fail-with-body"
_NEXT: Final = " \\\n  "
_LONGEST_WORD: Final = 100_000
_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LINE: Final = 100

_JSON_FUNCTION: Final = r"""json() {
  printf '%s\n' "$1" | LC_ALL=C awk '
    BEGIN {
      for (code = 1; code < 32; code++) escaped[sprintf("%c", code)] = sprintf("\\u%04x", code)
      escaped["\""] = "\\\""
      escaped["\\"] = "\\\\"
      printf "\""
    }
    NR > 1 { printf "%s", "\\n" }
    {
      for (at = 1; at <= length($0); at++) {
        one = substr($0, at, 1)
        printf "%s", (one in escaped) ? escaped[one] : one
      }
    }
    END { printf "\"" }'
}
"""
"""Writes its argument as a JSON text: what an environment variable holds must not end the text that it stands in."""

_Variables = dict[Upload, str]


def in_curl(call: Call, base_url: str) -> str:
    """Commands that upload the files, then send the run; the answer is the prediction's JSON."""
    told = call.told()
    variables = _variables(told)
    address, body = _request(call, told, base_url)
    document, end = _heredoc(body, variables)
    headers = [_AUTHORIZED, '--header "Content-Type: application/json"']
    if call.options.block:
        headers.append(f'--header "Prefer: wait={call.options.block}"')
    if call.options.lifetime:
        headers.append(f"--header {shlex.quote(f'Cancel-After: {call.options.lifetime}')}")
    command = _NEXT.join([f"{_CURL} {shlex.quote(address)}", *headers, f"--data @- <<{end}"])
    return f"{_quoting(body)}{_uploading(variables, base_url)}{command}\n{document}\nJSON\n"


def _request(call: Call, told: dict[str, object], base_url: str) -> tuple[str, dict[str, object]]:
    options = call.options
    body: dict[str, object] = {"input": told}
    if options.webhook:
        body["webhook"] = options.webhook
    if options.webhook_events:
        body["webhook_events_filter"] = list(options.webhook_events)
    if options.deployment:
        return f"{base_url}/v1/deployments/{quote(options.deployment)}/predictions", body
    return f"{base_url}/v1/predictions", {"version": call.runs or call.model, **body}


def _variables(told: dict[str, object]) -> _Variables:
    """The shell variable for the address of each file that is uploaded first."""
    names = VariableNames()
    found: _Variables = {}
    for name, files in uploads(told).items():
        for number, upload in enumerate(files, start=1):
            if upload not in found:
                numbered = [number] if len(files) > 1 else []
                found[upload] = names.name(name, "url", *numbered, otherwise="url")
    return found


def _quoting(value: object) -> str:
    """The function that secrets in `value` are written with, where there are any."""
    texts = (leaf for leaf in leaves(value) if isinstance(leaf, Secret) and not leaf.is_json)
    return _JSON_FUNCTION if any(texts) else ""


def _uploading(variables: _Variables, base_url: str) -> str:
    address = shlex.quote(f"{base_url}/v1/files")
    return "".join(
        f"{name}=$({_CURL} {address}{_NEXT}{_AUTHORIZED}{_NEXT}--form {shlex.quote(_form(upload))}"
        f'{_NEXT}| grep -o \'"get": *"[^"]*"\' | cut -d \'"\' -f 4)\n'
        for upload, name in variables.items()
    )


def _form(upload: Upload) -> str:
    """A file as curl's --form takes it; "-" alone would be standard input."""
    path = "./-" if str(upload.path) == "-" else str(upload.path)
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    media_type, _ = mimetypes.guess_type(path)
    return f'content=@"{escaped}"' + (f";type={media_type}" if media_type else "")


def _heredoc(value: object, variables: _Variables) -> tuple[str, str]:
    """`value` as JSON inside a here-document, and the word that begins it: quoted where no variable is read."""
    expanded = holds(value, Secret, Upload)

    def leaf(one: object) -> str:
        if isinstance(one, Upload):
            return f'"${variables[one]}"'
        if isinstance(one, Secret):
            return _read(one)
        return _in_heredoc(one, expanded)

    layout = Layout(leaf, lambda name: f"{_in_heredoc(name, expanded)}: ", last_comma="")
    return layout.write(value), "JSON" if expanded else "'JSON'"


def _in_heredoc(value: object, expanded: bool) -> str:
    """A JSON value that the shell leaves alone; an interactive one replaces "!" even in a here-document."""
    text = (quoted(value) if isinstance(value, str) else json.dumps(value)).replace("!", "\\u0021")
    return re.sub(r"([\\$`])", r"\\\1", text) if expanded else text


def as_command(call: Call, base_url: str, *, local: bool) -> str:
    """Our own command. What its words cannot say goes in as a document on standard input."""
    fields = {field.name: field for field in call.fields}
    told = call.told()
    variables = _variables({name: value for name, value in told.items() if not _is_path(name, value)})
    words: list[str] = []
    unspoken: dict[str, object] = {}
    for name, value in told.items():
        word = _word(fields.get(name), value, variables) if _NAME.fullmatch(name) else None
        if word is None:
            unspoken[name] = value
        else:
            words.append(f"{name}={word}")
    parts = [_program(base_url, local), *_flags(call), *words]
    document = ""
    if unspoken:
        text, end = _heredoc(unspoken, variables)
        parts.append(f"--input - <<{end}")
        document = f"{text}\nJSON\n"
    program = f"{parts[0]} run {shlex.quote(_target(call))}"
    line = " ".join([program, *parts[1:]])
    command = line if len(line) <= _LINE and "\n" not in line else _NEXT.join([program, *parts[1:]])
    glued = [value for name, value in told.items() if name in unspoken or not isinstance(value, Secret)]
    return f"{_quoting(glued)}{_uploading(variables, base_url)}{command}\n{document}"


def _program(base_url: str, local: bool) -> str:
    if local:
        return "replicate-tui --local"
    return "replicate-tui" if base_url == DEFAULT_BASE_URL else f"replicate-tui --base-url {shlex.quote(base_url)}"


def _target(call: Call) -> str:
    return f"deployments/{call.options.deployment}" if call.options.deployment else call.reference


def _flags(call: Call) -> list[str]:
    options = call.options
    given = {
        "--lifetime": options.lifetime,
        "--webhook": options.webhook,
        "--webhook-events": ",".join(options.webhook_events),
        "--block": options.block,
    }
    return [f"{flag} {shlex.quote(str(value))}" for flag, value in given.items() if value]


def _is_path(name: str, value: object) -> bool:
    """Whether a word says the value with "@path" alone."""
    only = value[0] if isinstance(value, list) and len(value) == 1 else value
    return isinstance(only, Upload) and _NAME.fullmatch(name) is not None


def _word(field: Field | None, value: object, variables: _Variables) -> str | None:
    """`value` as a shell word after `name=`; None when a word cannot say it."""
    match value:
        case Secret():
            return f'"${value.variable}"'
        case Upload() as only:
            return shlex.quote(as_path(only))
        case [Upload() as only]:
            return shlex.quote(as_path(only))
    if holds(value, Secret, Upload):
        return "".join(_glued(value, variables))
    text = show(field, value) if field else value if isinstance(value, str) else as_json(value)
    if text.startswith("@") and (field is None or field.kind != "file"):
        text = f"@{text}"
    return shlex.quote(text) if _says(field, text, value) else None


def _glued(value: object, variables: _Variables) -> Iterator[str]:
    """JSON as pieces of one shell word: quoted texts, and variables between them."""
    text = ""
    for piece in _pieces(value):
        if isinstance(piece, str):
            text += piece
        elif isinstance(piece, Upload):
            yield shlex.quote(f'{text}"') + f'"${variables[piece]}"'
            text = '"'
        else:
            yield shlex.quote(text) + f'"{_read(piece)}"'
            text = ""
    yield shlex.quote(text)


def _pieces(value: object) -> Iterator[str | Secret | Upload]:
    """JSON in text, and what stands in its place."""
    match value:
        case Secret() | Upload():
            yield value
        case list():
            for number, member in enumerate(value):
                yield "," if number else "["
                yield from _pieces(member)
            yield "]" if value else "[]"
        case dict():
            for number, (name, member) in enumerate(value.items()):
                yield ("," if number else "{") + f"{quoted(name)}:"
                yield from _pieces(member)
            yield "}" if value else "{}"
        case _:
            yield quoted(value) if isinstance(value, str) else json.dumps(value)


def _read(secret: Secret) -> str:
    """A secret as JSON, for the shell to put in."""
    return f"${secret.variable}" if secret.is_json else f'$(json "${secret.variable}")'


def _says(field: Field | None, text: str, value: object) -> bool:
    """Whether our command reads `text` as `value`: no template, no standard input, no key press, not too long."""
    if text == "-" or has_template(text) or len(text.encode(errors="replace")) > _LONGEST_WORD:
        return False
    if not text.replace("\n", "").isprintable():
        return False
    read = typed(text)
    if isinstance(read, Upload):
        return False
    try:
        again = accept(field, read) if field else guess(read)
    except Refused:
        return False
    return as_json(again) == as_json(value) if not isinstance(again, Upload) else False
