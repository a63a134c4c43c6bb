"""Hiding personal data from those who need not see it."""

from __future__ import annotations

from models.importing.masking import mask as mask_personal

__all__ = ["mask_name", "mask_personal"]


def mask_name(name: str) -> str:
    """Return a name as it may be shown: 홍*동, 김*."""
    if len(name) < 2:
        return "*"
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")
