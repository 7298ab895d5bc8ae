"""The company's choices, read once at the top of a verb and passed down."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import OperationalError, connection
from psycopg import errors

from inventory.errors import SetupBusy
from work.errors import Refused
from work.statements import Question, answer_to

LONGEST_WAIT = "10s"


@dataclass(frozen=True, slots=True)
class Setup:
    """The values of `InventorySetup` as they were read."""

    amount_rounding: Decimal
    unit_cost_rounding: Decimal
    automatic_cost_posting: bool
    expected_cost_posting: bool
    automatic_cost_adjustment: str
    average_cost_calculation: str
    average_cost_period: str
    prevent_negative_inventory: bool
    location_mandatory: bool
    variant_mandatory_if_exists: bool
    earliest_valuation_date: date | None
    allow_posting_from: date | None
    allow_posting_to: date | None


def read_setup(*, lock: bool = False) -> Setup:
    """One statement. `lock` shares the row until the transaction ends, so that no period closes meanwhile.

    It also bounds every wait for a lock that follows in the transaction (decision 13).
    """
    return answer_to(setup_question(lock=lock))


def setup_question(*, lock: bool = False) -> Question[Setup]:
    """The same, to be asked together with others."""
    assert not lock or connection.in_atomic_block
    return Question(
        _READ.format(wait=_BOUND, lock=" FOR SHARE") if lock else _READ.format(wait="", lock=""),
        [],
        lambda rows: Setup(rows[0][0].normalize(), rows[0][1].normalize(), *rows[0][2:13]),
    )


def lock_setup() -> None:
    """Wait until no posting runs, and keep others from starting: for closing periods and changing setup.

    Raises `Refused` when they do not end in time.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
            cursor.execute("SELECT id FROM inventory_inventorysetup FOR UPDATE")
    except OperationalError as problem:
        if isinstance(problem.__cause__, errors.LockNotAvailable):
            raise Refused([SetupBusy()]) from problem
        raise


_READ = """
    SELECT amount_rounding, unit_cost_rounding, automatic_cost_posting, expected_cost_posting,
           automatic_cost_adjustment, average_cost_calculation, average_cost_period, prevent_negative_inventory,
           location_mandatory, variant_mandatory_if_exists, earliest_valuation_date, allow_posting_from,
           allow_posting_to{wait}
      FROM inventory_inventorysetup{lock}
"""
_BOUND = f", set_config('lock_timeout', '{LONGEST_WAIT}', true)"
