"""`python -m gongxiang` and the `gongxiang` command."""

import sys


def main() -> None:
    """Run the command line; an interruption before it stands, or while it is taken down, ends with 130 as well."""
    try:
        from gongxiang.cli import main as run

        run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            english = "--lang=en" in sys.argv or ("--lang", "en") in zip(sys.argv, sys.argv[1:], strict=False)
            sys.stderr.write("interrupted\n" if english else "已中断\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
