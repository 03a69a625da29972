"""The same workbook gives the same bytes: no clock in the file, neither in its properties nor in its archive."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties
from openpyxl.xml.functions import tostring

_CORE: Final = "docProps/core.xml"
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time an archive can hold (APPNOTE.TXT 4.4.6)."""


def pack(book: Workbook, moment: datetime) -> bytes:
    """Save a workbook with one moment as its only time."""
    raw = io.BytesIO()
    book.save(raw)
    properties = _core(book.properties, moment)
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            target.writestr(entry, properties if name == _CORE else source.read(name))
    return packed.getvalue()


def _core(properties: DocumentProperties, moment: datetime) -> bytes:
    """Serialise the properties with our moment, since saving puts the machine's clock there."""
    properties.created = properties.modified = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    serialised: str | bytes = tostring(properties.to_tree())
    return serialised if isinstance(serialised, bytes) else serialised.encode()
