"""What those have loaded that are forked in the tests: everything that takes an interpreter long at its start."""

from __future__ import annotations

import psycopg
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.sqlite

import gongxiang.cli
import gongxiang.clock
import gongxiang.workflow.engine
import gongxiang.workflow.running
from gongxiang import rules

LOADED = (psycopg, sqlalchemy, gongxiang, rules.rule_book("decree-330"))
