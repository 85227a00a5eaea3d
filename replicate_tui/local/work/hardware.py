"""Hardware: kinds of machines that are all this machine's CPU, and differ in how much runs at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from replicate_tui.local.work.limits import Limits
from replicate_tui.local.work.pool import Pool

GPU_SLOTS: Mapping[str, tuple[str, int]] = {
    "gpu-t4": ("Nvidia T4 GPU", 8),
    "gpu-l40s": ("Nvidia L40S GPU", 4),
    "gpu-a100-large": ("Nvidia A100 (80GB) GPU", 2),
    "gpu-h100": ("Nvidia H100 GPU", 1),
}
"""SKUs with their names, and how many runs work at once on each."""


class Machines:
    """All kinds of hardware, `cpu` with so many slots. What no deployment runs shares its workers here.

    Workers that have nothing to do end after `idle_seconds`.
    """

    def __init__(self, cpu_slots: int, idle_seconds: float) -> None:
        counts = {"cpu": cpu_slots, **{sku: count for sku, (_, count) in GPU_SLOTS.items()}}
        self._idle_seconds = idle_seconds
        self._limits = Limits()
        self.slots = {sku: asyncio.Semaphore(count) for sku, count in counts.items()}
        self._shared = {sku: self.pool(sku, count) for sku, count in counts.items()}

    def __contains__(self, sku: str) -> bool:
        return sku in self.slots

    def pool(self, sku: str, limit: int, keep: int = 0) -> Pool:
        """A new pool of workers on this hardware, whose slots it shares with all others there; the caller ends it."""
        return Pool(limit, self._idle_seconds, hardware=self.slots[sku], limits=self._limits, keep=keep)

    def shared(self, sku: str) -> Pool:
        """Where runs on this hardware work that belong to no deployment."""
        return self._shared[sku]

    async def close(self) -> None:
        """End the workers that are shared."""
        await asyncio.gather(*(pool.close() for pool in self._shared.values()))


def listed() -> list[dict[str, str]]:
    """The hardware objects of the API."""
    pretended = [
        {"sku": sku, "name": f"{name} (pretend: this machine's CPU, {count} at once)"}
        for sku, (name, count) in GPU_SLOTS.items()
    ]
    return [{"sku": "cpu", "name": "CPU (this machine's)"}, *pretended]
