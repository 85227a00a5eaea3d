"""The account, the profiles and the prices that a person set, as lines of the settings."""

from collections.abc import Iterator, Mapping
from typing import Final

from replicate_tui.core import credentials, text
from replicate_tui.core.config_file import DEFAULT_PROFILE, Config
from replicate_tui.core.costs.price_settings import Price
from replicate_tui.core.logins import TOKENS_PAGE
from replicate_tui.core.profiles import profile_address, profile_names
from replicate_tui.core.setting_list import DEFAULT, GOES_BEFORE, IN_FILE, Line, number
from replicate_tui.core.settings import (
    BASE_URL_VARIABLE,
    DEFAULT_BASE_URL,
    LOCAL_PROFILE,
    PROFILE_VARIABLE,
    Settings,
)

LOG_IN: Final = "log_in"
LOG_OUT: Final = "log_out"
"""The keys of the lines that lead in and out."""


def account_lines(settings: Settings, account: str, environ: Mapping[str, str]) -> Iterator[Line]:
    """Who is logged in where, and the ways in and out. The token itself is in none of them."""
    nobody = "of this machine" if settings.local else "not known yet"
    yield Line(
        "account", "account", account or nobody, tone="accent" if account else "muted", facts=[("", _whose(settings))]
    )
    yield Line("host", "host", settings.host, _host_origin(settings, environ), facts=[("", _host_words(settings))])
    where = token_place(settings)
    yield Line(
        "token", "token", where, tone="plain" if settings.token else "warn", facts=[("", _token_words(settings))]
    )
    yield Line(
        LOG_IN,
        "log in",
        "with another token" if settings.token and not settings.local else "with an API token",
        tone="accent",
        facts=[
            ("", "The API is asked whose the token is; then it is kept where the official command line keeps it."),
            ("from", TOKENS_PAGE),
            ("kept in", str(credentials.hosts_file(environ))),
            *_over_file(environ),
        ],
    )
    if settings.token_source == str(credentials.hosts_file(environ)):
        yield Line(
            LOG_OUT,
            "log out",
            "the token is taken out of the file",
            tone="accent",
            facts=[
                ("", "The official command line is logged out as well. Histories and saved runs stay."),
                ("out of", settings.token_source),
            ],
        )
    yield Line(
        "file",
        "settings file",
        str(settings.folders.config_file),
        tone="muted",
        facts=[("", "Every change here is written there at once; comments and lines of your own stay.")],
    )


def token_place(settings: Settings) -> str:
    """Where the token comes from, in words."""
    if settings.local:
        return "none is needed"
    if settings.token is None:
        return "there is none"
    if settings.token_source == credentials.VARIABLE:
        return f"from the variable {credentials.VARIABLE}"
    return f"from {settings.token_source}"


def _whose(settings: Settings) -> str:
    if settings.local:
        return "The local server needs no account: its models run on this machine."
    return "The name is the API's answer to whose the token is; the history is kept under it."


def _host_origin(settings: Settings, environ: Mapping[str, str]) -> str:
    if settings.local:
        return "--local" if settings.flags.local else ""
    if settings.base_url_by_flag:
        return "--base-url"
    if environ.get(BASE_URL_VARIABLE):
        return "environment"
    return DEFAULT if settings.base_url == DEFAULT_BASE_URL else IN_FILE


def _host_words(settings: Settings) -> str:
    if settings.local:
        return "A Replicate on this machine. Profiles lead to another one."
    return f"{settings.base_url}; the token goes there and nowhere else. Profiles lead to others."


def _token_words(settings: Settings) -> str:
    if settings.local:
        return "Whoever uses this machine as you do may use its models."
    if settings.token is None:
        return f"Log in below, or set {credentials.VARIABLE} before the start."
    return "It is shown nowhere, and written into nothing but that place."


def _over_file(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if credentials.trimmed(environ.get(credentials.VARIABLE, "")):
        yield GOES_BEFORE, f"{credentials.VARIABLE} is set: what is kept here counts once it is not"


# -- profiles ------


def profile_lines(settings: Settings, config: Config, environ: Mapping[str, str]) -> Iterator[Line]:
    """Every profile with where it leads; each has a history of its own."""
    for name in profile_names(config):
        here = name == settings.profile
        leads = "models of this machine" if name == LOCAL_PROFILE else profile_address(config, name)
        facts = [("", "Each profile has a history, drafts and saved runs of its own.")]
        if name == LOCAL_PROFILE:
            facts.append(("leads to", "the local server, which is started when it is needed"))
        else:
            facts.append(("leads to", leads))
            facts.append((f"in {IN_FILE}", f"[profiles.{name}]" if name != DEFAULT_PROFILE else "base_url"))
            if everywhere := environ.get(BASE_URL_VARIABLE):
                facts.append((GOES_BEFORE, f"{BASE_URL_VARIABLE} is set: every profile leads to {everywhere}"))
        facts.append(("at the start", _how_to_start(name, environ)))
        yield Line(name, name, leads, "● now" if here else "", "accent" if here else "plain", facts)


def _how_to_start(name: str, environ: Mapping[str, str]) -> str:
    by_environment = environ.get(PROFILE_VARIABLE)
    if name == (by_environment or DEFAULT_PROFILE):
        return "it is the one without a flag" + (f", for {PROFILE_VARIABLE} says so" if by_environment else "")
    return f"replicate-tui {'--local' if name == LOCAL_PROFILE else f'--profile {name}'}"


# -- prices ------


def price_lines(settings: Settings) -> Iterator[Line]:
    """The prices that a person set; what is not here is estimated from hardware and time."""
    for name, price in settings.prices.named.items():
        yield Line(
            name,
            name,
            price_words(price),
            IN_FILE,
            facts=[("", "Estimates use it at once."), (f"in {IN_FILE}", f'prices."{name}"')],
        )


def price_words(price: Price) -> str:
    """A price as a person types it."""
    if price.per_run is not None:
        return f"{text.exact_dollars(price.per_run)} a run"
    return f"{text.exact_dollars(price.per_second or 0.0)} a second"


def read_price(typed: str) -> float | dict[str, float]:
    """A price as it was typed, such as "0.003 a run" or "0.0002 a second", as the file holds it.

    Raises:
        ValueError: it is none.
    """
    amount, _, unit = typed.strip().partition(" ")
    kind = unit.strip().casefold().removeprefix("a ").removeprefix("per ").strip()
    if kind in ("", "run"):
        return number(amount)
    if kind in ("second", "s"):
        return {"per_second": number(amount)}
    raise ValueError(f"{text.one_line(typed)} is no price: give an amount a run, or an amount a second")
