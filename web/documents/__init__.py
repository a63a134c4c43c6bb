"""Certificates on paper: what each kind says (``layouts``), drawn as PDF (``drawing``) and signed (``signing``)."""

from __future__ import annotations

from dataclasses import dataclass

from models.certificates import CertificateContent
from web.documents.drawing import draw
from web.documents.signing import Signatory


@dataclass(frozen=True, slots=True)
class Documents:
    """Makes the files people download. Nothing is kept: the content is, and gives the same page every time."""

    signatory: Signatory
    verify_url: str
    """Address of the public page of ``web.verify``."""
    issuer: str
    sample: bool
    """Print 견본 across every page: everywhere but in production."""

    def pdf(self, content: CertificateContent) -> bytes:
        """Return the certificate as a signed PDF."""
        drawn = draw(content, verify_url=self.verify_url, issuer=self.issuer, sample=self.sample)
        return self.signatory.sign(drawn)
