"""The command line."""

import argparse
import sys

from devstack.guard import services
from devstack.supervisor import up


def main() -> int:
    """Run what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m devstack")
    commands = parser.add_subparsers(dest="command", required=True)
    guard = commands.add_parser("services", help="start the servers and stop them when stdin closes")
    guard.add_argument("--ephemeral", action="store_true", help="keep nothing: for tests")
    guard.add_argument("--state", help="where data is kept")
    whole = commands.add_parser("up", help="servers, web, worker and beat, restarted when they die")
    whole.add_argument("--state", help="where data is kept")
    asked = parser.parse_args()
    if asked.command == "services":
        return services(ephemeral=asked.ephemeral, state=asked.state)
    return up(state=asked.state)


if __name__ == "__main__":
    sys.exit(main())
