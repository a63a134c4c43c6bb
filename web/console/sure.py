"""The password once more, before what lets people in is changed."""

from __future__ import annotations

from flask import request

from models.audit import Did
from models.credentials import is_password
from models.staff import StaffRefused
from web.console.door import Visit
from web.console.sign_in import forgive, locked


def sure(visit: Visit) -> None:
    """Hold on unless the field ``password`` holds the person's password. Wrong ones count as at the sign-in.

    Raises:
        StaffRefused: it does not, or too many were wrong.
    """
    whose = f"staff sure:{visit.staff.id}"
    right = is_password(visit.staff.password_hash, request.form.get("password", ""))
    if words := locked(visit, whose):
        visit.commit()
        raise StaffRefused(words)
    if not right:
        visit.note(Did.SIGN_IN_FAILED, detail="비밀번호 확인")
        visit.commit()
        raise StaffRefused("지금 쓰는 비밀번호가 맞지 않아요. 아직 아무것도 바뀌지 않았어요.")
    forgive(visit, whose)
