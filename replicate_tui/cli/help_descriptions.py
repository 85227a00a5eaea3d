"""What the manual tells of a command beyond its help: how it behaves, what its exit code 1 says, and what is near."""

from typing import Final

_RUN: Final = (
    "The model is OWNER/MODEL, OWNER/MODEL:VERSION, a version's id, or its web address. The id of an earlier "
    "prediction runs that one again, with the inputs that are given in the place of its own.",
    "Every input is judged by the model's schema before anything is sent. Logs are told on standard error while it "
    "runs. On a terminal the output is shown, as it comes where the model streams; in a pipe the whole prediction is "
    "printed as JSON, and text only with --stream.",
    "ctrl+c leaves the run going and tells how to cancel it. A run whose answer was lost is never sent again by "
    "itself: prediction resolve tells what became of it.",
    "--dry-run prints the request with the token as a variable. --no-wait prints the run as it was started.",
)

_TRAIN: Final = (
    "A training is sent and goes on by itself; --wait follows it. It makes a new version of the destination, a model "
    "of yours, which --create makes where it is missing.",
)

DESCRIPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "run": _RUN,
    "prediction create": _RUN,
    "model run": _RUN,
    "train": _TRAIN,
    "training create": _TRAIN,
    "scaffold": (
        "The project is written from the prediction's model and inputs, into a folder that is new or empty. It reads "
        "the token from REPLICATE_API_TOKEN.",
    ),
    "stream": ("As run --stream: the output is printed as it comes, in a pipe as well.",),
    "deployment run": ("As run, with a deployment in the place of the model. Its owner may be left out.",),
    "batch": (
        "Columns, or the members of each line's object, are the inputs; @FILE is taken beside the table. The whole "
        "table is judged before anything is sent.",
        "The results are in a folder. With --resume rows that are finished are not run again, also after the program "
        "was killed.",
    ),
    "prediction list": ("The page object of the API in a pipe; --all follows every page and prints one object.",),
    "prediction watch": (
        "Logs and progress of all of them are told as they come, and a lost connection is taken up again. In a pipe "
        "each run is printed as a line of JSON when it ends.",
    ),
    "prediction cancel": ("Each run is told on a line of its own; one that cannot be stopped keeps none going.",),
    "prediction save": (
        "Each run gets a folder of its own: prediction.json, logs.txt and the output's files. Replicate deletes "
        "them an hour after the run has ended; what is deleted cannot be saved.",
    ),
    "prediction resolve": (
        "A run is in doubt where the answer to its request was lost. It is looked for among the account's runs; where "
        "only you can know, --is and --not-submitted decide.",
    ),
    "history search": (
        "Words find what begins with them; runs that hold all of them are told, the newest first. Only what this "
        "machine has seen is searched, without the network.",
    ),
    "history cost": (
        "The API tells no prices. Runs are estimated by how long they took and on what; official models by the prices "
        "that you write into config.toml. Runs that cannot be priced are counted.",
    ),
    "model schema": (
        "Required inputs are marked; what a training takes stands below them, where the model can be trained. As JSON "
        "it is the whole OpenAPI document of the model's version.",
    ),
    "model delete": (
        "The name has to be typed, or --yes given. Only a private model of your own without versions can be deleted.",
    ),
    "model check": ("Needs neither a token nor the network.",),
    "deployment create": (
        "Without --version it runs the model's latest. Instances that stand ready cost money all the time.",
    ),
    "deployment delete": ("The name has to be typed, or --yes given. It must have been off for 15 minutes.",),
    "deployment update": ("What is left out stays as it is. Each change makes a new release.",),
    "serve": (
        "It serves Replicate's HTTP API on this machine, with models of its own, until it is interrupted. --local uses "
        "it, or starts one by itself, which ends when nobody needs it any more.",
    ),
    "auth login": (
        "The token is asked for without being shown, tried with one request, and kept where the official command line "
        "keeps it, readable by you alone. REPLICATE_API_TOKEN goes before it.",
    ),
    "completion": (
        "The shell asks the program at each key press; it answers from what this machine has seen and never asks the "
        "network. After run OWNER/MODEL it completes the model's inputs, and the choices of their values.",
    ),
}
"""Paragraphs for commands, by their names."""

_A_RUN: Final = "the run failed, was canceled or aborted"

FAILURES: Final = {
    **dict.fromkeys(("run", "stream", "prediction create", "model run", "deployment run"), _A_RUN),
    **dict.fromkeys(("train", "training create", "training watch", "prediction watch"), _A_RUN),
    "batch": "a row failed",
    "prediction save": "something could not be saved",
    "model check": "a model has no form, or does not take its recorded example",
    "doctor": "something is wrong",
    "webhook verify": "it is not to be trusted: its signature does not fit, or it is too old",
    "serve": "--status: no server runs; otherwise it ended by itself",
}
"""What exit code 1 says, where a command has it."""

OFFLINE: Final = frozenset({"completion", "help", "model check", "history search", "history cost", "serve", "doctor"})
"""Commands whose exit code the API does not decide."""

NEAR: Final[dict[str, tuple[str, ...]]] = {
    "run": ("stream", "batch", "model schema", "prediction watch", "inputs", "templates"),
    "stream": ("run", "inputs", "templates"),
    "batch": ("run", "inputs"),
    "train": ("model schema", "training list", "training watch", "inputs"),
    "prediction create": ("run", "inputs", "templates"),
    "model run": ("run", "inputs", "templates"),
    "deployment run": ("run", "inputs", "templates"),
    "model create": ("hardware list",),
    "deployment create": ("hardware list", "model schema"),
    "model schema": ("run", "inputs"),
    "auth login": ("account current", "doctor", "environment"),
    "doctor": ("auth status", "files-and-folders", "environment"),
    "serve": ("doctor", "environment"),
    "help": ("commands",),
    "completion": ("help",),
}
"""Other commands and topics worth a look; those of the same group are near by themselves."""
