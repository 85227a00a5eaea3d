"""`python -m tests.faults.workload`: see `working`. Its wall clock can be set, for all that is imported after this."""

import time
from collections.abc import Callable


def settable_clock() -> Callable[[float], None]:
    """Take the place of `time.time`; what this gives sets it so many seconds forward."""
    true_time, shift = time.time, 0.0

    def set_clock(seconds: float) -> None:
        nonlocal shift
        shift = seconds

    time.time = lambda: true_time() + shift
    return set_clock


if __name__ == "__main__":
    set_clock = settable_clock()
    from tests.faults.working import main

    main(set_clock)
