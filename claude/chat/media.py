"""Pictures and files of a chat message as Claude's image and document blocks."""

import base64
import binascii
import re

from claude.reader import Fields, Reader

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
PDF = "application/pdf"
PLAIN_TEXT = "text/plain"

_DATA_URL = re.compile(r"data:([^;,]*)((?:;[^;,]*)*),", re.IGNORECASE)


def image_block(part: Reader) -> Fields | None:
    """Translate an `image_url` part; its URL may also stand there bare, and may be a PDF."""
    holder, key = part, "image_url"
    if isinstance(part.fields.get(key), dict):
        holder, key = part.child(key) or part, "url"
    url = holder.required_text(key)
    if url is None:
        return None
    if url[:5].lower() == "data:":
        return _inline(url, holder, key)
    if url.lower().startswith("https://"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    holder.refuse(key, "must be a data: URL or an https:// URL; Claude fetches nothing else")
    return None


def file_block(part: Reader) -> Fields | None:
    """Translate a `file` part: its data inline, or the id or https:// URL of a file that Claude can reach."""
    file = part.child("file")
    if file is None:
        part.refuse("file", "is missing")
        return None
    data = file.text("file_data")
    if data is not None:
        return _inline(data, file, "file_data")
    file_id = file.required_text("file_id")
    if file_id is None:
        return None
    if file_id.lower().startswith("https://"):
        return {"type": "document", "source": {"type": "url", "url": file_id}}
    block_type = "image" if (file.text("format") or "").startswith("image/") else "document"
    return {"type": block_type, "source": {"type": "file", "file_id": file_id}}


def _inline(url: str, holder: Reader, key: str) -> Fields | None:
    """Translate a data URL by the media type that it names."""
    head = _DATA_URL.match(url)
    if head is None or ";base64" not in head[2].lower():
        holder.refuse(key, "must be a data: URL in base64, as data:image/png;base64,iVBOR...")
        return None
    media_type, data = head[1].lower(), url[head.end() :]
    if not data:
        holder.refuse(key, "is a data: URL without data")
    elif media_type in IMAGE_TYPES:
        return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
    elif media_type == PDF:
        return {"type": "document", "source": {"type": "base64", "media_type": PDF, "data": data}}
    elif media_type == PLAIN_TEXT:
        return _text_document(data, holder, key)
    else:
        taken = ", ".join((*IMAGE_TYPES, PDF, PLAIN_TEXT))
        holder.refuse(key, f"has the media type {media_type or 'text/plain'!r}; Claude takes {taken}")
    return None


def _text_document(data: str, holder: Reader, key: str) -> Fields | None:
    """Decode a text file: Claude takes base64 only for PDFs, and text as text."""
    try:
        text = base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        holder.refuse(key, "is not UTF-8 text in base64")
        return None
    if not text.strip():
        holder.refuse(key, "is an empty text file")
        return None
    return {"type": "document", "source": {"type": "text", "media_type": PLAIN_TEXT, "data": text}}
