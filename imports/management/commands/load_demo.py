"""Load the demo company into an empty database."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from imports.demo.catalogue import PEOPLE
from imports.demo.load import YEAR, NotEmpty, begin, load_demo


class Command(BaseCommand):
    help = "Load a trading company with a year of history into an empty database, and print its logins once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor", type=date.fromisoformat, help="the day the history ends (default: this month's first)"
        )
        parser.add_argument("--weeks", type=int, default=YEAR, help="how many weeks of history")
        parser.add_argument("--background", action="store_true", help="leave the history to a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        anchor = options["anchor"] or timezone.localdate().replace(day=1)
        try:
            if options["background"]:
                password, _ = begin(anchor=anchor, weeks=options["weeks"])
            else:
                password, loaded = load_demo(anchor=anchor, weeks=options["weeks"], progress=self._progress)
                self.stderr.write(f"\n{loaded}")
        except NotEmpty as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(_logins(password))

    def _progress(self, done: int, total: int, message: str) -> None:
        self.stderr.write(f"\r{done} of {total}: {message}   ", ending="")


def _logins(password: str) -> str:
    people = "\n".join(f"    {name:<6} {full_name}, {role}" for name, (full_name, role) in PEOPLE.items())
    return f"  The demo company. Everybody's password is {password}\n{people}\n"
