"""A run as a program that uses an official client: Python's and JavaScript's `replicate`."""

import json
import re
from typing import Final

from replicate_tui.core.forms.field import Upload
from replicate_tui.core.settings import DEFAULT_BASE_URL
from replicate_tui.core.snippets.call import Call, Layout, Secret, holds, leaves, quoted, quoted_for_python

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_PYTHON_WORDS: Final = {None: "None", True: "True", False: "False"}


def in_python(call: Call, base_url: str) -> str:
    """A script for the Python client, version 1."""
    told = call.told()
    client = _python_client(call, base_url)
    name = "client" if client else "replicate"
    imports = f"{_python_imports(told)}import replicate\n"
    return f"{imports}\n{client}{_python_run(call, told, name)}"


def _python_imports(told: dict[str, object]) -> str:
    secrets = [leaf for leaf in leaves(told) if isinstance(leaf, Secret)]
    reader = "import json\n" if any(secret.is_json for secret in secrets) else ""
    return f"{reader}import os\n\n" if secrets else ""


def _python_client(call: Call, base_url: str) -> str:
    arguments = []
    if base_url != DEFAULT_BASE_URL:
        arguments.append(f"base_url={quoted_for_python(base_url)}")
    if call.options.lifetime:
        arguments.append(f'headers={{"Cancel-After": {quoted_for_python(call.options.lifetime)}}}')
    return f"client = replicate.Client({', '.join(arguments)})\n" if arguments else ""


def _python_run(call: Call, told: dict[str, object], name: str) -> str:
    options = _python_options(call, told)
    if call.options.deployment:
        deployment = quoted_for_python(call.options.deployment)
        return (
            f"deployment = {name}.deployments.get({deployment})\n"
            f"prediction = deployment.predictions.create({options})\n"
            f"prediction.wait()\n{_python_output(call, 'prediction.output')}"
        )
    if not call.model:
        version = quoted_for_python(call.runs)
        created = f"prediction = {name}.predictions.create(\n{INDENT}version={version},{options}"
        return f"{created})\nprediction.wait()\n{_python_output(call, 'prediction.output')}"
    reference = quoted_for_python(call.reference)
    return f"output = {name}.run(\n{INDENT}{reference},{options})\n{_python_output(call, 'output')}"


def _python_options(call: Call, told: dict[str, object]) -> str:
    """The named arguments, each on a line of its own."""
    options = call.options
    given = {
        "input": told,
        "wait": options.block,
        "webhook": options.webhook,
        "webhook_events_filter": list(options.webhook_events) or None,
    }
    lines = [f"\n{INDENT}{name}={_PYTHON.write(value, 1)}," for name, value in given.items() if value is not None]
    return "".join(lines) + "\n"


def _python_output(call: Call, output: str) -> str:
    if call.streams:
        return f'for piece in {output}:\n{INDENT}print(piece, end="")\n'
    return f"print({output})\n"


def python_key(name: str) -> str:
    """A name and what follows it in a dictionary."""
    return f"{quoted_for_python(name)}: "


def python_leaf(value: object) -> str:
    """A value that holds no others, as Python writes it."""
    match value:
        case Secret():
            read = f"os.environ[{quoted_for_python(value.variable)}]"
            return f"json.loads({read})" if value.is_json else read
        case Upload():
            return f'open({quoted_for_python(str(value.path))}, "rb")'
        case str():
            return quoted_for_python(value)
        case bool() | None:
            return _PYTHON_WORDS[value]
    return repr(value)


INDENT: Final = "    "
_PYTHON: Final = Layout(python_leaf, python_key, INDENT)


def in_javascript(call: Call, base_url: str) -> str:
    """An ES module for the JavaScript client."""
    told = call.told()
    files = 'import { readFile } from "node:fs/promises";\n' if holds(told, Upload) else ""
    start = f'{files}import Replicate from "replicate";\n'
    exactly = javascript_digits(told)
    client = _javascript_client(call, base_url, has_long=bool(exactly))
    return f"{start}\n{exactly}{client}\n{_javascript_run(call, told)}"


def javascript_digits(told: dict[str, object]) -> str:
    """The function `exactly`, which puts long numbers into a body to the last digit; "" where there are none."""
    return _EXACTLY.replace("exact:", _mark(told)) if any(map(_is_long, leaves(told))) else ""


def _is_long(value: object) -> bool:
    """Whether JavaScript's numbers cannot say it to the last digit."""
    return isinstance(value, int) and abs(value) > _LARGEST_SAFE


def _mark(told: dict[str, object]) -> str:
    """What the digits of long numbers are found by in the body: no text and no name begins with it."""
    mark = "exact:"
    sent = json.dumps(told, default=str)
    while f'"{mark}' in sent:
        mark = f"_{mark}"
    return mark


def _javascript_client(call: Call, base_url: str, *, has_long: bool) -> str:
    arguments = ["  auth: process.env.REPLICATE_API_TOKEN,"]
    if base_url != DEFAULT_BASE_URL:
        arguments.append(f"  baseUrl: {quoted(base_url + '/v1')},")
    changed = ["body: exactly(init.body)"] if has_long else []
    if call.options.lifetime:
        changed.append(f'headers: {{ ...init.headers, "Cancel-After": {quoted(call.options.lifetime)} }}')
    if changed:
        arguments.append(f"  fetch: (url, init) => fetch(url, {{ ...init, {', '.join(changed)} }}),")
    lines = "\n".join(arguments)
    return f"const replicate = new Replicate({{\n{lines}\n}});\n"


def _javascript_run(call: Call, told: dict[str, object]) -> str:
    options = call.options
    given: dict[str, object] = {"input": told}
    if options.webhook:
        given["webhook"] = options.webhook
    if options.webhook_events:
        given["webhook_events_filter"] = list(options.webhook_events)
    if options.deployment or not call.model:
        return _javascript_prediction(call, given | ({"wait": options.block} if options.block else {}))
    if options.block:
        given["wait"] = {"mode": "block", "timeout": options.block}
    arguments = f"{quoted(call.reference)}, {_javascript(given)}"
    return f"const output = await replicate.run({arguments});\n{_javascript_output(call, 'output')}"


def _javascript_prediction(call: Call, given: dict[str, object]) -> str:
    """A run that the client's `run` does not know: create it, then wait for its end."""
    if call.options.deployment:
        owner, _, name = call.options.deployment.partition("/")
        created = f"deployments.predictions.create({quoted(owner)}, {quoted(name)}, {_javascript(given)})"
    else:
        created = f"predictions.create({_javascript({'version': call.runs, **given})})"
    return (
        f"let prediction = await replicate.{created};\n"
        f"prediction = await replicate.wait(prediction);\n{_javascript_output(call, 'prediction.output')}"
    )


def _javascript_output(call: Call, output: str) -> str:
    return f'console.log({output}.join(""));\n' if call.streams else f"console.log({output});\n"


def _javascript(value: object) -> str:
    return _JAVASCRIPT.write(value)


def javascript_key(name: str) -> str:
    """A name and what follows it in an object."""
    if name == "__proto__":  # written plainly it would set the prototype
        return '["__proto__"]: '
    return f"{name if _IDENTIFIER.fullmatch(name) else quoted(name)}: "


def javascript_leaf(value: object) -> str:
    """A value that holds no others, as JavaScript writes it."""
    match value:
        case Secret():
            return f"JSON.parse(process.env.{value.variable})" if value.is_json else f"process.env.{value.variable}"
        case Upload():
            return f"await readFile({quoted(str(value.path))})"
        case str():
            return quoted(value)
        case bool():
            return str(value).lower()
        case None:
            return "null"
    return f"{value}n" if _is_long(value) else repr(value)


_LARGEST_SAFE: Final = 2**53 - 1
_EXACTLY: Final = """\
// JavaScript rounds whole numbers beyond 2^53: the digits of these are put into the request as they are.
BigInt.prototype.toJSON = function () {
  return `exact:${this}`;
};
const exactly = (body) => (typeof body === "string" ? body.replace(/"exact:(-?\\d+)"/g, "$1") : body);

"""
_JAVASCRIPT: Final = Layout(javascript_leaf, javascript_key)
