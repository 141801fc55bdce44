"""What every request must have: a key, a version, a body that is a JSON object."""

import gzip
import hashlib
import re
import zlib

import msgspec

from sandbox.errors import ApiError, html_page, invalid
from sandbox.exchange import Request
from sandbox.faults import ACCOUNT_FAULTS, account_fault

OLD, NEW = "2023-06-01", "2026-10-21"
VERSIONS = frozenset({OLD, NEW})
BETA = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*-\d{4}-\d{2}-\d{2}")
MEGABYTE = 1024 * 1024
BODY_LIMITS = {"/v1/messages/batches": 256 * MEGABYTE}
BODY_LIMIT = 32 * MEGABYTE
MAX_DEPTH_MESSAGE = "The request body is not valid JSON: nested too deeply"
KEY_WORDS = {"invalid": "401", "forbidden": "403", "billing": "402"}

Body = dict[str, object]


def body_limit(path: str) -> int:
    """Return the most bytes a body may have on a path."""
    return BODY_LIMITS.get(path, BODY_LIMIT)


def account_of(request: Request) -> str:
    """Return the digest that stands for the caller's key; raises `ApiError` for none or a bad one."""
    key = request.header(b"x-api-key")
    bearer = ""
    if not key:
        scheme, _, bearer = request.header(b"authorization").partition(" ")
        key = bearer.strip() if scheme.lower() == "bearer" else ""
    if not key:
        raise ApiError(401, "x-api-key header is required")
    word = key.removeprefix("sk-ant-")
    for name, status in KEY_WORDS.items():
        if word.startswith(name):
            raise ApiError(int(status), "Invalid bearer token" if status == "401" and bearer else None)
    for name in ACCOUNT_FAULTS:
        if word.startswith(name):
            raise account_fault(name)
    return digest_of_key(key)


def digest_of_key(key: str) -> str:
    """Return what the ledger keeps of a key."""
    return hashlib.blake2b(key.encode(), digest_size=6).hexdigest()


def version_of(request: Request) -> str:
    """Return the `anthropic-version`; raises `ApiError` when it is missing or unknown."""
    version = request.header(b"anthropic-version")
    if not version:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def betas_of(request: Request) -> str:
    """Return the `anthropic-beta` header; raises `ApiError` for a name not like `name-2026-01-31`."""
    betas = request.header(b"anthropic-beta")
    for beta in betas.split(",") if betas else ():
        if not BETA.fullmatch(beta.strip()):
            raise invalid(f"Unexpected value(s) `{beta.strip()}` for the `anthropic-beta` header.")
    return betas


def json_bytes(request: Request) -> bytes:
    """Return the body of a request that says it is JSON, decompressed; raises `ApiError`."""
    media_type = request.header(b"content-type").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise invalid("content-type: must be application/json")
    return _decoded(request)


def object_in(request: Request) -> Body:
    """Return the JSON object in the body; raises `ApiError` for anything else."""
    try:
        body = msgspec.json.decode(json_bytes(request))
    except RecursionError as error:
        raise invalid(MAX_DEPTH_MESSAGE) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary or object to extract fields from")
    return body


def _decoded(request: Request) -> bytes:
    encoding = request.header(b"content-encoding").lower()
    if encoding in {"", "identity"}:
        return request.body()
    if encoding not in {"gzip", "deflate"}:
        raise _encoding("unsupported", f"Content-Encoding `{encoding}` is not supported.", encoding)
    try:
        body = gzip.decompress(request.body()) if encoding == "gzip" else zlib.decompress(request.body())
    except (OSError, EOFError, zlib.error) as error:
        raise _encoding("invalid", f"The body is not valid {encoding}.", encoding) from error
    if len(body) > body_limit(request.path):
        code = {"error_code": "request_body_too_large_after_decoding"}
        raise ApiError(413, "The request body is too large after decoding.", details={**code})
    return body


def _encoding(kind: str, message: str, encoding: str) -> ApiError:
    return ApiError(
        400, message, details={"error_code": f"request_body_encoding_{kind}", "encoding": encoding}
    )


def too_large_page() -> bytes:
    """Return what the edge answers to a body over the limit: not JSON."""
    return html_page(413)
