"""What hostile requests are made of: values that are too long, too deep, of the wrong kind, or no text at all."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

DIGITS = ("9" * 19, "9" * 400, "9" * 4301, "9" * 60_000, "9" * 100_000)
"""Past 64 bits, past a float, past what Python reads as a number, past what HTTP reads as a line."""

SEGMENTS = (
    *(".", "..", "%2e%2e", "%2E", "...", "~", "*", "-", "%20", "%09"),
    *("..%2f..%2f..%2fserver.db", "%2e%2e%2fserver.db", "..%5c..%5cserver.db", "%2f", "%2fetc%2fpasswd", "a%2fb"),
    *("%00", "a%00b", "%0d%0aset-cookie:%20a=b", "%1b[31m", "%7f", "%80", "%ff%fe", "%ed%a0%80", "%c0%ae%c0%ae"),
    *("%", "%zz", "%u0000", "%25%32%65", "%e2%80%ae", "%f0%9f%a6%a9", "con", "nul.txt", "c:", "server.db"),
    *("'%20OR%201=1--", "%22", "%3Cscript%3E", "{id}", "[", "a;b", "a=b", "@", ":", "local:painter", "null", "0", "-1"),
    *("a" * 256, "a" * 5000, "%61" * 2000, "a" * 70_000, *DIGITS),
)
"""One part of a path, as it stands in the request line."""

TEXTS = (
    *("", " ", "null", "NaN", "Infinity", "-1", "0", "1e400", "0x10", "1_0", "²", "١", "true", "[]", "{}", "\x00"),
    *("a" * 5000, "'; DROP TABLE predictions; --", "../../etc/passwd", "%00", "\u202e", "\ufeff", "🦩", *DIGITS),
)
"""Values for query strings and headers."""

POSITIONS = (
    *("p=", "p=-1", "p=0", "p=1", "p=x", "r=1", "r=1&p=", "p=1&p=2", "p=1.5", "p=%00", "p=1_0", "p=²", "p=١"),
    *("p=-9223372036854775809&r=1", "r=1&p=-1", *(f"p={digits}" for digits in DIGITS[:3])),
    *(f"r=1&p=-{digits}" for digits in DIGITS[:3]),
)

CURSORS = (
    *(base64.urlsafe_b64encode(position.encode()).decode() for position in POSITIONS),
    *("p", "====", "%", "cA", "cD0x=", "/w==", "gICA", "\x00", "é"),
)

PARAMETERS = (
    *("cursor", "limit", "query", "source", "created_after", "created_before", "sort_by", "sort_direction"),
    *("owner", "expiry", "signature", "", "\x00", "[]", "cursor[]"),
)

MOMENTS = (
    *("2026", "2026-13-01", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00+99:99"),
    *("2026-W01-1", "20260101T000000Z", "2026-01-01T24:00:00", "2026-01-01T00:00:00.1234567890123Z", "T", "+", " "),
)

QUERIES = {
    "cursor": (*CURSORS, *TEXTS[:8]),
    "limit": TEXTS,
    "created_after": (*MOMENTS, *DIGITS),
    "created_before": (*MOMENTS, *DIGITS),
    "expiry": TEXTS,
}
"""Absurd values of the parameters that are more than texts."""

HEADERS = (
    *("prefer", "cancel-after", "last-event-id", "authorization", "content-type", "accept", "origin", "range"),
    *("if-range", "if-none-match", "if-modified-since", "expect", "te", "cookie", "x-http-method-override"),
)

HEADER_VALUES = (
    *TEXTS[:-1],
    *(
        "wait",
        "wait=",
        "wait=0",
        "wait=61",
        "wait=1.5",
        "wait=-1",
        "wait=1, wait=2",
        *(f"wait={d}" for d in DIGITS[:4]),
    ),
    *("5", "4s", "1h1h", "1s1h", "-5s", "5 s", "1d", *(f"{digits}s" for digits in DIGITS[:4])),
    *("1:0", "1:-1", ":", "1:²", *(f"1:{digits}" for digits in DIGITS[:4])),
    *("bytes=", "bytes=-", "bytes=5-1", "bytes=a-b", "bytes=0-,0-,0-", "bytes=-1", "chars=0-1"),
    *(f"bytes={digits}-" for digits in DIGITS[:4]),
    *(f"bytes=0-{digits}" for digits in DIGITS[:4]),
    *("Bearer", "Bearer ", "Basic YTpi", "Token", "text/plain; charset=nonsense", "application/json; charset=utf-16"),
    *("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 500, "a/b/c"),
    *("http://evil.example", "null", "http://[", "http://127.0.0.1@evil.example"),
)

DOCUMENTS = (
    *(b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"{", b"}", b"{]", b'{"a"', b"'a'", b"\xff\xfe{\x00}\x00"),
    *(
        b"\x00",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b'{"version": NaN}',
        b'{"input": {"text": Infinity}}',
        b"\xef\xbb\xbf{}",
    ),
    *(b'{"version": "a", "version": []}', b'{"input": {}, "input": 1}', b'"\\ud800"', b'{"\\ud800": "\\udfff"}'),
    *(
        b'{"version": "\\u0000"}',
        b'{"version": "\xed\xa0\x80"}',
        b'"' + b"a" * 5000 + b'"',
        b"9" * 5000,
        b"1." + b"9" * 5000,
    ),
    *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"[" * 900 + b"]" * 900),
    *(b'{"input": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"input": {"text": ' + b"[" * 400 + b"]" * 400 + b"}}"),
    *(
        b'{"__proto__": {}}',
        b'{"$ref": "file:///etc/passwd"}',
        b'{"": ""}',
        b"a=b&c=d",
        b"<a/>",
        b"--b\r\n\r\n--b--\r\n",
    ),
)
"""Bodies that are no JSON, or JSON that no operation asks for."""

MISFITS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e300, 10**30, 10**400, -(2**63) - 1, "", " ", "\x00", "\ud800", "a" * 70_000),
    *(
        [],
        [[]],
        [None],
        {},
        {"": {}},
        {"$ref": "#"},
        {"$output": "../server.db"},
        {"$output": []},
        "🦩",
        "../..",
        "a/b/c",
    ),
    *(
        "local",
        "local/",
        "/painter",
        "local/painter:",
        "local/painter:\ud800",
        ":",
        "0" * 64,
        "http://",
        "file:///etc/passwd",
    ),
)
"""Values of the wrong kind for any field."""

BODIES: Mapping[str, dict[str, Any]] = {
    "/predictions": {
        "version": "local/hello-world",
        "input": {"text": "x"},
        "webhook_events_filter": ["start"],
        "stream": True,
        "webhook": "",
    },
    "/models": {
        **{"owner": "local", "name": "", "visibility": "private", "hardware": "cpu"},
        **{"description": "x", "readme": "x", "github_url": "", "paper_url": "", "license_url": ""},
    },
    "/deployments": {
        **{"name": "", "model": "local/hello-world", "version": "0" * 64, "hardware": "cpu"},
        **{"min_instances": 0, "max_instances": 1},
    },
    "/trainings": {
        **{"destination": "local/heron", "input": {"text": "x"}},
        **{"webhook": "", "webhook_events_filter": ["start"]},
    },
}
"""By the end of a path: what its operations ask for, or nearly. One field of it becomes a misfit."""

segments = st.sampled_from(SEGMENTS) | st.binary(max_size=40).map(quote_from_bytes).filter(bool)

texts = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8"), max_size=40)

queries = st.lists(
    st.tuples(
        st.sampled_from(PARAMETERS) | texts,
        st.sampled_from((*CURSORS, *MOMENTS)) | texts,
    ).map(lambda pair: f"{quote(pair[0])}={quote(pair[1])}")
    | segments,
    max_size=4,
).map("&".join)

headers = st.lists(
    st.tuples(
        st.sampled_from(HEADERS),
        st.sampled_from([value.replace("\x00", "").strip().encode("utf-8") for value in HEADER_VALUES])
        | st.binary(max_size=40).filter(lambda value: not set(value) & set(b"\r\n\x00")),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
)

values = st.recursive(
    st.sampled_from(MISFITS) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


bodies = (
    st.sampled_from(DOCUMENTS)
    | values.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.sampled_from(sorted(BODIES)).flatmap(
        lambda name: st.builds(
            lambda key, value: json.dumps({**BODIES[name], key: value}).encode(),
            st.sampled_from(sorted(BODIES[name])),
            values,
        )
    )
)

FORM_TYPES = (
    *("multipart/form-data; boundary=b", 'multipart/form-data; boundary="b"', "multipart/form-data; boundary=c"),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=b",
        "multipart/form-data;b;;=",
    ),
    *("application/x-www-form-urlencoded", "application/json", "text/plain", "", "multipart/form-data; boundary=\xe9"),
)

DISPOSITIONS = (
    *(b'form-data; name="content"; filename="a.txt"', b'form-data; name="content"; filename="../../server.db"'),
    *(b'form-data; name="content"; filename="a\x00b"', b'form-data; name="content"; filename=""', b"form-data"),
    *(
        b'form-data; name="content"',
        b'form-data; name="filename"',
        b'form-data; name="type"',
        b'form-data; name="metadata"',
    ),
    *(
        b'form-data; name="metadata"; filename="blob"',
        b'form-data; name="metadata[]"',
        b'form-data; name="metadata[a][b]"',
    ),
    *(
        b'form-data; name="\xff\xfe"; filename="\xff"',
        b'attachment; name="content"',
        b'form-data; name="content"; filename*=x',
    ),
    *(b'form-data; name="content"; filename="' + b"a" * 300 + b'"', b"", b'form-data; name="' + b"n" * 9000 + b'"'),
)

CONTENTS = (
    *(
        b"",
        b"x",
        b"{}",
        b"[]",
        b"NaN",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"null",
        b"\x00",
        b"\xff\xfe",
    ),
    *(b"[" * 100_000, b'{"a":' + b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}", b"--b", b"\r\n--b--\r\n", b"a" * 300),
    *(b"text/html\r\nset-cookie: a=b", "text/plain; é".encode(), b'{"a": 1, "a": 2}', "🦩".encode() * 80),
)

parts = st.tuples(
    st.sampled_from(DISPOSITIONS),
    st.sampled_from((b"", b"content-type: text/plain\r\n", b"content-type: \xff\r\n", b"content-type: text/\x00\r\n")),
    st.sampled_from(CONTENTS) | st.binary(max_size=60),
).map(lambda part: b"--b\r\ncontent-disposition: " + part[0] + b"\r\n" + part[1] + b"\r\n" + part[2] + b"\r\n")

forms = st.builds(
    lambda some, end: b"".join(some) + end,
    st.lists(parts, max_size=4),
    st.sampled_from((b"--b--\r\n", b"", b"--b", b"--b\r\n", b"--c--\r\n", b"--b--\r\ntrailing")),
) | st.binary(max_size=80)
