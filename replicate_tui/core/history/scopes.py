"""Whose rows of the history file a program reads and writes."""

import sqlite3
from dataclasses import dataclass, field, replace

from replicate_tui.core.history.history_file import HistoryFile

_OWNER = "SELECT account FROM accounts WHERE host = ? AND token = ?"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows: the API's host, and the account there; the token's fingerprint stands for one not known yet.

    `token` is the fingerprint of the token that is used, if any: what is written belongs to the account that the
    token is known to be of by then, see `settled`.
    """

    host: str
    account: str
    token: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What the owner of the rows is known by: the host, and there the token."""
        return self.host, self.token or self.account


def scope_of(file: HistoryFile, host: str, token: str) -> Scope:
    """Whose rows are a token's, given its fingerprint."""
    return refreshed(file, Scope(host, token, token))


def refreshed(file: HistoryFile, scope: Scope) -> Scope:
    """The scope as it is by now: another program may have learned whose the token is, or that it has a new name."""
    return _of(scope, file.one(_OWNER, scope.key))


def settled(db: sqlite3.Connection, scope: Scope) -> Scope:
    """As `refreshed`, inside a transaction: what is written cannot miss where the other rows went."""
    return _of(scope, db.execute(_OWNER, scope.key).fetchone())


def _of(scope: Scope, found: tuple[str] | None) -> Scope:
    return scope if found is None else replace(scope, account=str(found[0]))
