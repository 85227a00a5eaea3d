"""How long until something is looked at again: judged by its age on our own clock, and by its model's usual time."""

import math

FASTEST = 0.5
"""Seconds between two looks at a followed run, at the least."""
SLOWEST = 5.0
"""Seconds between two looks at a followed run, at the most; also at one whose stream tells the news."""
PAGES_ACTIVE = 2.0
"""Seconds between two list pages while anything is active."""
PAGES_IDLE = 15.0
"""Seconds between two list pages while nothing is, as far as we know."""

_SLOWING = 30.0
"""A run is looked at again after this part of its age."""
_EXACTNESS = 20.0
"""Near its usual end a run is looked at again after this part of its usual time."""
_EARLY, _LATE = 0.8, 2.0
"""From when until when an end is near, in usual times: what it waited for a machine is not in them."""


def followed(age: float, usual: float | None = None) -> float:
    """Seconds until a followed run is looked at again.

    `age` is in seconds since we first saw it active, `usual` the seconds that its model's runs take, if known.
    """
    interval = age / _SLOWING
    if usual is not None and 0.0 < usual < math.inf:
        near = _EARLY * usual
        if age < near:
            interval = min(interval, near - age)
        elif age <= _LATE * usual:
            interval = min(interval, usual / _EXACTNESS)
    return min(SLOWEST, max(FASTEST, interval))


def pages(active: bool) -> float:
    """Seconds until the list is read again; `active` says whether any run is."""
    return PAGES_ACTIVE if active else PAGES_IDLE
