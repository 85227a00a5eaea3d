"""A batch as one writes it with the official Python client 1.x: threads that take rows from a list.

`python batch_replicate_1.py BASE ROWS THREADS WAY`, the way being `run` (the request is held until the end) or `poll`
(created, then asked for again and again). Prints the seconds that all rows took.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import replicate


def main(base: str, rows: int, threads: int, way: str) -> None:
    client = replicate.Client("r8_of_the_bench", base_url=base)

    def held(_: int) -> str:
        return str(client.run("local/sleeper", input={"seconds": 1}))

    def polled(_: int) -> str:
        prediction = client.models.predictions.create("local/sleeper", input={"seconds": 1})
        prediction.wait()
        return str(prediction.output)

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        outputs = list(pool.map(held if way == "run" else polled, range(rows)))
    assert outputs == ["slept 1.0 s"] * rows, outputs
    sys.stdout.write(f"{time.perf_counter() - began}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
