"""The commands of the command line by group; `gongxiang.cli` is their entry."""
