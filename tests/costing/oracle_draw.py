"""Random worlds and random lists of steps. What a step is about is chosen when it is its turn (`oracle_steps`)."""

import random
from dataclasses import dataclass
from decimal import Decimal

from tests.costing.oracle_book import METHODS, ItemWorld, World

KINDS = {
    "purchase": 10, "receive": 8, "invoice": 14, "positive": 4, "sale": 12, "ship": 8, "sale_of": 4, "negative": 3,
    "vendor_return": 4, "free_vendor_return": 3, "customer_return": 6, "free_customer_return": 2, "put_right": 1,
    "charge": 8, "transfer": 6, "transfer_of": 2, "transfer_ship": 4, "transfer_receive": 6, "undo": 5, "assemble": 4,
    "consume": 6, "put_back": 3, "output": 6, "capacity": 4, "finish": 5, "revalue_entry": 3, "revalue_remaining": 3,
    "revalue_item": 4, "relink": 4, "set_standard": 1, "drop": 3, "unmake": 3,
}  # fmt: skip
THEMES = (
    (), ("receive", "invoice", "ship", "charge", "undo", "drop"),
    ("vendor_return", "customer_return", "free_vendor_return", "put_right"),
    ("transfer", "transfer_ship", "transfer_receive", "transfer_of", "charge"),
    ("consume", "output", "put_back", "unmake", "capacity", "finish", "assemble"),
    ("revalue_entry", "revalue_remaining", "revalue_item", "set_standard"), ("relink", "sale_of", "vendor_return"),
)  # fmt: skip
CLOSING = ("receive_all", "finish_all", "sell_all", "invoice_all")


@dataclass(frozen=True)
class Step:
    kind: str
    seed: int


def random_world(chance: random.Random) -> World:
    return World(
        (_random_item(chance, METHODS), _random_item(chance, METHODS[:4])),
        chance.choice(("day", "week", "month", "quarter", "year")), chance.random() < 0.5,
    )  # fmt: skip


def _random_item(chance: random.Random, methods: tuple[str, ...]) -> ItemWorld:
    return ItemWorld(
        chance.choice(methods), Decimal(chance.choice(("0", "0", "10", "11.33"))),
        Decimal(chance.choice(("0", "0", "1", "0.33333"))), Decimal(chance.choice(("5.5", "1.33333", "12"))),
    )  # fmt: skip


def random_steps(chance: random.Random, most: int = 24) -> list[Step]:
    """Some stock, then anything, with more of what belongs together; at the end, often, all is sold and invoiced."""
    theme = chance.choice(THEMES)
    weights = [weight * (4 if kind in theme else 1) for kind, weight in KINDS.items()]
    kinds = chance.choices(list(KINDS), weights, k=chance.randint(4, most))
    first = chance.choices(["purchase", "receive"], k=chance.randrange(1, 4))
    last = list(CLOSING) if chance.random() < 0.4 else []
    return [Step(kind, chance.randrange(2**32)) for kind in first + kinds + last]
