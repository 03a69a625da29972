"""DCMTK's storescp, the real one: takes DICOM images; or its archive dcmqrscp, which looks at who calls."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.certificate import CertificateParams
from lab.devices.kind import Kind, KindParams, Place, Program, Software
from lab.devices.parameters import Line
from lab.devices.tls.software import OpensslParams, write_tls


class DicomScpParams(KindParams):
    """Its title, and TLS where it is used."""

    ae_title: Line = Field("PACS", max_length=16, examples=["ARCHIVE1"])
    callers: tuple[Line, ...] = Field(
        (), examples=[["VIEWER1"]], description="titles that the archive takes calls from; storescp takes any"
    )
    tls: bool = Field(False, examples=[True], description="TLS 1.2 and 1.3, as BCP 195 has it")
    certificate: CertificateParams = Field(default_factory=CertificateParams, examples=[{"key": "rsa-3072"}])

    @model_validator(mode="after")
    def _one_program(self) -> DicomScpParams:
        """Refuse what neither program does: Debian's dcmqrscp has no TLS."""
        if self.tls and self.callers:
            raise PydanticCustomError("no_tls", "expected callers or tls, not both: the archive speaks no TLS")
        return self


def prepare(params: DicomScpParams, place: Place) -> tuple[Program, ...]:
    """Write key and certificate where there is TLS, and whom the archive knows."""
    words = ["storescp", "-v", "-aet", params.ae_title, "--output-directory", str(place.inside), "--ignore"]
    if params.callers:
        place.write("images/.keep", "")
        words = ["dcmqrscp", "-v", "-c", place.write("archive.cfg", _archive(params, place))]
    if params.tls:
        files = write_tls(OpensslParams(certificate=params.certificate), place)
        words += ["+tls", files.key, files.certificate, "--ignore-peer-cert"]
    return (Program((*words, str(place.port))),)


def _archive(params: DicomScpParams, place: Place) -> str:
    """Write what dcmqrscp is configured with: one store, and the callers that may use it (dcmqrcnf.txt)."""
    hosts = "\n".join(f"caller{number} = ({title}, localhost, 104)" for number, title in enumerate(params.callers))
    names = ", ".join(f"caller{number}" for number in range(len(params.callers)))
    return (
        "MaxPDUSize = 16384\nMaxAssociations = 4\n"
        f"HostTable BEGIN\n{hosts}\nknown = {names}\nHostTable END\n"
        "VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{params.ae_title} {place.inside}/images R (10, 1024mb) known\nAETable END\n"
    )


KIND = Kind(
    name="dicom_scp",
    params=DicomScpParams,
    transports=("tcp",),
    software=Software(packages=("dcmtk",), prepare=prepare),
)
