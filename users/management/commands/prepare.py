"""Bring database, roles and static files to what this version needs."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate, write the roles and collect the static files: run it before a new version starts."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("sync_roles", stdout=self.stdout)
        call_command("collectstatic", interactive=False, verbosity=0)
