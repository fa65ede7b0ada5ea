"""The digest a manifest carries of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SEAL = "manifest_sha256"


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest with the digest of what it says, its last entry: whoever changes a seed by hand changes the digest, too."""
    return {**record, SEAL: content_sha256(record)}


def content_sha256(record: Mapping[str, Any]) -> str:
    """sha256 of a manifest without its own digest, as JSON with sorted keys and no spaces, in UTF-8."""
    content = {key: value for key, value in record.items() if key != SEAL}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
