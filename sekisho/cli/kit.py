"""Loading what judges a folder: checks, checklists, policies, fingerprints, service tables, lifecycle data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import checks
from sekisho.assessment.kit import DataSet, Kit
from sekisho.assessment.profile import check_policy_uses, parse_checklist, parse_policy
from sekisho.cli.compose import all_scanners, read_folder
from sekisho.intake.load import Intake
from sekisho.intake.policy import is_own
from sekisho.intake.roots import read_roots
from sekisho.inventory.fingerprints import parse_fingerprints
from sekisho.inventory.lifecycle_data import parse_bundle
from sekisho.inventory.management import parse_management
from sekisho.inventory.needs import parse_legacy
from sekisho.inventory.take import Knowledge
from sekisho.messages.both import both
from sekisho.model.engagement import Engagement
from sekisho.model.roots import RootStore
from sekisho.profile_files import load_fragility, profile_names, read_profile
from sekisho.registry import Check, Scanner, discover_checks


@dataclass(frozen=True, slots=True)
class Loaded:
    """An engagement folder, read and wired."""

    folder: Path
    intake: Intake
    kit: Kit

    @property
    def engagement(self) -> Engagement:
        """What the documents say."""
        return self.intake.engagement


def load(folder: Path, *, lang: str) -> Loaded:
    """Read a folder and wire what judges it. Raises: InputError, ProfileError."""
    intake = read_folder(folder, lang=lang)
    name = intake.engagement.tls_policy
    own = {name: tomllib.loads((folder / name).read_text("utf-8-sig"))} if is_own(name) else {}
    store = intake.engagement.root_store
    roots = read_roots(store, (folder / store).read_bytes()) if store else None
    kit = load_kit(scanners=all_scanners(), checks=discover_checks(checks), own_policies=own, roots=roots)
    return Loaded(folder, intake, kit)


def load_kit(
    *,
    scanners: Mapping[str, Scanner],
    checks: Mapping[str, Check[Any]],
    own_policies: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    roots: RootStore | None = None,
) -> Kit:
    """Read every shipped profile; the engagement chooses among them later.

    own_policies: tables of TLS policies that a site has among its documents, by the path that the engagement names.
    roots: those that it chose.
    Raises: ProfileError.
    """
    checklists = {
        n: parse_checklist(read_profile("checklists", f"{n}.toml"), checks, where=f"checklists/{n}.toml")
        for n in profile_names("checklists")
    }
    policies = {
        n: parse_policy(read_profile("tls", f"{n}.toml"), checks, where=f"tls/{n}.toml") for n in profile_names("tls")
    }
    policies |= {n: parse_policy(document, checks, where=n) for n, document in own_policies.items()}
    check_policy_uses(checklists.values(), policies.values())
    products, eol, kev = (read_profile("lifecycle", f"{n}.toml") for n in ("products", "eol", "kev"))
    return Kit(
        scanners=scanners,
        checks=checks,
        checklists=checklists,
        policies=policies,
        knowledge=Knowledge(
            fingerprints=parse_fingerprints(
                (n, read_profile("fingerprints", f"{n}.toml")) for n in profile_names("fingerprints")
            ),
            management=parse_management(read_profile("services", "management.toml")),
            legacy=parse_legacy(read_profile("services", "legacy.toml")),
            lifecycle=parse_bundle(products, eol, kev),
            roots=roots,
        ),
        fragility=load_fragility(),
        data=(_data_set("eol", eol, "cycle"), _data_set("kev", kev, "kev")),
    )


def _data_set(name: str, document: Mapping[str, Any], rows: str) -> DataSet:
    """Name a data set with its age, as the report shows it."""
    return DataSet(name, str(document["data_date"]), len(document[rows]), both(f"cli.data.{name}"))
