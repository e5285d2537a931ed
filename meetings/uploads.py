"""What a file really is, by its content: a name and a browser's word count for nothing."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import IO, Any


@dataclass(frozen=True)
class FileType:
    name: str
    extension: str
    content_type: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = FileType("PDF", "pdf", "application/pdf")
PNG = FileType("PNG picture", "png", "image/png")
JPEG = FileType("JPEG picture", "jpg", "image/jpeg")
DOCX = FileType("Word document", "docx", f"{_OFFICE}.wordprocessingml.document")
PPTX = FileType("PowerPoint slides", "pptx", f"{_OFFICE}.presentationml.presentation")
XLSX = FileType("Excel sheet", "xlsx", f"{_OFFICE}.spreadsheetml.sheet")
TEXT = FileType("plain text", "txt", "text/plain; charset=utf-8")
ALLOWED = "PDF, Word, PowerPoint, Excel, PNG, JPEG or plain text"
MAX_BYTES = 25 * 1024 * 1024

_STARTS = [(b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG)]
_PARTS = [("word/document.xml", DOCX), ("ppt/presentation.xml", PPTX), ("xl/workbook.xml", XLSX)]


def sniff(file: IO[Any]) -> FileType | None:
    """The type of the file, or None where it is none that may be kept. Leaves the file at its beginning."""
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head.startswith(b"PK\x03\x04"):
        found_office = _office(file)
        file.seek(0)
        return found_office
    return TEXT if _is_text(head) else None


def _office(file: IO[Any]) -> FileType | None:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return None
    if any(name.lower().endswith(("vbaproject.bin", ".exe", ".js")) for name in names):
        return None  # macros and programs are not papers
    return next((found for part, found in _PARTS if part in names), None)


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters, and nothing that a browser might read as a page."""
    try:
        words = head[:4000].decode("utf-8") if len(head) < 4000 else head[:4000].decode("utf-8", errors="ignore")
    except UnicodeDecodeError:
        return False
    if not words.strip() or any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in words):
        return False
    return not words.lstrip("\ufeff \t\r\n").startswith("<")
