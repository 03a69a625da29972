"""Parameters of a TLS service, and which engine can serve them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.certificate import CertificateParams
from lab.devices.kind import KindParams
from lab.devices.tls.suites import DEFAULT_SUITES, OPENSSL_TLS13, codes, is_tls13, openssl_names, tlslite_codes

VersionName = Literal["ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"]
EngineName = Literal["openssl", "tlslite"]


class TlsParams(KindParams):
    """What a TLS server accepts and shows."""

    versions: tuple[VersionName, ...] = Field(
        ("tls1.2", "tls1.3"), min_length=1, examples=[["tls1.0", "tls1.2"]], description="accepted ones, no others"
    )
    suites: tuple[str, ...] = Field(
        (),
        examples=[["ECDHE-RSA-AES128-SHA", "TLS_RSA_WITH_RC4_128_SHA"]],
        description="OpenSSL or registry names; empty = usual ones of the versions. Without a TLS 1.3 name among "
        "them, TLS 1.3 keeps its usual three",
    )
    certificate: CertificateParams = Field(
        default_factory=CertificateParams, examples=[{"key": "rsa-1024", "not_after_days": -30}]
    )
    client_auth: Literal["none", "request", "require"] = Field("none", examples=["require"])
    dh_bits: Literal[1024, 2048, 3072] = Field(2048, examples=[1024], description="group of DHE suites")

    @field_validator("suites")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a suite that neither engine serves."""
        if unknown := [name for name in names if name not in codes()]:
            raise PydanticCustomError(
                "unknown_suite", "expected suites the lab can serve, not {names}", {"names": ", ".join(unknown)}
            )
        return names

    @model_validator(mode="after")
    def _servable(self) -> TlsParams:
        """Refuse versions and suites that no engine serves together, or that can never meet."""
        self.engine()
        is_ec = self.certificate.key.startswith("ec")
        usable = [name for name in self.suite_names() if is_tls13(codes()[name]) or _fits_key(name, is_ec=is_ec)]
        has_old = any(version != "tls1.3" for version in self.versions)
        if has_old and not any(not is_tls13(codes()[name]) for name in usable):
            raise PydanticCustomError("suite_key", "expected a suite that fits the certificate's key")
        return self

    def suite_names(self) -> tuple[str, ...]:
        """Give the suites that are served below TLS 1.3 and those named for it."""
        if any(not is_tls13(codes()[name]) for name in self.suites):
            return self.suites
        versions = ("tls1.0" if version == "tls1.1" else version for version in self.versions)
        usual = tuple(name for version in dict.fromkeys(versions) for name in DEFAULT_SUITES.get(version, ()))
        return (*self.suites, *usual)

    def suite_codes(self) -> frozenset[int]:
        """Give the code points of all suites served, TLS 1.3 included."""
        named = frozenset(codes()[name] for name in self.suite_names())
        if "tls1.3" in self.versions:
            return named if any(map(is_tls13, named)) else named | OPENSSL_TLS13
        return frozenset(code for code in named if not is_tls13(code))

    def engine(self) -> EngineName:
        """Give who serves this: OpenSSL where it can, since it is what real servers run.

        Raises: PydanticCustomError when neither can.
        """
        wanted = self.suite_codes()
        old = {code for code in wanted if not is_tls13(code)}
        new = wanted - old
        if "ssl3" not in self.versions and old <= openssl_names().keys() and new in (frozenset(), OPENSSL_TLS13):
            return "openssl"
        if not wanted <= tlslite_codes():
            raise PydanticCustomError("tls_engine", "expected suites that OpenSSL or tlslite-ng serves all together")
        return "tlslite"


def _fits_key(name: str, *, is_ec: bool) -> bool:
    """Tell whether a suite below TLS 1.3 can sign with the key."""
    words = set(name.replace("_", "-").split("-"))
    if words & {"ADH", "AECDH", "ANON"}:
        return True
    return ("ECDSA" in words) == is_ec


def _served_by_openssl(value: TlsParams | bool) -> TlsParams | bool:
    """Refuse what only tlslite-ng serves: it can't take over a connection in the middle."""
    if isinstance(value, TlsParams) and value.engine() != "openssl":
        raise PydanticCustomError("tls_engine", "expected versions and suites that OpenSSL serves")
    return value


Upgrade = Annotated[TlsParams | bool, AfterValidator(_served_by_openssl)]
"""TLS that a service in clear text moves to: its parameters, true for the usual ones, false for none."""
UPGRADE: Final = "parameters of `tls` for the TLS it moves to when asked; true = TLS 1.2 and 1.3; false = not offered"
