"""A TLS policy as a file: its form, and the reading of one that a site has among its own documents.

Shipped policies have the same form (a contract test holds them to it); what the parameters mean, the checks say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo

from sekisho.intake.config import fields as f
from sekisho.intake.config.models import Table
from sekisho.intake.config.problems import FILE, report
from sekisho.intake.config.read import read_toml
from sekisho.intake.known import Known
from sekisho.intake.remarks import Remarks
from sekisho.model.engagement import Origin

_FOLDER: Final = "documents/"
_PLACE: Final = "assess.tls_policy"
_Version = Literal["ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"]
_Bits = Annotated[int, Field(gt=0)]


def _suite(value: object, info: ValidationInfo) -> str:
    """Take the registered name of a cipher suite."""
    known: frozenset[str] = (info.context or {}).get("suites", frozenset())
    if not isinstance(value, str) or not value.startswith("TLS_") or (known and value not in known):
        raise f.refuse("suite")
    return value


_Suite = Annotated[str, BeforeValidator(_suite)]


class TitleTable(Table):
    """Name for people, in both languages."""

    ja: f.Text
    en: f.Text


class VersionsTable(Table):
    """[check."tls.min-version"]. required: "" where no version has to be accepted."""

    floor: _Version
    required: Literal["", "ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"]


class CertificateTable(Table):
    """[check."tls.certificate"]."""

    rsa_bits: _Bits
    ec_bits: _Bits
    weak_hashes: list[f.Text]


class SuitesTable(Table):
    """[check."tls.cipher-suites"]. tls12: of TLS 1.2 and all before it."""

    tls12: list[_Suite]
    tls13: list[_Suite]


class ExchangeTable(Table):
    """[check."tls.key-exchange"]."""

    dhe_bits: _Bits
    curve_bits: _Bits
    forward_secrecy: bool


class ChecksTable(Table):
    """[check]: one table for each check that takes its parameters from the policy."""

    versions: Annotated[VersionsTable, Field(alias="tls.min-version")]
    certificate: Annotated[CertificateTable, Field(alias="tls.certificate")]
    suites: Annotated[SuitesTable, Field(alias="tls.cipher-suites")]
    exchange: Annotated[ExchangeTable, Field(alias="tls.key-exchange")]


class EntryTable(Table):
    """[[entry]]: one value, where it comes from, and whether it was read there.

    check: id of the check that judges by it, "" for what no check judges.
    """

    item: f.Text
    check: Literal["", "tls.min-version", "tls.certificate", "tls.cipher-suites", "tls.key-exchange"]
    value: Annotated[list[f.Text], Field(min_length=1)]
    rule: Literal["required", "allowed", "forbidden"]
    verified: bool
    source: f.Text


class PolicyFile(Table):
    """The whole file."""

    id: f.Text
    edition: f.Text
    title: TitleTable
    source: f.Text
    check: ChecksTable
    entry: Annotated[list[EntryTable], Field(default_factory=list)]


_TABLES: Final[dict[str, type[Table]]] = {
    "": PolicyFile, "title": TitleTable, "check": ChecksTable, "check.tls.min-version": VersionsTable,
    "check.tls.certificate": CertificateTable, "check.tls.cipher-suites": SuitesTable,
    "check.tls.key-exchange": ExchangeTable, "entry": EntryTable,
}  # fmt: skip


def is_own(name: str) -> bool:
    """Tell whether a policy is named by a path, not by the name of a shipped one."""
    return "/" in name or name.endswith(".toml")


def check_own_policy(raw: dict[str, Any], file: str, known: Known, remarks: Remarks) -> None:
    """Report everything wrong with the tables of a policy."""
    try:
        PolicyFile.model_validate(raw, context={"suites": known.suites})
    except ValidationError as error:
        report(error, remarks, file=file, tables=_TABLES)


def read_own_policy(folder: Path, name: str, *, known: Known, remarks: Remarks) -> dict[str, Any] | None:
    """Read a site's own policy below documents/, where digests are kept; None (and a problem) where there is none."""
    if not name.startswith(_FOLDER) or ".." in Path(name).parts:
        remarks.wrong(Origin(FILE, _PLACE), name, "cross.tls_outside")
        return None
    if not (folder / name).is_file():
        remarks.wrong(Origin(FILE, _PLACE), name, "cross.tls_file", known=" ".join(sorted(known.tls)))
        return None
    raw = read_toml(folder / name, name, remarks)
    if raw is not None:
        check_own_policy(raw, name, known, remarks)
    return raw
