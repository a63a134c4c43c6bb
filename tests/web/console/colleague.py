"""A colleague with a browser and a telephone with an authenticator app."""

from __future__ import annotations

from copy import copy
from itertools import count

import pyotp
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.audit import AuditRow
from models.credentials import password_hash
from models.staff import Staff, StaffRole, create_staff
from models.staff_factors import new_recovery_codes, prepare_app
from tests.web.visitor import Visitor

PASSWORD = "a long way home"
COMPUTER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
COOKIE = "__Host-boram-staff"
_hash = password_hash(PASSWORD)
_numbers = count(1)


class Colleague(Visitor):
    """One person of the staff in one browser."""

    def __init__(self, app: Flask, name: str, role: StaffRole) -> None:
        super().__init__(app, COMPUTER)
        self.name, self.email = name, f"staff{next(_numbers)}@kywa.example"
        with self.database.session() as db:
            staff = create_staff(db, self.email, name, role, self.clock.now())
            staff.password_hash, staff.totp_confirmed_at = _hash, self.clock.now()
            self.secret = prepare_app(staff)
            self.recovery_codes = new_recovery_codes(db, staff)
            db.commit()
            self.id = staff.id

    def elsewhere(self) -> Colleague:
        """Return the same person with a telephone's browser."""
        other = copy(self)
        Visitor.__init__(other, self.app)
        return other

    def give_password(self, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/console/sign-in", {"email": self.email, "password": password, **more})

    def give_code(self, code: str = "") -> TestResponse:
        return self.post("/console/proof", {"code": code or self.code_now()})

    def code_now(self) -> str:
        """Return what the app shows; the test's clock stands, so a code that was taken is forgotten first."""
        with self.database.session() as db:
            db.get_one(Staff, self.id).totp_step = 0
            db.commit()
        return pyotp.TOTP(self.secret).at(self.clock.now())

    def sign_in(self) -> None:
        assert self.give_password().status_code == 303, self.read()
        assert self.give_code().status_code == 303, self.read()

    def log(self) -> list[AuditRow]:
        """Return the whole log, the first row first."""
        with self.database.session() as db:
            return list(db.scalars(select(AuditRow).order_by(AuditRow.number)))
