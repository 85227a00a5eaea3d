"""`model …`: listed, read, made, changed, deleted; nothing is sent that does not fit."""

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal
from tests.conftest import Server

TOKEN = {"Authorization": "Bearer r8_of_the_tests"}

pytestmark = pytest.mark.usefixtures("remote")


@pytest.fixture
def name(remote: Server) -> Iterator[str]:
    """A name that no model has, and none has after the test."""
    chosen = f"local/model-{uuid.uuid4().hex[:12]}"
    yield chosen
    httpx.delete(f"{remote.url}/v1/models/{chosen}", headers=TOKEN, trust_env=False)


@pytest.fixture
def model(run: Run, name: str) -> str:
    """A model of the account's own."""
    made = run("model", "create", name, "--hardware", "cpu")
    assert made.returncode == 0, made.stderr
    return name


def known(remote: Server, name: str) -> bool:
    return httpx.get(f"{remote.url}/v1/models/{name}", headers=TOKEN, trust_env=False).status_code == 200


# -- reading ------


def test_a_person_sees_what_a_training_takes_where_there_is_one() -> None:
    told = on_a_terminal("model", "schema", "local/storyteller").text
    inputs, training = told.split("\n\ntraining\n")
    assert "prompt" in inputs
    assert "state_size" not in inputs
    assert training.splitlines()[0].split() == ["input", "kind", "default", "range"]
    assert training.splitlines()[1].split() == ["text", "file", "required"]
    assert "state_size" in training
    assert "training" not in on_a_terminal("model", "schema", "local/sleeper").text


@pytest.mark.parametrize("command", [("list",), ("search", "paint"), ("examples", "local/painter")])
def test_lists_are_page_objects(run: Run, command: tuple[str, ...]) -> None:
    page = json.loads(run("model", *command).stdout)
    assert set(page) == {"previous", "next", "results"}
    assert page["results"]


def test_all_pages_are_one_page_without_links(run: Run) -> None:
    page = json.loads(run("m", "list", "--all").stdout)
    assert (page["previous"], page["next"]) == (None, None)
    assert "painter" in [model["name"] for model in page["results"]]


def test_a_terminal_gets_a_table_of_models() -> None:
    seen = on_a_terminal("model", "search", "upscale", columns=60)
    assert seen.code == 0
    assert seen.lines[0].split() == ["model", "runs", "description"]
    assert seen.lines[1].startswith("local/upscaler")
    assert max(map(len, seen.lines)) <= 60


def test_a_search_for_nothing_says_so() -> None:
    assert "no model was found" in on_a_terminal("model", "search", "zzzzqqqq").text


def test_versions_are_listed_and_shown_one_by_one(run: Run) -> None:
    (version,) = json.loads(run("model", "versions", "local/painter").stdout)["results"]
    by_argument = json.loads(run("model", "versions", "local/painter", version["id"]).stdout)
    by_reference = json.loads(run("model", "versions", f"local/painter:{version['id']}").stdout)
    assert by_argument["id"] == by_reference["id"] == version["id"]
    seen = on_a_terminal("model", "versions", "local/painter", version["id"])
    assert seen.lines[0] == f"version  {version['id']}"
    assert any(line.startswith("prompt") for line in seen.lines)


def test_a_readme_is_printed_as_it_is(run: Run) -> None:
    done = run("model", "readme", "local/painter")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# ")


def test_the_page_of_a_model_is_opened_or_told(run: Run) -> None:
    done = run("model", "show", "local/painter", "--web", BROWSER="/nowhere/to/be/found")
    assert json.loads(done.stdout)["name"] == "painter"
    assert "/local/painter" in done.stderr


def test_a_model_is_run_by_its_own_command(run: Run) -> None:
    done = run("model", "run", "local/hello-world", "text=you", "--json")
    assert done.returncode == 0, done.stderr
    assert "you" in json.loads(done.stdout)["output"]


@pytest.mark.parametrize(
    "command",
    [
        ("model", "show"),
        ("model", "schema"),
        ("model", "readme"),
        ("model", "versions"),
        ("model", "examples"),
        ("run",),
    ],
)
def test_a_model_that_is_not_there_names_those_nearly_called_so(run: Run, command: tuple[str, ...]) -> None:
    run("model", "search", "paint")
    done = run(*command, "local/paintr")
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.rstrip().endswith("did you mean local/painter?")


# -- making and changing ------


def test_a_model_is_made_private_and_shown(run: Run, name: str) -> None:
    done = run("model", "create", name, "--hardware", "cpu", "--description", "Paints", "--paper-url", "https://a.b/c")
    model = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (model["visibility"], model["description"], model["paper_url"]) == ("private", "Paints", "https://a.b/c")
    assert name in done.stderr


def test_every_flag_of_a_new_model_is_part_of_the_request(run: Run, remote: Server, name: str) -> None:
    urls = {key: f"https://example.com/{key}" for key in ("github_url", "paper_url", "license_url", "cover_image_url")}
    flags = [part for key, url in urls.items() for part in (f"--{key.replace('_', '-')}", url)]
    order = ("model", "create", name, "--hardware", "gpu-t4", "--public", "--description", "It paints", *flags)
    request = json.loads(run(*order, "--dry-run").stdout)
    owner, _, short = name.partition("/")
    assert request["method"] == "POST"
    assert request["body"] == {
        "owner": owner,
        "name": short,
        "visibility": "public",
        "hardware": "gpu-t4",
        "description": "It paints",
        **urls,
    }
    assert not known(remote, name)


def test_what_is_told_of_a_model_is_changed(run: Run, model: str, remote: Server) -> None:
    done = run("model", "update", model, "--description", "New", "--github-url", "https://github.com/a/b")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["github_url"] == "https://github.com/a/b"
    assert json.loads(run("model", "show", model).stdout)["description"] == "New"


def test_a_readme_is_taken_from_a_file(run: Run, model: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("readme") / "README.md"
    path.write_text("# Mine\n", encoding="utf-8")
    assert run("model", "update", model, "--readme", str(path)).returncode == 0
    assert run("model", "readme", model).stdout == "# Mine\n"


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ((), "--hardware"),
        (("--hardware", "cpux"), "did you mean cpu?"),
        (("--hardware", "gpu-a100"), "gpu-a100-large"),
        (("--hardware", "zzz"), "gpu-t4"),
        (("--hardware", "cpu", "--public", "--private"), "--private"),
        (("--hardware", "cpu", "--github-url", "http://example.com"), "--github-url"),
        (("--hardware", "cpu", "--paper-url", "example.com"), "--paper-url"),
        (("--hardware", "cpu", "--license-url", "https://"), "--license-url"),
        (("--hardware", "cpu", "--cover-image-url", "a b"), "--cover-image-url"),
        (("--hardware", "cpu", "--read-only"), "--read-only"),
    ],
)
def test_what_does_not_fit_a_new_model_is_said_and_nothing_is_made(
    run: Run, remote: Server, name: str, flags: tuple[str, ...], named: str
) -> None:
    done = run("model", "create", name, *flags)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert done.stdout == ""
    assert not known(remote, name)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("model", "create", "just-a-name", "--hardware", "cpu"), "owner/name"),
        (("model", "update", "local/painter"), "--description"),
        (("model", "update", "local/painter", "--weights-url", "ftp://a"), "--weights-url"),
        (("model", "update", "local/painter", "--readme", "nowhere.md"), "nowhere.md"),
        (("model", "search", " "), "WORDS"),
        (("model", "versions", "local/painter:abc", "def"), "VERSION"),
        (("model", "versions", "local/painter", "abc", "--all"), "--all"),
        (("model", "examples", "deployments/local/x"), "owner/name"),
        (("model", "delete", "local/painter"), "--yes"),
        (("model", "delete", "local/painter", "--yes", "--read-only"), "--read-only"),
    ],
)
def test_wrong_use_is_named(run: Run, arguments: tuple[str, ...], named: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert done.stdout == ""


# -- deleting ------


def test_a_model_is_deleted_once_its_name_is_typed(model: str, remote: Server) -> None:
    refused = on_a_terminal("model", "delete", model, asked=f"Type {model} to delete the model", typed="painter")
    assert refused.code == 2
    assert "nothing was done" in refused.text
    assert known(remote, model)
    done = on_a_terminal("model", "delete", model, asked=f"Type {model} to delete the model", typed=model)
    assert done.code == 0
    assert not known(remote, model)


def test_an_interrupt_at_the_question_deletes_nothing(model: str, remote: Server) -> None:
    seen = on_a_terminal("model", "delete", model, asked="to delete the model", interrupted=True)
    assert seen.code == 130
    assert "nothing was done" in seen.text
    assert known(remote, model)


def test_what_a_deletion_would_send_is_told_without_a_question(run: Run, model: str, remote: Server) -> None:
    request = json.loads(run("model", "delete", model, "--dry-run").stdout)
    assert (request["method"], request["body"]) == ("DELETE", None)
    assert request["url"].endswith(f"/v1/models/{model}")
    assert known(remote, model)


def test_a_refused_deletion_tells_the_rules(run: Run) -> None:
    done = run("model", "delete", "local/painter", "--yes")
    assert done.returncode == 3
    assert "private model" in done.stderr
    version = json.loads(run("model", "show", "local/painter").stdout)["latest_version"]["id"]
    done = run("model", "delete", f"local/painter:{version}", "--yes")
    assert done.returncode == 3
    assert "no deployment" in done.stderr
