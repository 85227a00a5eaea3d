"""The manual's pages that are about no single command."""

from dataclasses import dataclass
from typing import Final

from replicate_tui.cli.exit_codes import EXIT_CODES, in_lines


@dataclass(frozen=True, slots=True)
class Topic:
    """A page: what it is about in a few words, and its text of at most 80 columns."""

    summary: str
    text: str


_INPUTS: Final = """\
A run's inputs are given as NAME=VALUE after the model. What a model takes tells
  replicate-tui model schema OWNER/MODEL

Each value is read by the input's own type, and all of them are judged before
anything is sent:

  text       as it is; in quotes what a shell would change: prompt="a corgi"
  number     7, 0.5, 1e3, 1_000
  boolean    true or false, also yes, no, on, off, 1, 0; in any case
  choice     one of the choices, as the schema writes it
  file       @PATH uploads a file of up to 100 MB; or an http(s) address, or a
             data: URI of up to 1 MB
  list       a JSON array, or one value a line; a single value is a list of one
  object     JSON
  null       leaves the input out, or is sent where the input takes null

Signs with a meaning of their own, at the beginning of what was typed:

  @PATH      the file at PATH; @~/PATH is in your home folder
  @@TEXT     the text @TEXT
  -          standing alone: all of standard input, as text
  {{PATH}}   anywhere in the value: a part of an earlier run's JSON; see
             replicate-tui help templates

  --input FILE.json   takes inputs from an object in a file of JSON; --input -
                      from standard input. Its texts are never taken as paths.
  --example           starts from the model's own example.
  --separator ":"     reads NAME:VALUE instead.

What was typed goes before the file, the file before the example. An input that
is not given is not sent: the model's default holds. Where a model tells no
schema, numbers, true, false, null, arrays and objects are read as JSON, and all
else as text.
"""

_TEMPLATES: Final = """\
A value may hold {{PATH}}: it takes a part of the JSON on standard input, such
as what the run before this one in a pipe printed.

  replicate-tui run acme/painter prompt="a corgi" |
    replicate-tui run acme/upscaler 'image={{.output[0]}}'

PATH is a JSONPath (RFC 9535), whose leading $ may be left out:

  {{.output}}          the whole output
  {{.output[0]}}       the first of a list
  {{.output[-1]}}      the last one
  {{.output.image}}    a member of an object
  {{.input.prompt}}    what the earlier run was given
  {{.output[*].url}}   a list of all that are there
  {{.id}}              the earlier run's id

A value that is one template and nothing else becomes the JSON value itself, a
list or a number as it is. Among other text strings stand as they are, all else
as JSON; several templates may stand in one value. A list of pieces of text
becomes one text where text is wanted.

Standard input is read only where a value holds a template or is -, or for
--input -, so that loops keep their lines. A path that finds nothing is an error
that says what is there; so is an earlier run that failed, and nothing is sent.
What a template puts in is never taken as @PATH.
"""

_FILES: Final = """\
Settings, in the configuration folder of your system (~/.config/replicate-tui on
Linux):

  config.toml          yours; this program only reads it

Data, in the data folder of your system (~/.local/share/replicate-tui on Linux),
a folder under profiles for each profile; --local uses the profile "local":

  profiles/NAME/history.db   runs, models, drafts of forms
  profiles/NAME/runs/ID      what was kept of finished runs: prediction.json,
                             logs.txt and the output's files; elsewhere where
                             config.toml has a folder under [archive]
  local-server               the local server's own: its database, files and log

The login is the official command line's: replicate/hosts under $XDG_CONFIG_HOME
or ~/.config, readable by you alone.

In the folder where you are, only what you ask for is written:

  ./ID                 run --save; --output-directory DIR puts it in DIR itself
  ./batch-NAME         batch NAME.csv; --output-directory changes that
  ./MODEL              scaffold; a folder after the prediction's id changes that

REPLICATE_TUI_HOME puts both under one folder: config and data in it.
replicate-tui doctor tells which folders are used.
"""

_ENVIRONMENT: Final = """\
  REPLICATE_API_TOKEN         the token; it goes before one that was kept
  REPLICATE_BASE_URL          the API's address, with or without /v1; --base-url
                              goes before it
  REPLICATE_TUI_PROFILE       the profile; --profile goes before it
  REPLICATE_TUI_HOME          one folder for settings and data
  REPLICATE_TUI_SERVER_TOKEN  serve: the only token that is accepted
  REPLICATE_WEBHOOK_SECRET    webhook: the secret that signs them
  XDG_CONFIG_HOME             where the login is: replicate/hosts in it
  NO_COLOR                    set to anything: no colours
  PAGER                       what shows these pages on a terminal
  VISUAL, EDITOR              what F6 opens in a form
  HTTPS_PROXY, NO_PROXY       the way to the network; not to this machine
  SSL_CERT_FILE, SSL_CERT_DIR whom to trust

A flag goes before the environment, that before config.toml. --local uses none
of REPLICATE_API_TOKEN, REPLICATE_BASE_URL, REPLICATE_TUI_PROFILE.
"""

_CODES: Final = f"""\
{in_lines(EXIT_CODES)}

Scripts may rely on them. What went wrong is told on standard error; standard
output holds data only.
"""

TOPICS: Final = {
    "commands": Topic("every command there is", ""),
    "exit-codes": Topic("what the program's exit code says", _CODES),
    "inputs": Topic("how NAME=VALUE is read", _INPUTS),
    "templates": Topic("{{.output[0]}}: a part of an earlier run's JSON", _TEMPLATES),
    "files-and-folders": Topic("what is kept where", _FILES),
    "environment": Topic("variables that are read", _ENVIRONMENT),
}
"""The pages by name; the text of `commands` is made from the commands themselves."""
