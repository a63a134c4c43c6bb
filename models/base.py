"""What all tables share: the base class, the column types, the keys for personal data."""

from __future__ import annotations

import base64
import enum
import hashlib
from datetime import UTC, date, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from models.clock import SEOUL

LARGEST_ID = 2**31 - 1
"""Largest number of a row: of an INTEGER column on PostgreSQL, which breaks off when asked for a larger one."""


class Instant(TypeDecorator[datetime]):
    """A moment: stored as UTC, read as Asia/Seoul. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return ``value`` in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: take the time from a Clock")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return ``value`` in Asia/Seoul; SQLite hands back naive UTC."""
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(SEOUL)


class _PersonalDataKeys:
    """The keys of this process, newest first. Set once by the composition root."""

    def __init__(self) -> None:
        self._fernet: MultiFernet | None = None

    def set(self, keys: list[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    @property
    def fernet(self) -> MultiFernet:
        if self._fernet is None:
            raise RuntimeError("personal data keys are not set: call models.base.use_keys() at start-up")
        return self._fernet


_keys = _PersonalDataKeys()


def use_keys(data_key: str) -> None:
    """Set the keys for personal data from ``DATA_KEY``: secrets, newest first, commas between.

    Any secret of 16 characters or more will do; a Fernet key is derived from it.
    """
    _keys.set(
        [derive_key(secret.strip(), "personal data") for secret in data_key.split(",") if secret.strip()]
    )


def derive_key(secret: str, purpose: str) -> bytes:
    """Return a Fernet key for one purpose, so that one secret never serves two."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}:{secret}".encode()).digest())


class Encrypted(TypeDecorator[str]):
    """Text encrypted at rest (Fernet: AES-128-CBC with HMAC-SHA256)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the token to store."""
        return None if value is None else _keys.fernet.encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the words.

        Raises:
            RuntimeError: the row was written with a key this process does not have.
        """
        if value is None:
            return None
        try:
            return _keys.fernet.decrypt(value.encode()).decode()
        except InvalidToken:
            raise RuntimeError(
                "personal data was written with another key: add the old one to DATA_KEY"
            ) from None


class EncryptedDate(TypeDecorator[date]):
    """A date encrypted at rest."""

    impl = Encrypted
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return ISO text, which the inner type encrypts."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the date."""
        return None if value is None else date.fromisoformat(value)


class Base(DeclarativeBase):
    """Base of all tables. Enumerations are stored by value, as plain text."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's hook
        datetime: Instant,
        list[str]: JSON,
        enum.Enum: Enum(
            enum.Enum, native_enum=False, length=24, values_callable=lambda e: [m.value for m in e]
        ),
    }
