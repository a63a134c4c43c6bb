"""Security keys: what is not the answer of one's own key opens nothing and breaks nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.staff import StaffRole
from models.staff_factors import SecurityKey
from tests.web.console.colleague import PASSWORD, Colleague

PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature")
GARBAGE = (
    "",
    "x",
    "[]",
    "null",
    "{}",
    json.dumps({"id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": {}}),
    json.dumps({"id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": dict.fromkeys(PARTS, "가")}),
    json.dumps({"id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": dict.fromkeys(PARTS, "eA")}),
    json.dumps(
        {"id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": dict.fromkeys(PARTS, "e30")}
    ),
    json.dumps({"id": "a2V5", "rawId": "a2V5", "type": "public-key", "response": dict.fromkeys(PARTS, 1)}),
    json.dumps({"id": 1, "rawId": None, "type": [], "response": "x"}),
)


def test_what_is_no_answer_of_a_key_adds_none(admin: Colleague, db: Session) -> None:
    for credential in GARBAGE:
        form = {"name": "x\x00", "password": PASSWORD, "credential": credential}
        sent = admin.post("/console/account/keys", form, form_on="/console/account/keys/new")
        assert (sent.status_code, sent.location) == (303, "/console/account/keys/new"), credential
    assert db.scalars(select(SecurityKey)).all() == []


def test_what_is_no_answer_of_ones_own_key_opens_nothing(
    colleague: Callable[..., Colleague], db: Session
) -> None:
    someone = colleague(StaffRole.VIEWER, signed_in=False)
    db.add(
        SecurityKey(
            staff_id=someone.id,
            credential_id="a2V5",
            public_key="eA",
            sign_count=0,
            name="키",
            added_at=someone.clock.now(),
        )
    )
    db.commit()
    someone.give_password()
    for credential in GARBAGE[:4]:
        assert someone.post("/console/proof/key", {"credential": credential}).status_code == 303
        assert someone.get("/console/").status_code == 401
    someone.give_code()
    assert someone.get("/console/").status_code == 200
    for credential in GARBAGE[4:]:
        someone.post("/console/sign-out", form_on="/console/account")
        someone.give_password()
        assert someone.post("/console/proof/key", {"credential": credential}).status_code == 303, credential
        assert someone.get("/console/").status_code == 401
        someone.give_code()


def test_the_key_of_a_colleague_is_out_of_reach(
    admin: Colleague, colleague: Callable[..., Colleague], db: Session
) -> None:
    other = colleague(StaffRole.VIEWER, "이동료", signed_in=False)
    key = SecurityKey(
        staff_id=other.id,
        credential_id="a2V5",
        public_key="eA",
        sign_count=0,
        name="키",
        added_at=admin.clock.now(),
    )
    db.add(key)
    db.commit()
    page = f"/console/account/keys/{key.id}/remove"
    assert admin.get(page).status_code == 404
    token = admin.csrf("/console/account")
    assert admin.post_raw(page, {"csrf_token": token, "password": PASSWORD}).status_code == 404
