"""What people type and paste to name something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.api.reference import InvalidReference, Reference, parse

HEX = "9d5e0c1b7a64f2e38b1d6c7f0a94e25db3c8f1706e5a4d92c0b7f3e16a8d4c25"
RUN = "k7x2m9qd5rrm80cn4wf9t0a6zc"
OLD_RUN = "rrr4z55ocneqzikepnug6xezpe"

MODEL = Reference("model", owner="acme", name="tone-painter")
VERSION = Reference("version", owner="acme", name="tone-painter", version=HEX)
BARE_VERSION = Reference("version", version=HEX)
PREDICTION = Reference("prediction", id=RUN)
TRAINING = Reference("training", id=RUN)
DEPLOYMENT = Reference("deployment", owner="acme", name="painter-prod")
COLLECTION = Reference("collection", name="text-to-image")

ACCEPTED = [
    ("acme/tone-painter", MODEL),
    ("  acme/tone-painter\n", MODEL),
    ('"acme/tone-painter"', MODEL),
    (" ' acme/tone-painter ' ", MODEL),
    ("“acme/tone-painter”", MODEL),
    ("acme/tone-painter/", MODEL),
    ("models/acme/tone-painter", MODEL),
    ("https://replicate.com/acme/tone-painter", MODEL),
    ("http://replicate.com/acme/tone-painter/", MODEL),
    ("https://www.replicate.com/acme/tone-painter", MODEL),
    ("HTTPS://Replicate.com/acme/tone-painter", MODEL),
    ("replicate.com/acme/tone-painter", MODEL),
    ("www.replicate.com/acme/tone-painter/api", MODEL),
    ("https://replicate.com/acme/tone-painter/api/learn-more", MODEL),
    ("https://replicate.com/acme/tone-painter/readme", MODEL),
    ("https://replicate.com/acme/tone-painter/examples#top", MODEL),
    ("https://replicate.com/acme/tone-painter/versions", MODEL),
    ("https://replicate.com/acme/tone-painter?input=http&output=json#readme", MODEL),
    ("https://replicate.com/acme/tone-painter?prediction=", MODEL),
    ("https://replicate.com/acme/tone-painter?prediction=../x", MODEL),
    ("https://api.replicate.com/v1/models/acme/tone-painter", MODEL),
    ("https://api.replicate.com/v1/models/acme/tone-painter/predictions", MODEL),
    ("https://api.replicate.com/v1/models/acme/tone-painter/versions", MODEL),
    ("api.replicate.com/v1/models/acme/tone-painter", MODEL),
    ("http://127.0.0.1:8123/v1/v1/models/acme/tone-painter", MODEL),
    ("https://proxy.example.com/replicate/v1/models/acme/tone-painter", MODEL),
    (f"acme/tone-painter:{HEX}", VERSION),
    (f"acme/tone-painter:{HEX.upper()}", VERSION),
    (f"acme/tone-painter/versions/{HEX}", VERSION),
    (f"https://replicate.com/acme/tone-painter:{HEX}", VERSION),
    (f"https://replicate.com/acme/tone-painter%3A{HEX}", VERSION),
    (f"https://replicate.com/acme/tone-painter/versions/{HEX}", VERSION),
    (f"https://replicate.com/acme/tone-painter/versions/{HEX}/api?tab=http#output-schema", VERSION),
    (f"https://api.replicate.com/v1/models/acme/tone-painter/versions/{HEX}", VERSION),
    (f"https://api.replicate.com/v1/models/acme/tone-painter/versions/{HEX}/trainings", VERSION),
    ("acme/tone-painter:latest", Reference("version", owner="acme", name="tone-painter", version="latest")),
    (HEX, BARE_VERSION),
    (HEX.upper(), BARE_VERSION),
    (RUN, PREDICTION),
    (OLD_RUN, Reference("prediction", id=OLD_RUN)),
    (f"`{RUN}`", PREDICTION),
    (f"p/{RUN}", PREDICTION),
    (f"predictions/{RUN}", PREDICTION),
    (f"https://replicate.com/p/{RUN}", PREDICTION),
    (f"https://replicate.com/p/{RUN}/", PREDICTION),
    (f"http://localhost:3000/p/{RUN}", PREDICTION),
    (f"https://replicate.com/acme/tone-painter?prediction={RUN}", PREDICTION),
    (f"https://replicate.com/acme/tone-painter/versions/{HEX}?tab=json&prediction={RUN}", PREDICTION),
    (f"https://replicate.com/predictions/{RUN}", PREDICTION),
    (f"https://api.replicate.com/v1/predictions/{RUN}", PREDICTION),
    (f"https://api.replicate.com/v1/predictions/{RUN}/cancel", PREDICTION),
    (f"https://streaming-api.svc.example.replicate.net/v1/predictions/{RUN}", PREDICTION),
    (f"trainings/{RUN}", TRAINING),
    (f"https://replicate.com/trainings/{RUN}?tab=logs", TRAINING),
    (f"https://api.replicate.com/v1/trainings/{RUN}/cancel", TRAINING),
    ("deployments/acme/painter-prod", DEPLOYMENT),
    ("deployment:acme/painter-prod", DEPLOYMENT),
    (" 'deployment:acme/painter-prod' ", DEPLOYMENT),
    ("https://replicate.com/deployments/acme/painter-prod", DEPLOYMENT),
    ("https://www.replicate.com/deployments/acme/painter-prod/playground", DEPLOYMENT),
    ("https://api.replicate.com/v1/deployments/acme/painter-prod/predictions", DEPLOYMENT),
    ("collections/text-to-image", COLLECTION),
    ("https://replicate.com/collections/text-to-image/", COLLECTION),
    ("https://api.replicate.com/v1/collections/text-to-image", COLLECTION),
]

REFUSED = [
    "",
    "   ",
    '""',
    "acme",
    "/acme/tone-painter",
    "acme//tone-painter",
    "acme/tone painter",
    "acme/tone\npainter",
    "acme/tone-painter:",
    "acme/tone-painter:a b",
    "acme/tone-painter/api",
    "deployment:acme",
    "deployment:",
    "http://127.0.0.1:8123/acme/tone-painter",
    "acme/../account",
    "../..",
    "acme/..",
    "./x",
    "~/models/x",
    "acme/x\x1b[2J",
    "acme/x\0",
    "[bold]/[/bold]",
    "аcme/tone-painter",  # a Cyrillic letter that looks Latin
    HEX[:-1] + "g",
    pytest.param("x" * 5000, id="long"),
    "https://",
    "https://[",
    "https://replicate.com",
    "https://replicate.com/acme",
    "https://replicate.com/docs/topics",
    "https://replicate.com/account/api-tokens",
    "https://replicate.com/p/",
    "https://replicate.com/p/..%2F..%2Faccount",
    "https://replicate.com/acme%2F..%2Fx/y",
    "https://replicate.com/collections/",
    "https://replicate.com/deployments/acme",
    "https://replicate.com@evil.example/acme/tone-painter",
    "https://replicate.com.evil.example/acme/tone-painter",
    "https://evil.example/acme/tone-painter",
    "https://replicate.delivery/xezq/Ab12/out-0.png",
    "https://api.replicate.com/v1/account",
    "https://api.replicate.com/v1/files/abc",
    "https://api.replicate.com/v1/",
    "ftp://replicate.com/acme/tone-painter",
    "javascript://replicate.com/acme/tone-painter",
    "file:///v1/models/acme/x",
]


@pytest.mark.parametrize(("text", "reference"), ACCEPTED)
def test_reads_what_people_type_and_paste(text: str, reference: Reference) -> None:
    assert parse(text) == reference


PAGES = "127.0.0.1:8123"


@pytest.mark.parametrize(
    ("path", "reference"),
    [
        ("acme/tone-painter", MODEL),
        ("acme/tone-painter/", MODEL),
        (f"acme/tone-painter:{HEX}", VERSION),
        (f"acme/tone-painter/versions/{HEX}", VERSION),
        (f"acme/tone-painter?prediction={RUN}", PREDICTION),
        (f"p/{RUN}", PREDICTION),
        (f"v1/predictions/{RUN}", PREDICTION),
        ("v1/deployments/acme/painter-prod", DEPLOYMENT),
    ],
)
def test_reads_the_pages_of_another_server_that_is_named(path: str, reference: Reference) -> None:
    assert parse(f"http://{PAGES}/{path}", pages=PAGES) == reference


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8124/acme/tone-painter",
        "http://127.0.0.1/acme/tone-painter",
        f"http://{PAGES}/outputs/token/out.png",
        f"http://{PAGES}/v1/account",
        f"http://{PAGES}/",
    ],
)
def test_reads_only_pages_of_the_server_that_is_named(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse(text, pages=PAGES)


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_what_names_nothing(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse(text)


def test_the_refusal_shows_the_text_and_the_accepted_forms() -> None:
    with pytest.raises(InvalidReference, match=r"“nonsense”.*owner/name:version.*64 hex.*replicate.com"):
        parse("nonsense")


def test_the_refusal_shows_neither_control_characters_nor_endless_text() -> None:
    with pytest.raises(InvalidReference) as caught:
        parse("\x1b[31m" + "x" * 5000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("reference", sorted({reference for _, reference in ACCEPTED}, key=str))
def test_the_canonical_form_is_read_back_as_the_same(reference: Reference) -> None:
    assert parse(str(reference)) == reference


def test_an_odd_run_id_is_read_back_too() -> None:
    reference = parse("https://replicate.com/p/Ab_12")
    assert str(reference) == "predictions/Ab_12"
    assert parse(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "identifier"),
    [("acme/tone-painter", "acme/tone-painter"), (f"acme/tone-painter:{HEX}", HEX), (HEX, HEX)],
)
def test_the_identifier_is_what_a_prediction_is_created_with(text: str, identifier: str) -> None:
    assert parse(text).identifier == identifier


@pytest.mark.parametrize("text", [RUN, f"trainings/{RUN}", "collections/x", "deployments/a/b"])
def test_what_cannot_be_run_has_no_identifier(text: str) -> None:
    reference = parse(text)
    with pytest.raises(InvalidReference):
        _ = reference.identifier


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reference = parse(text)
    except InvalidReference:
        return
    assert parse(str(reference)) == reference
