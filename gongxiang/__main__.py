"""`python -m gongxiang` and the `gongxiang` command."""

from gongxiang.cli import main

if __name__ == "__main__":
    main()
