"""Signs certificates: an invisible PAdES signature (SHA-256) over the whole file, allowing no change after it."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

FIELD = "BoramSignature"
SELF_SIGNED_DAYS = 3650


class Signatory:
    """Signs PDFs with the key of one PKCS#12 file, which is read once. Threads may share it."""

    def __init__(self, signer: SimpleSigner, public_certificate: bytes) -> None:
        self._signer = signer
        self.public_certificate = public_certificate
        """The X.509 certificate (DER) that signatures are checked with."""
        # pyHanko runs an event loop for each signature, which fails in a thread that already runs one.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="signing")

    @classmethod
    def load(cls, key_file: Path, password: str, now: datetime) -> Signatory:
        """Return who signs with the key in a PKCS#12 file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no PKCS#12, the password does not open it, it has no key with a certificate, or the
                certificate is not in force.
        """
        data = key_file.read_bytes()
        try:
            signer = SimpleSigner.load_pkcs12_data(data, other_certs=(), passphrase=password.encode() or None)
            certificate = signer.signing_cert
            valid_from, valid_until = certificate.not_valid_before, certificate.not_valid_after
        except (ValueError, AttributeError):  # an absent key or certificate is asked for its attributes
            raise ValueError(
                f"{key_file} is no PKCS#12 file with a key that the password opens: "
                "check CERTIFICATE_KEY_FILE and CERTIFICATE_KEY_PASSWORD"
            ) from None
        if not valid_from <= now <= valid_until:
            raise ValueError(
                f"the certificate in {key_file} holds from {valid_from:%Y-%m-%d} to {valid_until:%Y-%m-%d}: "
                "set CERTIFICATE_KEY_FILE to one in force"
            )
        return cls(signer, certificate.dump())

    def sign(self, pdf: bytes) -> bytes:
        """Return the PDF with a signature added; what was there stays byte for byte."""
        return self._threads.submit(self._sign, pdf).result()

    def _sign(self, pdf: bytes) -> bytes:
        metadata = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        signer = PdfSigner(metadata, self._signer, new_field_spec=SigFieldSpec(FIELD))
        signed: bytes = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))).getvalue()
        return signed


def ensure_self_signed_key(key_file: Path, password: str, name: str, now: datetime) -> None:
    """Make a key with a self-signed certificate for a local run, unless the file is there (mode 0600).

    Several processes may do so at once: the first one's key stays.
    """
    if key_file.exists():
        return
    key_file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=key_file.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_self_signed(password, name, now))
        Path(key_file).hardlink_to(temporary)
    except FileExistsError:
        pass  # another process was faster
    finally:
        Path(temporary).unlink()


def _self_signed(password: str, name: str, now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=SELF_SIGNED_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .sign(key, hashes.SHA256())
    )
    locked = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, locked)


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
