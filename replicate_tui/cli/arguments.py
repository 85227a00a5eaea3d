"""`key=value` on the command line: split, templates filled in, `@file` and `-` judged on what was typed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.cli.order import Given
from replicate_tui.cli.reading import as_text, file_bytes, whole
from replicate_tui.core.forms import inputs, template


@dataclass(slots=True)
class _StandardInput:
    """Standard input, read once and only when something asks for it."""

    text: str | None = None

    def read(self) -> str:
        if self.text is None:
            if sys.stdin is None:
                raise Stop(WRONG_USE, "standard input is closed; pipe what is to be read into this command")
            if sys.stdin.isatty():
                raise Stop(WRONG_USE, "standard input is a terminal; pipe what is to be read into this command")
            self.text = as_text(whole(sys.stdin.buffer, "standard input"), "standard input")
        return self.text

    def document(self) -> object:
        text = self.read()
        if not text.strip():
            raise Stop(WRONG_USE, "standard input is empty; the command before this one gave no output")
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Stop(
                WRONG_USE, f"standard input is not JSON ({error}); {{{{…}}}} reads a prediction's JSON"
            ) from error


def read(pairs: Sequence[str], separator: str, input_file: str | None = None) -> Given:
    """Raw values by input name, ready to be judged by the model's fields.

    Raises:
        Stop: a pair or the file cannot be read, or standard input lacks what a template asks for.
    """
    if not separator:
        raise Stop(WRONG_USE, "--separator: give at least one character")
    standard_input = _StandardInput()
    values: dict[str, object] = {}
    for pair in pairs:
        name, found, value = pair.partition(separator)
        if not found or not name:
            raise Stop(WRONG_USE, f"input {pair!r}: give it as name{separator}value")
        if name in values:
            raise Stop(WRONG_USE, f"input {name} is given twice")
        values[name] = _value(value, standard_input)
    if input_file == "-" and standard_input.text is not None:
        raise Stop(WRONG_USE, "--input -: standard input is read for a value already; give the inputs as a file")
    return Given(values, {} if input_file is None else _object(input_file, standard_input))


def _object(name: str, standard_input: _StandardInput) -> dict[str, object]:
    """The inputs in a file of JSON; "-" is standard input."""
    named = f"--input {name}"
    try:
        text = standard_input.read() if name == "-" else as_text(file_bytes(Path(name), named), named)
        found = json.loads(text.removeprefix("\ufeff"))
    except OSError as error:
        raise Stop(WRONG_USE, f"--input {name}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Stop(WRONG_USE, f"--input {name}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Stop(WRONG_USE, f'--input {name}: not an object of inputs by name, such as {{"prompt": "…"}}')
    return found


def _value(text: str, standard_input: _StandardInput) -> object:
    if template.has_template(text):
        try:
            return template.expand(text, standard_input.document())
        except template.TemplateError as error:
            raise Stop(WRONG_USE, str(error)) from error
    return standard_input.read() if text == "-" else inputs.typed(text)
