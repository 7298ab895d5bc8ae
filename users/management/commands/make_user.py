"""Make a user, such as the first administrator of a new installation."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.accounts import make_user
from users.models import User
from users.roles import ADMINISTRATOR, ROLES, sync_roles


class Command(BaseCommand):
    help = "Make a user with roles. The password is asked for, or read from standard input where that is no terminal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="first and last name")
        parser.add_argument("--role", action="append", default=[], choices=[*ROLES, ADMINISTRATOR], dest="roles")

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        if User.objects.filter(username=username).exists():
            raise CommandError(f"There is a user {username} already. manage.py changepassword sets a new password.")
        if not options["roles"]:
            raise CommandError("Give at least one --role, such as --role administrator.")
        password = _ask()
        try:
            validate_password(password, User(username=username))
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        sync_roles()
        make_user(username, roles=options["roles"], password=password, name=options["name"])
        self.stdout.write(f"{username} can log in as {', '.join(options['roles'])}.")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Password again: "):
        raise CommandError("The two passwords differ. Nothing was made.")
    return first
