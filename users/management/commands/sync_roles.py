"""Write the roles of `users/roles.py` into the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users.roles import sync_roles


class Command(BaseCommand):
    help = "Bring groups and their permissions to what users/roles.py says."

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = sync_roles()
        if unknown:
            raise CommandError(f"Roles name permissions that do not exist: {', '.join(unknown)}")
        self.stdout.write("Roles are in step.")
