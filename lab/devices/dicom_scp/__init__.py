"""DCMTK's storescp, the real one: takes DICOM images."""

from __future__ import annotations

from pydantic import Field

from lab.devices.certificate import CertificateParams
from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.tls.software import OpensslParams, write_tls


class DicomScpParams(KindParams):
    """Its title, and TLS where it is used."""

    ae_title: Line = Field("PACS", max_length=16, examples=["ARCHIVE1"])
    tls: bool = Field(False, examples=[True], description="TLS 1.2 and 1.3, as BCP 195 has it")
    certificate: CertificateParams = Field(default_factory=CertificateParams, examples=[{"key": "rsa-3072"}])


def prepare(params: DicomScpParams, place: Place) -> tuple[Program, ...]:
    """Write key and certificate where there is TLS."""
    words = ["storescp", "-v", "-aet", params.ae_title, "--output-directory", str(place.inside), "--ignore"]
    if params.tls:
        files = write_tls(OpensslParams(certificate=params.certificate), place)
        words += ["+tls", files.key, files.certificate, "--ignore-peer-cert"]
    return (Program((*words, str(place.port))),)


KIND = Kind(
    name="dicom_scp",
    params=DicomScpParams,
    transports=("tcp",),
    software=Software(packages=("dcmtk",), prepare=prepare),
)
