"""What master data refuses."""

from decimal import Decimal

from inventory.numbers import plain
from work.errors import Refusal


class QuantityTooFine(Refusal):
    """A quantity that cannot be counted in whole precisions."""

    code = "quantity_too_fine"

    def __init__(self, quantity: Decimal, precision: Decimal) -> None:
        super().__init__(
            f"{plain(quantity)} is finer than {plain(precision)}, the precision it is counted in. Round it.",
            field="quantity",
            quantity=plain(quantity),
            precision=plain(precision),
        )


class SetupBusy(Refusal):
    """Postings run for longer than a change of setup waits."""

    code = "setup_busy"

    def __init__(self) -> None:
        super().__init__("Postings are running that read the setup. Nothing was changed; try again in a moment.")


class NumberRefused(Refusal):
    """A number series that gives no number; the code says why."""
