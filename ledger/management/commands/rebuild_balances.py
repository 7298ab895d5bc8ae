"""Compute the projections anew from the book."""

from typing import Any

from django.core.management.base import BaseCommand

from ledger.rebuild import rebuild_balances


class Command(BaseCommand):
    help = "Bring balances and item states to what the ledgers say."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_balances()} rows were brought into step.")
