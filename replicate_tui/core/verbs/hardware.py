"""The Session's verbs on hardware: what there is, what it costs, and whether a name is one of it."""

from replicate_tui.api.resources import Hardware
from replicate_tui.core.costs.hardware_guide import Choice, choices
from replicate_tui.core.costs.hardware_seen import HardwareSeen
from replicate_tui.core.models.nearness import did_you_mean, near
from replicate_tui.core.parts import Parts


class HardwareVerbs(Parts):
    """Answers what models can run on."""

    async def hardware(self) -> tuple[Hardware, ...]:
        """What models can run on."""
        return await self.client.hardware()

    def hardware_choices(self, hardware: tuple[Hardware, ...]) -> tuple[Choice, ...]:
        """The hardware with what it costs and what it is good for."""
        return choices(hardware, self.settings.prices)

    async def check_hardware(self, sku: str) -> None:
        """Ask whether there is such hardware.

        Raises:
            ValueError: there is none; the message names those that are nearly called so, else every one.
        """
        skus = [each.sku for each in await self.hardware()]
        if sku in skus:
            return
        hint = did_you_mean(near(sku, skus)) or f"there is {', '.join(skus)}"
        raise ValueError(f"there is no hardware {sku!r}: {hint}")

    @property
    def hardware_seen(self) -> HardwareSeen:
        """Which hardware deployments and models were seen to run on."""
        return HardwareSeen(self.store.database, self.settings.host)
