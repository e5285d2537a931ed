"""A page to print, drawn by typst as a PDF that assistive technology can read (PDF/UA-1).

What people wrote goes in as data and is never read as markup of the typesetter.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def accessible_pdf(template: Path, data: dict[str, Any]) -> bytes:
    """The template (typst, at this path) with this data, which must be what JSON can hold.

    Raises typst.TypstError where the result would not be accessible: better no file than a bad one.
    """
    return bytes(_compiled(template, data, format="pdf", pdf_standards=["ua-1"]))


def fits_one_page(template: Path, data: dict[str, Any]) -> bool:
    """Whether the same template with the same data would be one page."""
    return isinstance(_compiled(template, data, format="svg"), bytes)  # a list where there are more


def _compiled(template: Path, data: dict[str, Any], **how: Any) -> Any:
    # Here and not above: it is 7 MB in every process, and few of them ever draw a page.
    import typst  # noqa: PLC0415

    return typst.compile(template.read_bytes(), sys_inputs={"data": json.dumps(data)}, **how)
