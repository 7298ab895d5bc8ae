"""Check every invariant of the book."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.audit import CHECKS, audit_ledger


class Command(BaseCommand):
    help = "Check every invariant of the book; ends with an error that names the rows when one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit_ledger()
        if findings:
            raise CommandError("\n".join(map(str, findings)))
        self.stdout.write(f"The books are sound: {len(CHECKS)} checks.")
