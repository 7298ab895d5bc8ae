#!/usr/bin/env python3
"""Turn the Northwind CSV files into two import files: items.csv and journal.csv.

    python examples/northwind.py DIR [OUT]

DIR holds products.csv, orders.csv and order-details.csv. Each product
becomes an item; one purchase on 1996-07-01 brings in all that was ever sold and what is in stock, at 70 % of the
list price; each order line becomes a sale on its order date, at quantity times price less discount.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

OPENING = "1996-07-01"
SHARE = Decimal("0.7")
CENT = Decimal("0.01")


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def cents(amount: Decimal) -> Decimal:
    """Rounded half away from zero, as Stockledger rounds."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def number_of(product_id: str) -> str:
    """NW-01 and so on: an item number begins with what tells where it came from."""
    return f"NW-{int(product_id):02d}"


def items(products: list[dict[str, str]]) -> Iterator[dict[str, object]]:
    for product in products:
        yield {
            "Item No.": number_of(product["productID"]),
            "Description": product["productName"],
            "Base Unit of Measure": "PCS",
            "Costing Method": "FIFO",
            "Gen. Prod. Posting Group": "RETAIL",
            "Inventory Posting Group": "RESALE",
            "Unit Price": product["unitPrice"],
        }


def journal(
    products: list[dict[str, str]], orders: list[dict[str, str]], details: list[dict[str, str]]
) -> Iterator[dict[str, object]]:
    """The opening purchase, then the sales as they were ordered, each order one document."""
    sold: dict[str, int] = defaultdict(int)
    for line in details:
        sold[line["productID"]] += int(line["quantity"])
    for product in products:
        quantity = sold[product["productID"]] + int(product["unitsInStock"])
        if quantity:
            cost = cents(Decimal(product["unitPrice"]) * SHARE * quantity)
            yield row(OPENING, "Purchase", "OPENING", product["productID"], quantity, cost)
    dates = {order["orderID"]: order["orderDate"][:10] for order in orders}
    for line in sorted(details, key=lambda line: (dates[line["orderID"]], int(line["orderID"]))):
        quantity = int(line["quantity"])
        amount = cents(quantity * Decimal(line["unitPrice"]) * (1 - Decimal(line["discount"])))
        yield row(dates[line["orderID"]], "Sale", f"SO-{line['orderID']}", line["productID"], quantity, amount)


def row(day: str, kind: str, document: str, product_id: str, quantity: int, amount: Decimal) -> dict[str, object]:
    return {
        "Posting Date": day, "Entry Type": kind, "Document No.": document, "Item No.": number_of(product_id),
        "Quantity": quantity, "Amount": amount,
    }  # fmt: skip


def write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    print(f"{path}: {len(rows):,} rows")


def main(folder: Path, out: Path) -> None:
    products, orders, details = (read(folder, f"{name}.csv") for name in ("products", "orders", "order-details"))
    out.mkdir(parents=True, exist_ok=True)
    write(out / "items.csv", list(items(products)))
    write(out / "journal.csv", list(journal(products, orders, details)))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) == 3 else "."))
