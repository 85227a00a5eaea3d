"""The command lines that users of the official command line know, in the shell forms in which they know them.

Each is run by a real bash against a local server that serves recorded models of these names; only the program's name
is another one.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shells import on_the_path
from tests.cli.terminals import on_a_terminal
from tests.local.serving import Server, serving
from tests.local.test_recorded_models import example, model, version
from tests.waiting import until

TIME_LIMIT = 60
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
BOOK = "The heron stood in the reeds. The reeds moved in the wind. The wind came from the sea.\n" * 40
FILE = {"type": "string", "format": "uri"}
JQ = """\
import json, sys
found = json.load(open(sys.argv[3]) if len(sys.argv) > 3 else sys.stdin)
assert sys.argv[1] == "-r"
for key in filter(None, sys.argv[2].split(".")):
    found = found[key]
print(found if isinstance(found, str) else json.dumps(found))
"""

Bash = Callable[..., "subprocess.CompletedProcess[str]"]


def _schema(output: dict[str, Any], **inputs: dict[str, Any]) -> dict[str, Any]:
    taken = {"type": "object", "properties": inputs, "required": list(inputs)[:1]}
    return {"openapi": "3.0.2", "components": {"schemas": {"Input": taken, "Output": output}}}


def _recorded(name: str, number: int, schema: dict[str, Any], output: Any, **changes: Any) -> dict[str, Any]:
    owner, _, short = name.partition("/")
    made = model(short, number, **changes)
    made |= {"owner": owner, "latest_version": version(number, openapi_schema=schema)}
    return made | {"default_example": example(number, output=output, input={})}


def _models(files: str) -> list[dict[str, Any]]:
    text = {"type": "string"}
    pieces = {"type": "array", "items": text, "x-cog-array-type": "iterator", "x-cog-array-display": "concatenate"}
    pictures = {"type": "array", "items": FILE}
    sdxl = _schema(pictures, prompt=text, negative_prompt=text)
    return [
        _recorded("stability-ai/sdxl", 301, sdxl, [f"{files}/corgi.png"]),
        _recorded("meta/llama-2-70b-chat", 302, _schema(pieces, prompt=text), ["Knock", ", knock"], is_official=True),
        _recorded("nightmareai/real-esrgan", 303, _schema(FILE, image=FILE), f"{files}/large.png"),
        _recorded("owner/model", 304, _schema(text, input=text), "done"),
        _recorded("owner/model-name", 305, _schema(text, input=text), "done"),
    ]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the recorded outputs are fetched from."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("corgi.png", "large.png"):
        (folder / name).write_bytes(PNG)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as files:
        thread = threading.Thread(target=files.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{files.server_address[1]}"
        files.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, pictures: str) -> Iterator[Server]:
    """A server that has the models of these lines."""
    folder = tmp_path_factory.mktemp("known")
    (folder / "models.json").write_text(json.dumps(_models(pictures)))
    with serving(folder, "--catalog", str(folder / "models.json")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the lines are run, with the files that they name."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "photo.jpg").write_bytes(PNG)
    (work / "book.txt").write_text(BOOK)
    return work


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """The file in which a browser writes down what it is asked to open."""
    return tmp_path / "opened"


@pytest.fixture
def bash(tmp_path: Path, folder: Path, server: Server, opened: Path) -> Bash:
    """Run a line of shell as someone with a token."""
    program = shutil.which("bash")
    if program is None or os.name == "nt":
        pytest.skip("these lines are bash's")
    path = on_the_path(tmp_path)
    programs = tmp_path / "programs"
    if shutil.which("jq") is None:
        (programs / "jq.py").write_text(JQ)
        _script(programs / "jq", f'exec "{sys.executable}" "{programs}/jq.py" "$@"')
    _script(programs / "browser", f'echo "$1" >> "{opened}.new"; cp "{opened}.new" "{opened}"')
    given = {
        "PATH": path,
        "BROWSER": f"{programs}/browser %s &",
        "REPLICATE_BASE_URL": server.url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }

    def run(line: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "-o", "pipefail", "-c", line],
            cwd=folder,
            env={**os.environ, **given, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )

    return run


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def told(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON that a line that went well printed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def unique(name: str) -> str:
    return f"{name}-{secrets.token_hex(4)}"


# -- authentication ------


def test_a_token_in_the_environment(bash: Bash) -> None:
    line = "export REPLICATE_API_TOKEN=r8_another\nreplicate-tui account current"
    assert told(bash(line))["username"] == "local"


def test_a_login_that_asks(bash: Bash, server: Server) -> None:
    seen = on_a_terminal("auth", "login", asked="Token", typed="r8_typed", REPLICATE_BASE_URL=server.url)
    assert seen.code == 0, seen.text
    assert "r8_typed" not in seen.text
    assert told(bash("unset REPLICATE_API_TOKEN; replicate-tui account current"))["username"] == "local"


# -- predictions ------


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ('replicate-tui run stability-ai/sdxl prompt="a studio photo of a rainbow colored corgi"', "corgi.png"),
        ("replicate-tui prediction create stability-ai/sdxl prompt=x", "corgi.png"),
        ("replicate-tui run nightmareai/real-esrgan image=@photo.jpg", "large.png"),
        ("replicate-tui run meta/llama-2-70b-chat --json prompt=x", "knock"),
        ("replicate-tui p create owner/model input=value", "done"),
    ],
)
def test_a_run_prints_its_prediction(bash: Bash, line: str, output: str) -> None:
    prediction = told(bash(line))
    assert prediction["status"] == "succeeded"
    assert output in json.dumps(prediction["output"])


@pytest.mark.parametrize(
    "line",
    [
        'replicate-tui run meta/llama-2-70b-chat --stream prompt="Tell me a joke"',
        'replicate-tui stream meta/llama-2-70b-chat prompt="Tell me a joke"',
        'replicate-tui prediction create --stream meta/llama-2-70b-chat prompt="Tell me a joke"',
    ],
)
def test_text_is_streamed(bash: Bash, line: str) -> None:
    done = bash(line)
    assert (done.returncode, done.stdout) == (0, "Knock, knock\n"), done.stderr


def test_a_run_opens_in_the_browser(bash: Bash, opened: Path) -> None:
    done = bash("replicate-tui run stability-ai/sdxl prompt=x --web")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    until(opened.exists, "the browser")
    assert opened.read_text().strip() in done.stderr


@pytest.mark.parametrize("flags", ["--save", "--save --output-directory ./kept", "--output-directory ./kept"])
def test_outputs_are_saved(bash: Bash, folder: Path, flags: str) -> None:
    prediction = told(bash(f"replicate-tui run stability-ai/sdxl prompt=x {flags}"))
    saved = folder / ("kept" if "kept" in flags else prediction["id"])
    assert (saved / "corgi.png").read_bytes() == PNG


@pytest.mark.parametrize(
    "line",
    [
        """\
replicate-tui run stability-ai/sdxl prompt="a corgi" | \\
replicate-tui run nightmareai/real-esrgan image={{.output[0]}}""",
        """\
replicate-tui run stability-ai/sdxl \\
  prompt="professional photo of a sunset" \\
  negative_prompt="blurry, low quality" | \\
replicate-tui run nightmareai/real-esrgan \\
  image={{.output[0]}} \\
  --save""",
    ],
)
def test_runs_are_chained(bash: Bash, folder: Path, pictures: str, line: str) -> None:
    prediction = told(bash(line))
    assert prediction["input"]["image"] == f"{pictures}/corgi.png"
    assert prediction["output"] == f"{pictures}/large.png"
    saved = folder / prediction["id"] / "large.png"
    assert saved.exists() == ("--save" in line)


def test_the_whole_output_is_a_template_too(bash: Bash, pictures: str) -> None:
    first = "replicate-tui run nightmareai/real-esrgan image=@photo.jpg"
    prediction = told(bash(f"{first} | replicate-tui run nightmareai/real-esrgan image={{{{.output}}}}"))
    assert prediction["input"]["image"] == f"{pictures}/large.png"


def test_a_loop_saves_each_prompt_in_a_folder_of_its_own(bash: Bash, folder: Path) -> None:
    line = """\
for prompt in "cat" "dog" "bird"; do
  replicate-tui run stability-ai/sdxl prompt="$prompt" --save --output-directory "./outputs/$prompt"
done"""
    done = bash(line)
    assert done.returncode == 0, done.stderr
    prompts = [json.loads(each)["input"]["prompt"] for each in done.stdout.splitlines()]
    assert prompts == ["cat", "dog", "bird"]
    assert all((folder / "outputs" / prompt / "corgi.png").read_bytes() == PNG for prompt in prompts)


def test_a_run_is_submitted_and_looked_at_later(bash: Bash, folder: Path) -> None:
    line = "replicate-tui run owner/model input=value --no-wait --json > prediction.json"
    assert bash(line).stdout == ""
    submitted = json.loads((folder / "prediction.json").read_text())
    shown = told(bash("replicate-tui prediction show $(jq -r '.id' prediction.json)"))
    assert shown["id"] == submitted["id"]


# -- models ------


@pytest.mark.parametrize(
    "line",
    [
        "replicate-tui model schema stability-ai/sdxl",
        "replicate-tui model schema stability-ai/sdxl --json",
        "replicate-tui m schema owner/model-name",
    ],
)
def test_a_schema_tells_the_inputs(bash: Bash, line: str) -> None:
    assert "Input" in told(bash(line))["components"]["schemas"]


@pytest.mark.parametrize(
    "line", ["replicate-tui model list", "replicate-tui model list --json", "replicate-tui m list"]
)
def test_models_are_listed(bash: Bash, line: str) -> None:
    page = told(bash(line))
    assert {"owner", "name"} <= page["results"][0].keys()
    assert {"previous", "next"} < page.keys()


def test_a_model_is_shown(bash: Bash) -> None:
    assert told(bash("replicate-tui model show stability-ai/sdxl"))["name"] == "sdxl"


def test_a_model_is_created(bash: Bash) -> None:
    name = unique("model")
    line = f"""\
replicate-tui model create local/{name} \\
  --hardware gpu-a100-large \\
  --private \\
  --description "Model description" """
    made = told(bash(line))
    assert (made["name"], made["visibility"], made["description"]) == (name, "private", "Model description")


def test_a_model_is_created_with_everything_that_is_told_of_it(bash: Bash) -> None:
    flags = (
        "--public --github-url https://github.com/acme/m --license-url https://acme.test/l "
        "--cover-image-url https://acme.test/c.png"
    )
    made = told(bash(f"replicate-tui model create local/{unique('model')} --hardware cpu {flags}"))
    assert made["visibility"] == "public"
    assert made["github_url"] == "https://github.com/acme/m"
    assert made["license_url"] == "https://acme.test/l"
    assert made["cover_image_url"] == "https://acme.test/c.png"


# -- trainings ------


@pytest.mark.parametrize("command", ["train", "training create", "t create"])
def test_a_training_is_sent_listed_and_shown(bash: Bash, opened: Path, command: str) -> None:
    name = unique("custom")
    told(bash(f"replicate-tui model create local/{name} --hardware cpu --private"))
    line = f"""\
replicate-tui {command} local/storyteller \\
  --destination local/{name} \\
  --web \\
  text=@book.txt"""
    sent = bash(line)
    assert sent.returncode == 0, sent.stderr
    until(opened.exists, "the browser")
    listed = told(bash("replicate-tui training list"))["results"]
    (training,) = (each for each in listed if each["id"] in opened.read_text())
    shown = told(bash(f"replicate-tui training show {training['id']}"))
    assert (shown["model"], shown["id"]) == ("local/storyteller", training["id"])


# -- deployments and hardware ------


def test_a_deployment_is_created_updated_listed_and_shown(bash: Bash, server: Server) -> None:
    name = unique("text-to-image")
    line = f"""\
replicate-tui deployments create {name} \\
  --model stability-ai/sdxl \\
  --hardware gpu-a100-large \\
  --min-instances 1 \\
  --max-instances 5"""
    made = told(bash(line))
    scale = made["current_release"]["configuration"]
    assert (scale["hardware"], scale["min_instances"], scale["max_instances"]) == ("gpu-a100-large", 1, 5)
    told_version = made["current_release"]["version"]
    line = f"""\
replicate-tui deployments update {name} \\
  --max-instances 10 \\
  --version {told_version}"""
    assert told(bash(line))["current_release"]["configuration"]["max_instances"] == 10
    assert name in [each["name"] for each in told(bash("replicate-tui deployments list"))["results"]]
    assert told(bash(f"replicate-tui d show {name}"))["name"] == name
    assert "Input" in told(bash(f"replicate-tui deployments schema {name}"))["components"]["schemas"]


@pytest.mark.parametrize("line", ["replicate-tui hardware list", "replicate-tui hw list"])
def test_hardware_is_listed(bash: Bash, line: str) -> None:
    assert "gpu-a100-large" in [each["sku"] for each in told(bash(line))]


# -- projects and aliases ------


@pytest.mark.parametrize(("template", "file"), [("node", "package.json"), ("python", "requirements.txt")])
def test_a_project_is_made_of_a_prediction(bash: Bash, folder: Path, template: str, file: str) -> None:
    prediction = told(bash("replicate-tui run stability-ai/sdxl prompt=x"))
    done = bash(f"replicate-tui scaffold {prediction['id']} --template={template}")
    assert done.returncode == 0, done.stderr
    assert len(list(folder.glob(f"*/{file}"))) == 1


@pytest.mark.parametrize(
    ("alias", "whole"),
    [
        ("run", "prediction create"),
        ("train", "training create"),
        ("m", "model"),
        ("p", "prediction"),
        ("t", "training"),
        ("d", "deployments"),
        ("hw", "hardware"),
        ("a", "account"),
    ],
)
def test_an_alias_takes_what_the_command_takes(bash: Bash, alias: str, whole: str) -> None:
    short, long = (bash(f"replicate-tui {words} --help") for words in (alias, whole))
    assert short.returncode == 0, short.stderr
    taken = [each.stdout[each.stdout.index("Options:") :].partition("\n\n  Examples")[0] for each in (short, long)]
    assert taken[0] == taken[1]


# -- what the HTTP API offers besides ------


@pytest.mark.parametrize(
    ("flags", "header", "body"),
    [
        ("--block 60", {"Prefer": "wait=60"}, {}),
        ("--webhook https://hooks.example/r", {}, {"webhook": "https://hooks.example/r"}),
        (
            "--webhook https://h.example --webhook-events start,output,logs,completed",
            {},
            {"webhook_events_filter": ["start", "output", "logs", "completed"]},
        ),
        ("--lifetime 30s", {"Cancel-After": "30s"}, {}),
        ("--lifetime 5m", {"Cancel-After": "5m"}, {}),
        ("--lifetime 1h", {"Cancel-After": "1h"}, {}),
    ],
)
def test_what_is_asked_of_a_run_besides_goes_out(
    bash: Bash, flags: str, header: dict[str, str], body: dict[str, Any]
) -> None:
    request = told(bash(f"replicate-tui run stability-ai/sdxl prompt=x {flags} --dry-run"))
    assert request["url"].endswith("/v1/predictions")
    assert header.items() <= request["headers"].items()
    assert body.items() <= request["body"].items()


def test_models_are_searched_before_one_is_run(bash: Bash) -> None:
    found = told(bash("replicate-tui model search sdxl"))["results"]
    assert [each["name"] for each in found] == ["sdxl"]


def test_predictions_go_on_side_by_side(bash: Bash) -> None:
    line = (
        "for n in 1 2 3; do replicate-tui run owner/model input=$n --no-wait | jq -r .id & done | "
        "xargs replicate-tui prediction watch --json"
    )
    ended = [json.loads(each) for each in bash(line).stdout.splitlines()]
    assert {each["input"]["input"] for each in ended} == {"1", "2", "3"}
    assert {each["status"] for each in ended} == {"succeeded"}


def test_the_secret_of_webhooks_is_told(bash: Bash) -> None:
    done = bash("replicate-tui webhook secret")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("whsec_")
