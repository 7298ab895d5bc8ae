"""Add lines to an item journal from a CSV or XLSX file, and post them where that is wanted: all or nothing."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from imports import commands
from imports.journal import import_journal
from imports.problems import collect
from work.errors import Refusal, Refused


class Command(BaseCommand):
    help = "Add lines to an item journal from a CSV or XLSX file: rehearsed whole, then all or nothing"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("batch", help="template and batch, such as ITEM/DEFAULT; or a batch of template ITEM")
        commands.add_arguments(parser)
        parser.add_argument("--post", action="store_true", help="post the imported lines as one posting")
        parser.add_argument("--again", action="store_true", help="import a file that was imported before")

    def handle(self, *args: Any, **options: Any) -> None:
        begun, progress = time.monotonic(), commands.ProgressLine()
        user = commands.user_named(options["user"])
        try:
            with collect(options["errors"], show=options["show"]) as problems:
                done = import_journal(
                    options["batch"], options["file"], user=user, work_date=timezone.localdate(), problems=problems,
                    rehearse=options["rehearse"], post=options["post"], again=options["again"], progress=progress,
                )  # fmt: skip
        except (Refusal, Refused) as problem:
            raise commands.refuse(commands.refusals_of(problem)) from None
        finally:
            progress.end()
        if problems.count:
            raise CommandError(commands.explain(problems, options["errors"]))
        verb = f"imported into {done.batch}" if done.written else "rehearsed, nothing was written"
        text = f"{commands.counted(done.rows, 'line')} {verb}"
        if done.posted is not None:
            answer = done.posted
            text += f" and posted in register {answer.register_id}: {answer.item_entries:,} item ledger entries"
            text += f", {answer.value_entries:,} value entries"
        self.stdout.write(f"{text}; {time.monotonic() - begun:.1f} s")
