"""The coordinators' command line: parse, call one service function, print."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
