"""Reads the profiles that the core itself needs: pace and fragility. Site-owned files work like shipped ones."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sekisho.errors import ProfileError
from sekisho.model.engagement import Method
from sekisho.model.fragility import FragilityBy, FragilityRule
from sekisho.model.pace import CONNECTION_S, HOST_S, JOB_S, Pace
from sekisho.model.tiers import Tier

SHIPPED_PACES: Final = ("gentle", "standard", "lab")
_MOST_T1_PORTS: Final = 20  # design: T1


class _PaceFile(BaseModel):
    """A pace file as written; extra keys (source, notes) are for people."""

    model_config = ConfigDict(extra="ignore")

    name: str
    unknown_tier: str
    ceiling: str
    packets_per_s: int = Field(gt=0)
    segment_packets_per_s: int = Field(gt=0)
    host_packets_per_s: int = Field(ge=5)  # one connection's worst case must fit into one second
    connections_per_s: int = Field(gt=0)
    open_per_host: int = Field(gt=0)
    budget: list[int | str] = Field(min_length=3, max_length=3)
    t1_ports: list[int] = Field(max_length=_MOST_T1_PORTS)
    t2_ports: list[int]
    connect_timeout_s: float = Field(gt=0, lt=1)  # below the kernel's first SYN retransmission
    read_timeout_s: float = Field(gt=0)
    connection_s: float = Field(default=CONNECTION_S, gt=0)
    job_s: float = Field(default=JOB_S, gt=0)
    host_s: float = Field(default=HOST_S, gt=0)
    raw_syn: bool = False
    silent_ports: int = Field(default=0, ge=0)
    tls: Literal["quick", "full", "signatures"] = "quick"


class _FragilityRow(BaseModel):
    """One rule as written."""

    model_config = ConfigDict(extra="forbid")

    by: FragilityBy
    match: str | int
    tier: str
    source: str
    whole: bool = False
    unless: tuple[str, ...] = ()
    lifted_by: Method | None = None


def read_profile(*path: str) -> dict[str, Any]:
    """Read one shipped profile file. Raises: ProfileError when it is missing or no TOML."""
    place = files("profiles").joinpath(*path)
    try:
        return tomllib.loads(place.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        msg = f"profiles/{'/'.join(path)}: {error}"
        raise ProfileError(msg) from error


def profile_names(folder: str) -> tuple[str, ...]:
    """Give the names of all TOML files in one folder of the profiles, without suffix."""
    names = (f.name for f in files("profiles").joinpath(folder).iterdir())
    return tuple(sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml")))


def load_pace(name: str, *, folder: Path | None = None) -> Pace:
    """Read a pace profile by name, or by path (relative to the engagement folder).

    Raises: ProfileError naming file and field.
    """
    if name in SHIPPED_PACES:
        raw, where = read_profile("pace", f"{name}.toml"), f"profiles/pace/{name}.toml"
    else:
        path = (folder or Path()) / name
        where = str(path)
        try:
            raw = tomllib.loads(path.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            msg = f"pace profile {name}: {error}"
            raise ProfileError(msg) from error
    try:
        return _pace(_PaceFile.model_validate(raw))
    except (ValidationError, ValueError) as error:
        msg = f"{where}: {error}"
        raise ProfileError(msg) from error


def _pace(file: _PaceFile) -> Pace:
    """Turn a checked file into a pace; the budget word "none" means no budget."""
    budgets = tuple(None if isinstance(b, str) else b for b in file.budget)
    return Pace(
        name=file.name,
        unknown_tier=Tier.parse(file.unknown_tier),
        ceiling=Tier.parse(file.ceiling),
        packets_per_s=file.packets_per_s,
        segment_packets_per_s=file.segment_packets_per_s,
        host_packets_per_s=file.host_packets_per_s,
        connections_per_s=file.connections_per_s,
        open_per_host=file.open_per_host,
        budget=(budgets[0], budgets[1], budgets[2]),
        t1_ports=tuple(file.t1_ports),
        t2_ports=tuple(file.t2_ports),
        connect_timeout_s=file.connect_timeout_s,
        read_timeout_s=file.read_timeout_s,
        raw_syn=file.raw_syn,
        connection_s=file.connection_s,
        job_s=file.job_s,
        host_s=file.host_s,
        silent_ports=file.silent_ports,
        tls=file.tls,
    )


def load_fragility() -> tuple[FragilityRule, ...]:
    """Read the shipped fragility rules. Raises: ProfileError."""
    try:
        rows = [_FragilityRow.model_validate(r) for r in read_profile("fragility.toml").get("rule", [])]
        return tuple(
            FragilityRule(r.by, str(r.match), Tier.parse(r.tier), r.source, r.whole, r.unless, r.lifted_by)
            for r in rows
        )
    except (ValidationError, ValueError) as error:
        msg = f"profiles/fragility.toml: {error}"
        raise ProfileError(msg) from error
