"""The cast and the ordinary acts are those of the tests of the machinery."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "workflow"))
