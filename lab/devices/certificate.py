"""What a scenario says of a certificate."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

from cryptography import x509
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

KeyName = Literal["rsa-1024", "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521"]
SignatureName = Literal["md5", "sha1", "sha256", "sha384", "sha512"]
BROKEN_SIGNATURES = ("md5", "sha1")
DEFAULT_START_DAYS = -30


class CertificateParams(BaseModel):
    """Key, signature, dates and names of a service's certificate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: KeyName = Field("rsa-2048", examples=["rsa-1024"])
    signature: SignatureName = Field("sha256", examples=["sha1"], description="hash in the issuer's signature")
    not_before_days: int = Field(
        DEFAULT_START_DAYS, examples=[-400], description="days from today; unless given, a year before an earlier end"
    )
    not_after_days: int = Field(365, examples=[-30])
    not_before: date | None = Field(None, examples=["{{day:-400}}"], description="instead of not_before_days")
    not_after: date | None = Field(None, examples=["{{day:-30}}"], description="instead of not_after_days")
    names: tuple[str, ...] = Field((), examples=[["vpn.example.jp", "192.0.2.1"]], description="subjectAltName")
    self_signed: bool = Field(False, examples=[True], description="false = issued by the lab's own authority")
    subject: str | None = Field(None, examples=["CN=vpn.example.jp,O=Example"], description="common name or RFC 4514")

    @model_validator(mode="after")
    def _can_be_made(self) -> CertificateParams:
        """Refuse what nobody can sign or write."""
        if self.self_signed and self.signature in BROKEN_SIGNATURES and not self.key.startswith("rsa"):
            raise PydanticCustomError("weak_signature", "expected an RSA key for a self-signed md5 or sha1 signature")
        if self.subject is not None and "=" in self.subject:
            try:
                x509.Name.from_rfc4514_string(self.subject)
            except ValueError:
                raise PydanticCustomError("bad_subject", "expected an RFC 4514 name such as CN=a,O=b") from None
        start, end = self.validity(datetime(2026, 1, 1, tzinfo=UTC))
        if start >= end:
            raise PydanticCustomError("bad_validity", "expected an end after the beginning")
        return self

    def validity(self, now: datetime) -> tuple[datetime, datetime]:
        """Give beginning and end as seen from `now`."""
        end = _midnight(self.not_after) if self.not_after else now + timedelta(days=self.not_after_days)
        start = _midnight(self.not_before) if self.not_before else now + timedelta(days=self.not_before_days)
        is_given = self.not_before is not None or "not_before_days" in self.model_fields_set
        if not is_given and start >= end:
            start = end - timedelta(days=365)
        return start, end


def _midnight(day: date) -> datetime:
    """Give the first moment of `day` in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
