"""Create and change items from a CSV or XLSX file: all or nothing."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from imports import commands
from imports.items import import_items
from imports.problems import collect
from work.errors import Refusal, Refused


class Command(BaseCommand):
    help = "Create and change items from a CSV or XLSX file: rehearsed whole, then all or nothing"

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        begun, progress = time.monotonic(), commands.ProgressLine()
        user = commands.user_named(options["user"])
        try:
            with collect(options["errors"], show=options["show"]) as problems:
                done = import_items(
                    options["file"], user=user, problems=problems, rehearse=options["rehearse"], progress=progress
                )
        except (Refusal, Refused) as problem:
            raise commands.refuse(commands.refusals_of(problem)) from None
        finally:
            progress.end()
        if problems.count:
            raise CommandError(commands.explain(problems, options["errors"]))
        verb = "imported" if done.written else "rehearsed, nothing was written"
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in done.outcomes.items())
        self.stdout.write(f"{commands.counted(done.rows, 'item')} {verb}: {counts}; {time.monotonic() - begun:.1f} s")
