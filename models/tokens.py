"""Tokens that leave us and come back: made at random, kept only as a digest."""

from __future__ import annotations

import hashlib
import re
import secrets
import string

TOKEN_BYTES = 24
"""192 random bits; what leaves us is 32 URL-safe characters."""
CODE_LENGTH = 10
CODE_CHARACTERS = string.ascii_letters + string.digits
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def new_token() -> str:
    """Return a token nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """Return a short code for an address in a text message. It gives no right, so 60 bits are enough."""
    return "".join(secrets.choice(CODE_CHARACTERS) for _ in range(CODE_LENGTH))


def is_token(text: str) -> bool:
    """Tell whether ``text`` has a token's form, so that nothing else costs a look into the store."""
    return _TOKEN.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Tell whether ``text`` has the form of such a code."""
    return len(text) == CODE_LENGTH and text.isascii() and text.isalnum()


def digest(token: str) -> str:
    """Return what is stored of a token. A plain hash will do: there is nothing to guess in 192 bits."""
    return hashlib.sha256(token.encode()).hexdigest()
