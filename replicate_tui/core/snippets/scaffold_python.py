"""The Python program of a scaffolded project, for the `replicate` package of PyPI."""

from typing import Final

from replicate_tui.core.forms.field import Upload
from replicate_tui.core.snippets.call import Layout, quoted_for_python
from replicate_tui.core.snippets.programs import INDENT, python_key, python_leaf
from replicate_tui.core.snippets.scaffold_words import Plan, plain

REQUIREMENTS: Final = "replicate>=1.0.7,<2\n"
COMMANDS: Final = "python3 -m venv .venv\n.venv/bin/pip install -r requirements.txt\n.venv/bin/python main.py\n"


def main(plan: Plan) -> str:
    """The text of `main.py`."""
    return _FRAME.format(
        head=plan.head,
        variables=_names(list(plan.variables)),
        files=_files(plan),
        client=_client(plan),
        what=_what(plan),
        inputs=_PYTHON.write(plan.told, 1),
    )


def _names(names: list[str]) -> str:
    return f"[{', '.join(map(quoted_for_python, names))}]"


def _files(plan: Plan) -> str:
    if not plan.missing:
        return "[]"
    lines = [
        f"{INDENT}# {plain(missing.input)}: {plain(missing.why)}\n{INDENT}{quoted_for_python(missing.path)},\n"
        for missing in plan.missing
    ]
    return f"[\n{''.join(lines)}]"


def _client(plan: Plan) -> str:
    arguments = []
    if plan.base_url:
        arguments.append(f'base_url=os.environ.get("REPLICATE_BASE_URL") or {quoted_for_python(plan.base_url)}')
    if plan.call.options.lifetime:
        arguments.append(f'headers={{"Cancel-After": {quoted_for_python(plan.call.options.lifetime)}}}')
    return f"replicate.Client({', '.join(arguments)})"


def _what(plan: Plan) -> str:
    """What runs, as an argument; the name of a version's model beside its id."""
    call = plan.call
    if call.options.deployment:
        return f"deployment={quoted_for_python(call.options.deployment)},"
    if call.runs:
        comment = f"  # of {plain(call.model)}" if call.model else ""
        return f"version={quoted_for_python(call.runs)},{comment}"
    return f"model={quoted_for_python(call.model)},"


def _leaf(value: object) -> str:
    if isinstance(value, Upload):
        return f'open(HERE / {quoted_for_python(value.path.as_posix())}, "rb")'
    return python_leaf(value)


_PYTHON: Final = Layout(_leaf, python_key, INDENT)

_FRAME: Final = '''\
# {head}

import json
import mimetypes
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import replicate

HERE = Path(__file__).resolve().parent

# These must be set in the environment.
VARIABLES = {variables}

# These files must be put in their place.
FILES = {files}


def inputs():
    """What the model is given."""
    return {inputs}


def main():
    """Run the model once and save what it gives."""
    check()
    client = {client}
    prediction = client.predictions.create(
        {what}
        input=inputs(),
    )
    print(f"{{prediction.id}} is {{prediction.status}}")
    prediction.wait()
    if prediction.status != "succeeded":
        sys.exit(f"{{prediction.id}} {{prediction.status}}: {{prediction.error}}")
    save(prediction.output, HERE / "output" / prediction.id)


def check():
    """Stop with a sentence where something is missing."""
    unset = [name for name in VARIABLES if not os.environ.get(name)]
    if unset:
        sys.exit(f"set in the environment first: {{', '.join(unset)}}")
    absent = [name for name in FILES if not (HERE / name).is_file()]
    if absent:
        sys.exit(f"put in place first: {{', '.join(absent)}} (see README.md)")


def save(output, folder):
    """Save an output's files, its text, and whatever else it is as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    values = list(leaves(output))
    urls = [value for value in values if is_file(value)]
    for number, url in enumerate(urls, start=1):
        with urlopen(url) as answer:
            path = folder / f"output-{{number}}{{suffix(url, answer.headers.get_content_type())}}"
            path.write_bytes(answer.read())
        print(path)
    if isinstance(output, dict) or not all(isinstance(value, str) for value in values):
        path = folder / "output.json"
        path.write_text(json.dumps(output, indent=2, ensure_ascii=False), "utf-8")
        print(path)
    elif len(urls) < len(values):
        path = folder / "output.txt"
        path.write_text("".join(value for value in values if value not in urls), "utf-8")
        print(path)


def leaves(value):
    """What lists and objects hold in the end."""
    if isinstance(value, (list, dict)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from leaves(member)
    else:
        yield value


def is_file(value):
    """Whether a value is the address of a file."""
    return isinstance(value, str) and re.match(r"(https?://|data:[^,\\s]*,)\\S*$", value) is not None


def suffix(url, media_type):
    """The ending of a file's name."""
    found = "" if url.startswith("data:") else Path(urlsplit(url).path).suffix
    return found if re.fullmatch(r"\\.\\w{{1,8}}", found) else mimetypes.guess_extension(media_type) or ""


if __name__ == "__main__":
    main()
'''
