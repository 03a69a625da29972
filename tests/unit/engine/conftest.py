"""The private segment of the gate's tests, for whole surveys."""

from __future__ import annotations

from tests.unit.gate.conftest import segment

__all__ = ["segment"]
