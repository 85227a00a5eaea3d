"""The JavaScript program of a scaffolded project, for the `replicate` package of npm."""

import json
import re
from typing import Final

from replicate_tui.core.forms.field import Upload
from replicate_tui.core.settings import DEFAULT_BASE_URL
from replicate_tui.core.snippets.call import Layout, quoted
from replicate_tui.core.snippets.programs import javascript_digits, javascript_key, javascript_leaf
from replicate_tui.core.snippets.scaffold_words import Plan, plain

CLIENT: Final = "^1.4.0"
COMMANDS: Final = "npm install\nnpm start\n"

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9-]+")


def manifest(plan: Plan) -> str:
    """The text of `package.json`."""
    name = _NOT_IN_NAMES.sub("-", plan.what.rpartition("/")[2].lower()).strip("-")[:100]
    told = {
        "name": f"run-{name or 'prediction'}",
        "version": "1.0.0",
        "private": True,
        "type": "module",
        "main": "index.js",
        "scripts": {"start": "node index.js"},
        "engines": {"node": ">=18"},
        "dependencies": {"replicate": CLIENT},
    }
    return json.dumps(told, indent=2) + "\n"


def main(plan: Plan) -> str:
    """The text of `index.js`."""
    digits = javascript_digits(plan.told)
    return _FRAME.format(
        head=plan.head,
        digits=digits,
        variables=f"[{', '.join(map(quoted, plan.variables))}]",
        files=_files(plan),
        base_url=quoted(plan.base_url or DEFAULT_BASE_URL),
        fetch=_fetch(plan, has_long=bool(digits)),
        created=_created(plan),
        inputs=_JAVASCRIPT.write(plan.told, 1),
    )


def _files(plan: Plan) -> str:
    if not plan.missing:
        return "[]"
    lines = [
        f"  // {plain(missing.input)}: {plain(missing.why)}\n  {quoted(missing.path)},\n" for missing in plan.missing
    ]
    return f"[\n{''.join(lines)}]"


def _fetch(plan: Plan, *, has_long: bool) -> str:
    """The client's option that changes its requests; "" where nothing is to be changed."""
    changed = ["body: exactly(init.body)"] if has_long else []
    if plan.call.options.lifetime:
        changed.append(f'headers: {{ ...init.headers, "Cancel-After": {quoted(plan.call.options.lifetime)} }}')
    return f"\n  fetch: (url, init) => fetch(url, {{ ...init, {', '.join(changed)} }})," if changed else ""


def _created(plan: Plan) -> str:
    call = plan.call
    if call.options.deployment:
        owner, _, name = call.options.deployment.partition("/")
        return f"deployments.predictions.create({quoted(owner)}, {quoted(name)}, {{ input: await inputs() }})"
    if not call.runs:
        return f"predictions.create({{ model: {quoted(call.model)}, input: await inputs() }})"
    comment = f" // of {plain(call.model)}" if call.model else ""
    return f"predictions.create({{\n    version: {quoted(call.runs)},{comment}\n    input: await inputs(),\n  }})"


def _leaf(value: object) -> str:
    if isinstance(value, Upload) and not value.path.is_absolute():
        return f"await readFile(here({quoted(value.path.as_posix())}))"
    return javascript_leaf(value)


_JAVASCRIPT: Final = Layout(_leaf, javascript_key)

_FRAME: Final = """\
// {head}

import {{ access, mkdir, readFile, writeFile }} from "node:fs/promises";
import {{ join }} from "node:path";
import {{ fileURLToPath }} from "node:url";
import Replicate from "replicate";

// These must be set in the environment.
const VARIABLES = {variables};

// These files must be put in their place.
const FILES = {files};

const ENDINGS = {{
  "image/jpeg": ".jpg",
  "image/svg+xml": ".svg",
  "text/plain": ".txt",
  "audio/mpeg": ".mp3",
}};

{digits}// What the model is given.
async function inputs() {{
  return {inputs};
}}

// Runs the model once and saves what it gives.
async function main() {{
  await check();
  const base = process.env.REPLICATE_BASE_URL || {base_url};
  const replicate = new Replicate({{
    auth: process.env.REPLICATE_API_TOKEN,
    baseUrl: `${{base.replace(/\\/+$/, "").replace(/\\/v1$/, "")}}/v1`,{fetch}
  }});
  let prediction = await replicate.{created};
  console.log(`${{prediction.id}} is ${{prediction.status}}`);
  prediction = await replicate.wait(prediction);
  if (prediction.status !== "succeeded") {{
    stop(`${{prediction.id}} ${{prediction.status}}: ${{prediction.error}}`);
  }}
  await save(prediction.output, here(join("output", prediction.id)));
}}

function here(path) {{
  return join(fileURLToPath(new URL(".", import.meta.url)), path);
}}

function stop(sentence) {{
  console.error(sentence);
  process.exit(1);
}}

// Stops with a sentence where something is missing.
async function check() {{
  const unset = VARIABLES.filter((name) => !process.env[name]);
  if (unset.length) {{
    stop(`set in the environment first: ${{unset.join(", ")}}`);
  }}
  for (const name of FILES) {{
    await access(here(name)).catch(() => stop(`put in place first: ${{name}} (see README.md)`));
  }}
}}

// Saves an output's files, its text, and whatever else it is as JSON.
async function save(output, folder) {{
  await mkdir(folder, {{ recursive: true }});
  const values = leaves(output);
  const urls = values.filter(isFile);
  for (const [index, url] of urls.entries()) {{
    const answer = await fetch(url);
    if (!answer.ok) {{
      stop(`${{url.slice(0, 200)}}: ${{answer.status}}`);
    }}
    const name = `output-${{index + 1}}${{ending(url, answer.headers.get("content-type") ?? "")}}`;
    await write(join(folder, name), Buffer.from(await answer.arrayBuffer()));
  }}
  const isText = values.every((value) => typeof value === "string");
  if (!isText || (typeof output === "object" && !Array.isArray(output))) {{
    await write(join(folder, "output.json"), JSON.stringify(output, null, 2));
  }} else if (urls.length < values.length) {{
    await write(join(folder, "output.txt"), values.filter((value) => !isFile(value)).join(""));
  }}
}}

async function write(path, content) {{
  await writeFile(path, content);
  console.log(path);
}}

function leaves(value) {{
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [value];
}}

function isFile(value) {{
  return typeof value === "string" && /^(https?:\\/\\/|data:[^,\\s]*,)\\S*$/.test(value);
}}

function ending(url, type) {{
  const found = url.startsWith("data:") ? null : new URL(url).pathname.match(/\\.\\w{{1,8}}$/);
  const [mediaType] = type.split(";");
  const [, word] = mediaType.match(/^\\w+\\/(\\w+)$/) ?? [];
  return found ? found[0] : (ENDINGS[mediaType] ?? (word ? `.${{word}}` : ""));
}}

await main();
"""
