"""Facts about services that carry patients' data, from the opening of a session alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_REASONS: Final = {"calling_title": "our title is not registered there", "called_title": "it has another title"}


@dataclass(frozen=True, slots=True)
class DicomAssociation:
    """Answer to a request for a DICOM association under a title that nobody registered. Subject: service.

    answer: accepted | rejected | aborted. reason: why it was rejected (calling_title | called_title | no_reason |
    application_context | protocol_version | congestion | limit | code-SOURCE-REASON), "" where it was not.
    syntaxes: UIDs of the transfer syntaxes that it takes for Verification, in the order offered; empty where it
    takes none. implementation_uid, implementation_version: printable, "" where it names none. tls: asked inside TLS.
    """

    answer: str
    reason: str = ""
    syntaxes: tuple[str, ...] = ()
    implementation_uid: str = ""
    implementation_version: str = ""
    tls: bool = False

    @property
    def implementation(self) -> str:
        """Give all that it says of its software, in one line."""
        return f"{self.implementation_version} {self.implementation_uid}".strip()

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        why = f" ({_REASONS.get(self.reason, self.reason)})" if self.reason else ""
        inside = " inside TLS" if self.tls else ""
        named = f": {self.implementation}" if self.implementation else ""
        return f"DICOM association{inside} {self.answer}{why}{named}"


ClinicalFact = DicomAssociation
