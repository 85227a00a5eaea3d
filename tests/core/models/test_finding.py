"""Whatever a person types or pastes leads to something to run, or to a sentence; runs are taken over."""

import secrets
from pathlib import Path

import httpx
import pytest

from replicate_tui.api.errors import NotFound
from replicate_tui.api.reference import InvalidReference, parse
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import REDACTED, Upload
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.session import CannotRun, Session, Target, open_session
from replicate_tui.core.settings import Flags, ReadOnly, Settings, load

GONE = "0" * 64
FOX = "The fox ran over the hill. The hare ran after the fox. Nobody knew why the hare ran. "
PIANO = "An accordion fell down the stairs. The piano laughed at it. It rained on the piano for a week. "


async def ended(session: Session, run: Run) -> Run:
    return [seen async for seen in session.follow(run.id)][-1]


async def ran(session: Session, reference: str, options: RunOptions | None = None, **values: object) -> Run:
    return await ended(session, await session.run(await session.target(reference), values, options))


async def latest(session: Session, owner: str, name: str) -> str:
    version = (await session.client.models.get(owner, name)).latest_version
    assert version is not None
    return version.id


async def trained(session: Session, name: str, text: str) -> tuple[str, str]:
    """The training's id, and the version that it made of the account's model `name`."""
    teller = await latest(session, "local", "storyteller")
    training = await session.client.trainings.create(
        "local", "storyteller", teller, destination=f"local/{name}", input={"text": f"data:text/plain,{text * 8}"}
    )
    await session.client.predictions.wait(await session.client.predictions.get(training.id))
    done = await session.client.trainings.get(training.id)
    assert done.trained_version is not None, done.error
    return training.id, done.trained_version.rpartition(":")[2]


async def own_model(session: Session) -> tuple[str, list[tuple[str, str]]]:
    """A model of the account's own with two versions, and its trainings, first one first."""
    name = f"teller-{secrets.token_hex(4)}"
    await session.client.models.create("local", name, visibility="private", hardware="cpu")
    return f"local/{name}", [await trained(session, name, text) for text in (FOX, PIANO)]


async def deployment(session: Session, model: str, version: str) -> str:
    made = await session.client.deployments.create(
        f"d-{secrets.token_hex(4)}", model=model, version=version, hardware="cpu", min_instances=0, max_instances=1
    )
    return made.full_name


def shape(target: Target) -> tuple[str, str, str | None, bool]:
    return target.model, target.version, target.deployment, target.pinned


# -- versions ------


async def test_each_version_of_a_trained_model_is_found_however_it_is_named(session: Session) -> None:
    model, [(_, first), (training, second)] = await own_model(session)
    web = f"{session.client.base_url}/{model}"
    for text in (model, web, f"https://replicate.com/{model}", f"{session.client.base_url}/v1/models/{model}"):
        assert shape(await session.target(text)) == (model, second, None, False)
    for text in (f"{model}:{first}", f"{web}/versions/{first}", f"https://replicate.com/{model}/versions/{first}"):
        found = await session.target(text)
        assert shape(found) == (model, first, None, True)
        assert "prompt" in [field.name for field in found.fields]
    assert shape(await session.target(first)) == (model, first, None, True)
    assert shape(await session.target(f"trainings/{training}")) == (model, second, None, True)
    run = await ran(session, f"{model}:{first}", prompt="The", max_tokens=12)
    assert (run.prediction.model, run.prediction.version) == (model, first)
    assert (await session.remix(run)).target.version == first


async def test_a_version_that_is_asked_for_by_an_option_is_the_one_that_runs(session: Session) -> None:
    model, [(_, first), (_, second)] = await own_model(session)
    found = await session.target(model)
    run = await ended(session, await session.run(found, {"prompt": "x", "max_tokens": 2}, RunOptions(version=first)))
    assert run.prediction.version == first
    assert session.asked(run.id) == RunOptions(version=first)
    pinned = await session.retarget(found, RunOptions(version=first))
    assert shape(pinned) == (model, first, None, True)
    assert pinned.options == RunOptions(version=first)
    assert shape(await session.retarget(pinned, RunOptions())) == (model, second, None, False)


async def test_a_draft_tells_that_its_model_has_a_new_version_even_after_a_restart(settings: Settings) -> None:
    async with open_session(settings) as session:
        await session.connect()
        name = f"teller-{secrets.token_hex(4)}"
        await session.client.models.create("local", name, visibility="private", hardware="cpu")
        _, first = await trained(session, name, FOX)
        found = await session.target(f"local/{name}")
        await session.drafts.keep(found, {"prompt": "Once"}, RunOptions(lifetime="5m"))
    async with open_session(settings) as session:
        await session.connect()
        await trained(session, name, PIANO)
        draft = session.drafts.of(f"local/{name}")
        assert draft is not None
        assert (draft.version, draft.raw, draft.options) == (first, {"prompt": "Once"}, RunOptions(lifetime="5m"))
        assert (await session.target(f"local/{name}")).version != draft.version
        assert session.draft_fields(draft) == found.fields


async def test_the_schema_of_what_ran_outlives_its_model(session: Session) -> None:
    model = await session.client.models.get("local", "hello-world")
    found = await session.target("local/hello-world")
    await session.run(found, {"text": "x"})
    newer = {**model.raw, "latest_version": {"id": GONE, "created_at": None, "openapi_schema": {}}}
    await session.catalog.learn([model.of(newer)])
    kept = session.store.database.version(session.settings.host, found.version, found.model)
    assert kept is not None
    assert inputs.fields(kept[1]["openapi_schema"]) == found.fields


# -- deployments ------


async def test_a_deployment_is_found_by_its_name_and_runs_there(session: Session) -> None:
    version = await latest(session, "local", "hello-world")
    name = await deployment(session, "local/hello-world", version)
    base = session.client.base_url
    for text in (
        name,
        f"deployment:{name}",
        f"deployments/{name}",
        f"https://replicate.com/deployments/{name}",
        f"{base}/v1/deployments/{name}",
    ):
        found = await session.target(text)
        assert shape(found) == ("local/hello-world", version, name, False)
        assert [field.name for field in found.fields] == ["text"]
    run = await ended(session, await session.run(found, {"text": "there"}))
    assert (run.status, run.prediction.deployment) == ("succeeded", name)
    row = session.store.row(run.id)
    assert row is not None
    assert (row.model, row.version) == ("local/hello-world", version)


async def test_of_a_model_and_a_deployment_of_one_name_the_model_is_meant(session: Session) -> None:
    model, [(_, first), (_, second)] = await own_model(session)
    made = await session.client.deployments.create(
        model.partition("/")[2], model=model, version=first, hardware="cpu", min_instances=0, max_instances=1
    )
    assert made.full_name == model
    assert shape(await session.target(model)) == (model, second, None, False)
    assert shape(await session.target(f"deployment:{model}")) == (model, first, model, False)


async def test_a_deployment_is_chosen_by_an_option_if_it_runs_the_same_model(session: Session) -> None:
    name = await deployment(session, "local/hello-world", await latest(session, "local", "hello-world"))
    asked = RunOptions(deployment=name, lifetime="5m")
    run = await ran(session, "local/hello-world", asked, text="option")
    assert run.prediction.deployment == name
    assert session.asked(run.id) == asked
    found = await session.retarget(await session.target("local/hello-world"), asked)
    assert found.deployment == name
    with pytest.raises(CannotRun, match="runs local/hello-world, not local/sleeper"):
        await session.retarget(await session.target("local/sleeper"), asked)


async def test_read_only_refuses_to_run_on_a_deployment(session: Session, settings: Settings) -> None:
    name = await deployment(session, "local/hello-world", await latest(session, "local", "hello-world"))
    environ = {
        "REPLICATE_TUI_HOME": str(settings.folders.data.parent),
        "REPLICATE_BASE_URL": settings.base_url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
    async with open_session(load(Flags(read_only=True), environ)) as guarded:
        await guarded.connect()
        found = await guarded.target(f"deployment:{name}")
        with pytest.raises(ReadOnly):
            await guarded.run(found, {"text": "no"})
        with pytest.raises(ReadOnly):
            await guarded.run(await guarded.target("local/hello-world"), {"text": "no"}, RunOptions(deployment=name))
        assert guarded.store.ids() == []


# -- what names nothing ------


async def test_what_is_neither_model_nor_deployment_says_that_there_is_no_such_model(session: Session) -> None:
    with pytest.raises(NotFound, match="model local/nothing"):
        await session.target("local/nothing")


async def test_a_version_that_nobody_knows_is_told_in_a_sentence(session: Session) -> None:
    found = await session.target(GONE)
    assert shape(found) == ("", GONE, None, True)
    assert "give owner/name:version" in found.note
    with pytest.raises(CannotRun, match="owner/name:version"):
        await session.version(parse(GONE))


async def test_a_model_without_versions_cannot_be_run(session: Session) -> None:
    name = f"empty-{secrets.token_hex(4)}"
    await session.client.models.create("local", name, visibility="private", hardware="cpu")
    with pytest.raises(CannotRun, match="no version yet"):
        await session.target(f"local/{name}")


async def test_addresses_of_other_servers_name_nothing(session: Session) -> None:
    with pytest.raises(InvalidReference):
        await session.target("http://127.0.0.1:1/local/hello-world")
    with pytest.raises(InvalidReference):
        await session.target(f"{session.client.base_url}/outputs/token/out.png")


# -- remix ------


async def test_a_run_is_taken_over_from_every_address_that_names_it(session: Session) -> None:
    version = await latest(session, "local", "hello-world")
    run = await ran(session, "local/hello-world", RunOptions(lifetime="5m", block=5), text="again")
    base = session.client.base_url
    for text in (
        run.id,
        f"{base}/p/{run.id}",
        f"{base}/v1/predictions/{run.id}",
        f"https://replicate.com/p/{run.id}",
        f"https://replicate.com/local/hello-world?prediction={run.id}",
        f"{base}/local/hello-world?prediction={run.id}",
    ):
        remixed = await session.remix(text)
        assert (remixed.raw, remixed.notes, remixed.remarks) == ({"text": "again"}, {}, ())
        assert shape(remixed.target) == ("local/hello-world", version, None, False)
        assert remixed.options == RunOptions(lifetime="5m", block=5)
        assert shape(await session.target(text)) == shape(remixed.target)


async def test_a_run_that_somebody_else_made_is_asked_of_the_api(session: Session) -> None:
    async with httpx.AsyncClient(base_url=session.client.base_url, trust_env=False) as elsewhere:
        headers = {"Authorization": "Bearer r8_other"}
        version = await latest(session, "local", "hello-world")
        body = {"version": version, "input": {"text": "theirs"}, "webhook": "http://127.0.0.1:9/hook"}
        made = (await elsewhere.post("/v1/predictions", json=body, headers=headers)).json()
    remixed = await session.remix(made["id"])
    assert remixed.raw == {"text": "theirs"}
    assert remixed.options == RunOptions()  # their webhook is theirs
    assert session.store.run(made["id"]) is not None


async def test_a_run_on_a_deployment_leads_back_to_it_as_long_as_it_is_there(session: Session) -> None:
    name = await deployment(session, "local/hello-world", await latest(session, "local", "hello-world"))
    run = await ran(session, name, text="there")
    remixed = await session.remix(run)
    assert (remixed.target.deployment, remixed.remarks) == (name, ())
    assert remixed.options == RunOptions(deployment=name)
    owner, _, short = name.partition("/")
    await session.client.deployments.update(owner, short, min_instances=0, max_instances=0)
    await session.client.deployments.delete(owner, short)
    remixed = await session.remix(run)
    assert (remixed.target.deployment, remixed.raw) == (None, {"text": "there"})
    assert remixed.remarks == (f"the deployment {name} is gone: this is its model",)
    assert remixed.options == RunOptions()


async def test_a_run_of_a_deployment_that_has_moved_on_says_so(session: Session) -> None:
    model, [(_, first), (_, second)] = await own_model(session)
    name = await deployment(session, model, first)
    run = await ran(session, f"deployment:{name}", prompt="x", max_tokens=2)
    owner, _, short = name.partition("/")
    await session.client.deployments.update(owner, short, version=second)
    remixed = await session.remix(run)
    assert shape(remixed.target) == (model, second, name, False)
    assert remixed.remarks == (f"the deployment {name} runs another version now",)


async def test_a_run_that_was_never_sent_keeps_its_file_as_a_file(session: Session, tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    found = await session.target("local/upscaler")
    with pytest.raises(OSError, match=r"gone\.png"):
        await session.run(found, {"image": Upload(gone), "scale": 2})
    (key,) = session.store.ids(limit=1)
    remixed = await session.remix(key)
    assert remixed.raw == {"image": Upload(gone), "scale": 2}


def kept(run_id: str, **values: object) -> Run:
    run = runs.ordered(run_id, "local/hello-world", "", {}, now=1_700_000_000.0)
    raw = {**run.prediction.raw, "status": "succeeded", **values}
    return Run(run.prediction.of(raw), None, 1_700_000_000.0)


async def test_what_cannot_be_taken_over_is_told(session: Session) -> None:
    run = kept("r1", input={"text": REDACTED, "gone": 1})
    remixed = await session.remix(await session.store.save(run))
    assert remixed.raw == {}
    assert remixed.notes == {
        "text": "text was a secret: enter it again",
        "gone": "gone is no input of this model and was left out",
    }


async def test_a_run_whose_inputs_were_removed_says_so(session: Session) -> None:
    remixed = await session.remix(kept("r1", input={}, data_removed=True))
    (remark,) = remixed.remarks
    assert "has removed" in remark


@pytest.mark.parametrize("version", ["hidden", "dp-4d0bcc010b3049749a251855f12800be", GONE, ""])
async def test_a_run_of_a_version_that_is_not_told_leads_to_the_latest(session: Session, version: str) -> None:
    remixed = await session.remix(kept("r1", version=version, input={"text": "x"}))
    assert shape(remixed.target) == ("local/hello-world", await latest(session, "local", "hello-world"), None, False)
    assert bool(remixed.remarks) == (version == GONE)


async def test_a_run_that_does_not_tell_what_it_ran_cannot_be_taken_over(session: Session) -> None:
    with pytest.raises(CannotRun, match="does not tell which model"):
        await session.remix(kept("r1", model=None, version=None))
    with pytest.raises(CannotRun, match="does not name a run"):
        await session.remix("local/hello-world")


async def test_a_run_that_tells_only_its_version_is_taken_over_by_that(session: Session) -> None:
    version = await latest(session, "local", "hello-world")
    remixed = await session.remix(kept("r1", model=None, version=version, input={"text": "x", "key": REDACTED}))
    assert remixed.target.schema is None
    assert remixed.raw == {"text": "x"}
    assert remixed.notes == {"key": "key was a secret: enter it again"}


async def test_a_run_again_says_that_its_webhook_was_not_kept_in_full(session: Session) -> None:
    run = await ran(session, "local/hello-world", RunOptions(webhook="http://127.0.0.1:9/?token=t"), text="x")
    remixed = await session.remix(run.id)
    assert remixed.options == RunOptions()
    (remark,) = remixed.remarks
    assert f"http://127.0.0.1:9/?{REDACTED}" in remark


async def test_two_sessions_on_one_history_know_each_others_runs_and_drafts(
    session: Session, settings: Settings
) -> None:
    run = await ran(session, "local/hello-world", RunOptions(block=3), text="shared")
    async with open_session(settings) as other:
        await other.connect()
        remixed = await other.remix(run.id)
        assert (remixed.raw, remixed.options) == ({"text": "shared"}, RunOptions(block=3))
        await other.drafts.keep(remixed.target, {"text": "typed there"})
        await other.presets.keep(remixed.target, "theirs", {"text": "named there"})
    draft = session.drafts.of("local/hello-world")
    assert draft is not None
    assert draft.raw == {"text": "typed there"}
    assert [row.name for row in session.presets.list("local/hello-world")] == ["theirs"]


async def test_options_stay_with_a_run_once_its_account_is_known(session: Session) -> None:
    run = await ran(session, "local/hello-world", RunOptions(block=3), text="whose")
    await session.account()
    assert session.asked(run.id) == RunOptions(block=3)
