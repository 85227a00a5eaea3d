"""A run as code: what is shown is run as it is, against a real server, and sends exactly the same."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.cli import arguments
from replicate_tui.core.forms.inputs import Field, Upload, fields, parse
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.snippets.languages import LANGUAGES, Call, Language, snippet
from tests.clients.driving import CLIENTS, PROGRAMS
from tests.conftest import Server
from tests.core.forms.test_inputs import SCHEMAS, VALUES

TIME_LIMIT = 60
REPLICATE = "https://api.replicate.com"
TEXT = Field("text", "prose", required=True)
FILE = Field("file", "file", required=True)
HOSTILE = [
    "it's \"quoted\" and 'quoted'",
    "$HOME ${HOME} $(id) `id` \\$HOME \\`id\\`",
    "line\nline\n\n\\n \\\\ back\\slash\\",
    "!! !x wow! \\!",
    "ünïcode 宋体 👩‍🎨 שָׁלוֹם \u202e \u2028",
    "JSON\nEOF\nEND",
    "-x --json; rm -rf / & | > < * ? ~ # % {a,b} [x]",
    "{{.output[0]}} {{",
    "@/etc/passwd",
    "@@x",
    "-",
    " outer space ",
    "\t tab \x08\x1b[31m\x7f",
    "",
]

Run = Callable[[Language, Call], str]


@pytest.fixture
def environ(home: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a person with a token; `replicate-tui` is this checkout's."""
    programs = tmp_path / "programs"
    programs.mkdir()
    ours = programs / "replicate-tui"
    ours.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m replicate_tui "$@"\n')
    ours.chmod(0o755)
    inherited = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    return inherited | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
        "REPLICATE_POLL_INTERVAL": "0.05",
    }


@pytest.fixture
def run(environ: dict[str, str], local_server: Server, tmp_path: Path) -> Run:
    """Run a call's snippet as a person does who copied it, and give what it printed."""

    def run(language: Language, call: Call) -> str:
        text = snippet(language, call, local_server.url)
        shown = {**environ, "TEXT": "from the environment"}
        if language == "python":
            shown.pop("PYTHONPATH")
        done = subprocess.run(
            _command(language, text, tmp_path),
            cwd=tmp_path,
            env=shown,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def _command(language: Language, text: str, folder: Path) -> list[str]:
    """What runs a snippet that was put into a file; the test is skipped where that is not there."""
    if language == "python":
        if not list((CLIENTS / "python-1").rglob("replicate-*.dist-info")):
            pytest.skip("the official Python 1.x client is not installed: tests/clients/install makes it")
        script = folder / "snippet.py"
        script.write_text(text, "utf-8")
        return [str(CLIENTS / "python-1" / PROGRAMS / "python"), str(script)]
    if language == "javascript":
        node = shutil.which("node")
        if node is None or not (CLIENTS / "node" / "node_modules" / "replicate").is_dir():
            pytest.skip("the official JavaScript client is not installed: tests/clients/install makes it")
        module = folder / "snippet.mjs"
        module.write_text(text, "utf-8")
        packages = folder / "node_modules"
        if not packages.exists():
            packages.symlink_to(CLIENTS / "node" / "node_modules", target_is_directory=True)
        return [node, str(module)]
    if shutil.which("sh") is None or shutil.which("curl") is None:
        pytest.skip("curl is not installed: the system's package manager has it")
    script = folder / "snippet.sh"
    script.write_text(text, "utf-8")
    return ["sh", str(script)]


def newest(server: Server, name: str) -> dict[str, Any]:
    """The newest run of a model."""
    headers = {"Authorization": "Bearer r8_of_the_tests"}
    runs = httpx.get(f"{server.url}/v1/predictions", headers=headers, trust_env=False).json()["results"]
    return next(one for one in runs if one["model"] == f"local/{name}")


def ended(server: Server, name: str) -> dict[str, Any]:
    """The newest run of a model once it has ended."""
    from tests.waiting import until

    def final() -> dict[str, Any] | None:
        run = newest(server, name)
        return None if run["status"] in ("starting", "processing") else run

    found: dict[str, Any] = until(final, "the end of a run")
    return found


SPOKEN = [text for text in HOSTILE if "{{." not in text and text != "-" and "\t" not in text and "\u202e" not in text]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hostile_text_arrives_as_it_is(run: Run, local_server: Server, language: Language) -> None:
    text = "\n".join(SPOKEN if language == "command" else HOSTILE)
    run(language, Call("local/hello-world", {"text": text}, [TEXT]))
    assert ended(local_server, "hello-world")["input"] == {"text": text}


@pytest.mark.parametrize("text", ["@/etc/passwd", "@@x", "", " outer space ", "-x", "it's", "@"])
def test_our_command_takes_no_text_for_a_path_or_an_option(run: Run, text: str) -> None:
    told = run("command", Call("local/hello-world", {"text": text}, [TEXT]))
    assert json.loads(told)["input"] == {"text": text}


@pytest.mark.parametrize("language", ["curl", "command"])
def test_an_interactive_shell_reads_nothing_into_an_exclamation_mark(
    environ: dict[str, str], local_server: Server, tmp_path: Path, language: Language
) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed: the system's package manager has it")
    text = "wow! !! !x\n!echo it's"
    code = snippet(language, Call("local/hello-world", {"text": text}, [TEXT]), local_server.url)
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-i"],
        input=f"echo before\nset -H\n{code}exit\n",
        cwd=tmp_path,
        env=environ | {"HISTFILE": ""},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
        start_new_session=True,
    )
    assert "event not found" not in done.stderr
    assert newest(local_server, "hello-world")["input"] == {"text": text}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_of_this_machine_is_uploaded(run: Run, tmp_path: Path, language: Language) -> None:
    upload = Upload(tmp_path / 'it\'s; a $HOME, "photo" `x`.txt')
    upload.path.write_bytes(b"words " * 50)
    call = Call("local/inspector", {"file": upload}, [FILE], options=RunOptions(block=30))
    if language == "command":
        call = replace(call, options=RunOptions())
    assert hashlib.sha256(upload.path.read_bytes()).hexdigest() in run(language, call)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_secret_comes_from_the_environment(run: Run, local_server: Server, language: Language) -> None:
    call = Call("local/hello-world", {"text": "hf_secret"}, [Field("text", "secret")])
    assert "hf_secret" not in snippet(language, call, local_server.url)
    run(language, call)
    assert ended(local_server, "hello-world")["input"] == {"text": "from the environment"}


SECRETS = [
    'quo"ted", "text": "injected',
    "back\\slash \\n \\",
    "it's $HOME `id` $(id) ! !x",
    "line\nline\n\n",
    "\t\r\x01\x1b[31m\x1f\x7f",
    "ünïcode 宋体",
    " ",
    "%s %d \\u0041",
    "JSON",
]


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("value", SECRETS)
def test_a_secret_may_hold_whatever_the_environment_can(
    environ: dict[str, str], local_server: Server, tmp_path: Path, shell: str, value: str
) -> None:
    if shutil.which(shell) is None or shutil.which("curl") is None:
        pytest.skip(f"{shell} or curl is not installed: the system's package manager has them")
    call = Call("local/hello-world", {"text": "hf_secret"}, [Field("text", "secret")])
    script = tmp_path / "snippet.sh"
    script.write_text(snippet("curl", call, local_server.url), "utf-8")
    shown = environ | {"TEXT": value}
    done = subprocess.run([shell, str(script)], env=shown, capture_output=True, timeout=TIME_LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["input"] == {"text": value}


@pytest.mark.parametrize("value", SECRETS)
def test_secrets_in_a_list_are_each_a_text_of_our_command(environ: dict[str, str], value: str) -> None:
    if shutil.which("sh") is None:
        pytest.skip("there is no POSIX shell")
    keys = Field("keys", "secret", plain=Field("keys", "list", item=Field("keys", "text")))
    text = snippet("command", Call("owner/model", {"keys": ["a", "it's"]}, [keys]), REPLICATE)
    shown = environ | {"KEYS_1": value, "KEYS_2": "two"}
    told = text.replace("replicate-tui run owner/model", "printf %s")
    done = subprocess.run(["sh", "-c", told], env=shown, capture_output=True, timeout=TIME_LIMIT, check=True)
    assert json.loads(done.stdout.decode().removeprefix("keys=")) == [value, "two"]


def test_a_secret_that_is_no_text_is_told_as_json() -> None:
    fields = [Field("pin", "secret", plain=Field("pin", "integer"))]
    call = Call("owner/model", {"pin": 4711}, fields)
    assert '"pin": $PIN\n' in snippet("curl", call, REPLICATE)
    assert '"pin": json.loads(os.environ["PIN"])' in snippet("python", call, REPLICATE)
    assert "pin: JSON.parse(process.env.PIN)" in snippet("javascript", call, REPLICATE)
    assert 'pin="$PIN"' in snippet("command", call, REPLICATE)


def variables(call: Call) -> list[str]:
    """The variables that a curl snippet reads for what it is given."""
    names = re.findall(r"\$([A-Za-z_]\w*)", snippet("curl", call, REPLICATE))
    return [name for name in dict.fromkeys(names) if name != "REPLICATE_API_TOKEN"]


def test_no_two_values_share_a_variable(tmp_path: Path) -> None:
    files = {name: Upload(tmp_path / name.replace("/", "")) for name in ("a_b", "a-b", "a b", "ф", "a")}
    assert len(variables(Call("owner/model", {**files}))) == 5
    lists = {"a": [Upload(tmp_path / "1"), Upload(tmp_path / "2")], "a_url": Upload(tmp_path / "3")}
    assert len(variables(Call("owner/model", {**lists}))) == 3
    secrets = ["пароль", "ключ", "a_1", "A", "a", "a-1"]
    keys = Field("keys", "secret", plain=Field("keys", "list", item=Field("keys", "text")))
    form = [*(Field(name, "secret") for name in secrets), keys, Field("keys_1", "secret")]
    call = Call("owner/model", {**dict.fromkeys(secrets, "s"), "keys": ["s", "s"], "keys_1": "s"}, form)
    assert len(variables(call)) == 9


@pytest.mark.parametrize("name", ["replicate_api_token", "path", "home", "ifs", "ld_preload", "https_proxy", "_"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_secret_never_takes_a_variable_that_means_something(language: Language, name: str) -> None:
    text = snippet(language, Call("owner/model", {name: "s"}, [Field(name, "secret")]), REPLICATE)
    rest = text.replace("Bearer $REPLICATE_API_TOKEN", "").replace("auth: process.env.REPLICATE_API_TOKEN", "")
    assert not re.search(rf"(\$|environ\[.|process\.env\.){name.upper()}\b", rest)
    assert ("SECRET" if name == "_" else f"INPUT_{name.upper()}") in rest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lifetime", [None, "5m"])
def test_whole_numbers_arrive_to_the_last_digit(
    run: Run, local_server: Server, language: Language, lifetime: str | None
) -> None:
    if language == "command" and lifetime:
        pytest.skip("told once is enough")
    numbers = {
        "seed": 18446744073709551615,
        "low": -(2**53) - 1,
        "fits": 2**53 - 1,
        "list": [2**64 + 1, {"_exact:8": "9n"}],
    }
    text = "exact:7"
    call = Call("local/hello-world", {"text": text, **numbers}, [TEXT], options=RunOptions(lifetime=lifetime))
    if language == "command":
        assert "seed=18446744073709551615" in snippet(language, call, REPLICATE)
        return
    run(language, call)
    assert ended(local_server, "hello-world")["input"] == {"text": text, **numbers}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_version_is_run_as_it_is_pinned(run: Run, local_server: Server, language: Language) -> None:
    headers = {"Authorization": "Bearer r8_of_the_tests"}
    model = httpx.get(f"{local_server.url}/v1/models/local/hello-world", headers=headers, trust_env=False).json()
    version = model["latest_version"]["id"]
    run(language, Call("local/hello-world", {"text": "pinned"}, [TEXT], version=version))
    assert ended(local_server, "hello-world")["version"] == version
    run(language, Call("", {"text": f"{language} alone"}, [TEXT], options=RunOptions(version=version)))
    assert ended(local_server, "hello-world")["input"] == {"text": f"{language} alone"}


@pytest.fixture(scope="module")
def deployment(local_server: Server) -> Iterator[str]:
    """A deployment of the local server's."""
    headers = {"Authorization": "Bearer r8_of_the_tests"}
    with httpx.Client(base_url=local_server.url, headers=headers, trust_env=False) as client:
        version = client.get("/v1/models/local/hello-world").json()["latest_version"]["id"]
        made = {"model": "local/hello-world", "version": version, "hardware": "cpu"}
        wanted = {"name": "told-in-code", **made, "min_instances": 0, "max_instances": 1}
        created = client.post("/v1/deployments", json=wanted).raise_for_status().json()
        yield f"{created['owner']}/{created['name']}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_deployment_runs_it(run: Run, local_server: Server, deployment: str, language: Language) -> None:
    text = f"deployed {language}"
    run(language, Call("local/hello-world", {"text": text}, [TEXT], options=RunOptions(deployment=deployment)))
    found = ended(local_server, "hello-world")
    assert found["input"] == {"text": text}
    assert found["deployment"] == deployment


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_a_text_that_streams_is_printed_as_text(run: Run, local_server: Server, language: Language) -> None:
    call = Call("local/storyteller", {"prompt": "A boat", "max_tokens": 5}, streams=True)
    printed = run(language, call)
    assert printed.strip() == "".join(ended(local_server, "storyteller")["output"]).strip()


OPTIONS = RunOptions(lifetime="5m", webhook="https://me.example/x", webhook_events=("start", "completed"), block=10)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "curl",
            ["'Cancel-After: 5m'", "Prefer: wait=10", '"webhook": "https://me.example/x"', '["start", "completed"]'],
        ),
        ("python", ['headers={"Cancel-After": "5m"}', "wait=10", 'webhook="https://me.example/x"', "events_filter=["]),
        ("javascript", ['"Cancel-After": "5m"', "timeout: 10", 'webhook: "https://me.example/x"', "events_filter: ["]),
        (
            "command",
            ["--lifetime 5m", "--block 10", "--webhook https://me.example/x", "--webhook-events start,completed"],
        ),
    ],
)
def test_options_are_told(language: Language, told: list[str]) -> None:
    text = snippet(language, Call("owner/model", {}, options=OPTIONS), REPLICATE)
    assert [piece for piece in told if piece not in text] == []


@pytest.mark.parametrize("language", ["curl", "python", "javascript"])
def test_a_lifetime_is_heeded(run: Run, local_server: Server, language: Language) -> None:
    call = Call("local/sleeper", {"seconds": 0.1}, options=RunOptions(lifetime="5m", block=20))
    run(language, call)
    assert ended(local_server, "sleeper")["deadline"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_replicate_itself_needs_no_address_and_no_token_is_ever_shown(language: Language) -> None:
    text = snippet(language, Call("owner/model", {"prompt": "x", "seed": None}), REPLICATE)
    assert ("api.replicate.com" in text) == (language == "curl")
    assert ("REPLICATE_API_TOKEN" in text) == (language in ("curl", "javascript"))
    elsewhere = snippet(language, Call("owner/model", {}), "https://other.example/api")
    assert "https://other.example/api" in elsewhere


def test_our_command_for_the_local_server_finds_it_by_itself() -> None:
    text = snippet("command", Call("local/painter", {"prompt": "a cat"}), "http://127.0.0.1:5588", local=True)
    assert text == "replicate-tui --local run local/painter prompt='a cat'\n"


@pytest.mark.parametrize("value", ["-", "{{.output[0]}}", "\t", "\x1b[31m", "x" * 200_000])
def test_what_no_word_can_say_goes_in_as_a_document(value: str) -> None:
    text = snippet("command", Call("owner/model", {"prompt": value, "seed": 7}, [Field("prompt", "prose")]), REPLICATE)
    command, _, document = text.partition(" --input - <<'JSON'\n")
    assert "seed=7" in command
    assert json.loads(document.removesuffix("JSON\n")) == {"prompt": value}


def test_several_files_of_one_input_are_uploaded_before_our_command(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    call = Call("local/hello-world", {"text": [Upload(tmp_path / "a"), "it's", Upload(tmp_path / "b")]})
    text = snippet("command", call, REPLICATE)
    assert text.count("--form") == 2
    assert """text='["'"$text_url_1"'","it'"'"'s","'"$text_url_2"'"]'""" in text


def test_a_key_that_javascript_reads_as_more_than_a_key_is_told_safely() -> None:
    text = snippet("javascript", Call("owner/model", {"options": {"__proto__": 1, "a-b": 2}}), REPLICATE)
    assert '["__proto__"]: 1' in text
    assert '"a-b": 2' in text


PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(SCHEMAS, VALUES | PRINTABLE)
def test_the_words_of_our_command_read_back_as_the_same_input(schema: dict[str, Any], raw: object) -> None:
    form = fields({"components": {"schemas": {"Input": {"properties": {"it": schema}}}}})
    values = parse(form, {"it": raw}).input
    text = snippet("command", Call("owner/model", values, form), REPLICATE)
    assert text.isprintable() or "\n" in text
    if "<<" in text or "$IT" in text:
        return
    # shlex keeps a line end that a shell continues.
    program, verb, reference, *pairs = shlex.split(text.replace("\\\n", ""))
    assert (program, verb, reference) == ("replicate-tui", "run", "owner/model")
    assert json.dumps(parse(form, arguments.read(pairs, "=").typed).input) == json.dumps(values)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(VALUES | PRINTABLE)
def test_python_code_says_the_same_values(value: object) -> None:
    text = snippet("python", Call("owner/model", {"it": value}), REPLICATE)
    found: dict[str, Any] = {}

    class Recorder:
        @staticmethod
        def run(reference: str, **arguments: object) -> None:
            found.update(arguments, reference=reference)

    code = text.replace("import replicate\n", "").replace("print(output)\n", "")
    exec(compile(code, "snippet", "exec"), {"replicate": Recorder})
    assert found["reference"] == "owner/model"
    assert json.dumps(found["input"]) == json.dumps({"it": value})
