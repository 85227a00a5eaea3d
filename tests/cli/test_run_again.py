"""`run ID`: an earlier run's input and options, changed by what is typed."""

import json
from pathlib import Path

from tests.cli import test_resolve
from tests.cli.conftest import Run
from tests.cli.test_resolve import FIRST, SECOND, Account, account
from tests.cli.test_save import Forgetful, forgetful, wait_for_deletion
from tests.conftest import Server
from tests.core.scripted import says

__all__ = ["account", "forgetful"]

PAINTING = ("run", "local/painter", "prompt=a lighthouse", "width=96", "height=64", "seed=7")


def ended(run: Run, *arguments: str) -> dict[str, object]:
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    prediction: dict[str, object] = json.loads(done.stdout)
    return prediction


def test_a_run_is_repeated_with_its_input_and_what_is_typed_wins(run: Run, remote: Server) -> None:
    earlier = ended(run, *PAINTING)
    done = run("run", f"{remote.url}/p/{earlier['id']}", "prompt=a heron", "seed=8")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again["id"] != earlier["id"]
    assert again["model"] == "local/painter"
    assert again["input"] == {"prompt": "a heron", "width": 96, "height": 64, "seed": 8}
    assert str(earlier["id"]) in done.stderr


def test_text_that_begins_with_an_at_sign_stays_text(run: Run, remote: Server, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "secret").write_text("do not send this")
    stdin = json.dumps({"output": "@secret"})
    done = run("run", "local/hello-world", "text={{.output}}", stdin=stdin)
    earlier = json.loads(done.stdout)
    again = ended(run, "run", earlier["id"])
    assert again["input"] == {"text": "@secret"}
    assert "@secret" in str(again["output"])


def test_options_are_taken_over_and_told(run: Run, remote: Server) -> None:
    earlier = ended(run, "run", "local/hello-world", "text=x", "--lifetime", "5m")
    done = run("run", str(earlier["id"]), "--no-wait")
    assert "lifetime 5m" in done.stderr
    pinned = ended(run, "run", f"local/hello-world:{earlier['version']}", "text=y")
    assert ended(run, "run", str(pinned["id"]))["version"] == pinned["version"]


def test_what_no_longer_fits_is_told_and_nothing_is_sent(run: Run, remote: Server) -> None:
    earlier = ended(run, *PAINTING)
    done = run("run", str(earlier["id"]), "width=9", "hue=3")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was sent" in done.stderr
    assert "hue" in done.stderr


def test_a_run_whose_input_is_gone_is_not_repeated_with_defaults(run: Run, forgetful: Forgetful, home: Path) -> None:
    import shutil

    earlier = ended(run, "run", "local/sleeper", "seconds=0.1")
    wait_for_deletion(forgetful.url, str(earlier["id"]))
    shutil.rmtree(home)
    done = run("run", str(earlier["id"]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be run again" in done.stderr


async def test_what_the_model_no_longer_takes_is_told_and_left_out(account: Account) -> None:
    account.create(FIRST, prompt="@secret")
    earlier = account.listed[0]
    earlier["input"] = {"prompt": "@secret", "style": "oil"}
    account.listed.append({**earlier, "id": SECOND, "input": {"prompt": "@secret"}, "status": "succeeded"})
    account.reply = says(account.listed[1], 201)
    done = await test_resolve.run("run", FIRST)
    assert done.code == 0, done.err
    assert "style is no input of this model" in done.err
    assert [sent["input"] for sent in account.sent] == [{"prompt": "@secret"}]
