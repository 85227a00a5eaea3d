"""The server's own certificates, for clients that take output files seriously only when they come by HTTPS.

Made once and kept with the data: whoever has told a client to trust the authority need not do so again. They are
for this machine's names only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class TLSUnavailable(Exception):
    """Certificates cannot be made; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM form: `authority` is what clients must trust, `chain` holds the server's key and certificate."""

    authority: Path
    chain: Path


def certificates(folder: Path, host: str) -> Certificates:
    """Those in the folder, made when they are missing or for another host. Raises `TLSUnavailable`, `OSError`."""
    known = Certificates(folder / "authority.pem", folder / f"server-{host.replace(':', '_')}.pem")
    if not (known.authority.is_file() and known.chain.is_file()):
        _make(known, host)
    return known


def _make(wanted: Certificates, host: str) -> None:
    try:
        import trustme
    except ImportError as error:
        raise TLSUnavailable("HTTPS needs the package trustme: pip install 'replicate-tui[tls]'") from error
    folder = wanted.authority.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="replicate-tui, this machine only")
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", host])
    leaf = authority.issue_cert(*names)
    parts = [leaf.private_key_pem, *leaf.cert_chain_pems]
    # A chain of an older authority is of no use any more. The new one comes last: without it all is made anew.
    for old in folder.glob("server-*.pem"):
        old.unlink()
    _write(wanted.authority, authority.cert_pem.bytes())
    _write(wanted.chain, b"".join(part.bytes() for part in parts))


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
