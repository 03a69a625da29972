"""Register matches as tests of the register checks need them."""

from dataclasses import replace

from sekisho.model.facts import LineMatch, RegisterMatch

LISTED = RegisterMatch(declared=True, observed=True, asked=True, numbers=("NW-001",), state="in_use")
UNLISTED = replace(LISTED, declared=False, numbers=(), state="unknown", device_row=False)
SILENT = replace(LISTED, observed=False)
UNASKED = replace(SILENT, asked=False)
BY_LINE_ONLY = replace(SILENT, numbers=("L-01",), device_row=False)
RETIRED = replace(LISTED, state="disposed")
LINE = LineMatch(
    number="L-01",
    kinds=("K1",),
    observed=True,
    asked=True,
    state="in_use",
    remote_maintenance="",
    source_restriction="",
    owner="情報課",
    counterpart="ISP",
)
