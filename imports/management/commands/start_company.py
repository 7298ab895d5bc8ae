"""Bring what a company must have before it can post."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from imports.company import start_company


class Command(BaseCommand):
    help = "Make a chart of accounts, posting groups and setups, a unit and the journals, as far as they are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="the company's name")

    def handle(self, *args: Any, **options: Any) -> None:
        start_company(options["name"], user=None)
        self.stdout.write("The company can post: groups RETAIL and RESALE, journals ITEM/DEFAULT and RECLASS/DEFAULT.")
