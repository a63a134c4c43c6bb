"""Security keys and passkeys (WebAuthn): added on the account page, used for the second proof."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from models.audit import Did
from models.staff import StaffRole
from models.staff_factors import ISSUER, SecurityKey, keys_of
from web.console.door import Route, Stage, Visit
from web.console.sign_in import forgive, let_in, locked
from web.console.sure import sure

LONGEST_NAME = 30
_NOT_TAKEN = "보안 키를 확인하지 못했어요. 다시 한번 해 볼까요?"


def new_key(visit: Visit) -> ResponseReturnValue:
    """Show where a key is added; the browser asks for it."""
    options = generate_registration_options(
        rp_id=_site(visit),
        rp_name=ISSUER,
        user_name=visit.staff.email,
        user_id=str(visit.staff.id).encode(),
        user_display_name=visit.staff.name,
        exclude_credentials=_descriptors(visit),
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    _remember(visit, options.challenge)
    return render_template("console/new_key.html", options=options_to_json(options), longest=LONGEST_NAME)


def add_key(visit: Visit) -> ResponseReturnValue:
    """Take a key's public half, from who gives the password again."""
    sure(visit)
    typed = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    name = typed if typed.isprintable() and typed else "보안 키"
    try:
        proven = verify_registration_response(
            credential=request.form.get("credential", ""),
            expected_challenge=_challenge(visit),
            expected_rp_id=_site(visit),
            expected_origin=visit.origin,
        )
    except WebAuthnException:
        visit.commit()  # the challenge is spent
        flash(_NOT_TAKEN, "danger")
        return redirect(url_for("console.new_key"), 303)
    key = SecurityKey(
        staff_id=visit.staff.id,
        credential_id=bytes_to_base64url(proven.credential_id),
        public_key=bytes_to_base64url(proven.credential_public_key),
        sign_count=proven.sign_count,
        name=name,
        added_at=visit.now,
    )
    visit.db.add(key)
    visit.note(Did.FACTOR_CHANGED, detail="보안 키를 더함")
    visit.commit()
    flash(f"보안 키({name})를 더했어요. 다음부터 이 키로도 로그인할 수 있어요.", "success")
    return redirect(url_for("console.account"), 303)


def ask_remove_key(visit: Visit, number: int) -> ResponseReturnValue:
    """Ask before a key is taken away."""
    return render_template("console/remove_key.html", key=_own_key(visit, number))


def remove_key(visit: Visit, number: int) -> ResponseReturnValue:
    """Take a key away, for who gives the password again."""
    key = _own_key(visit, number)
    sure(visit)
    visit.db.delete(key)
    visit.note(Did.FACTOR_CHANGED, detail="보안 키를 뺌")
    visit.commit()
    flash("보안 키를 뺐어요.", "success")
    return redirect(url_for("console.account"), 303)


def key_proof(visit: Visit) -> ResponseReturnValue:
    """Ask for a security key as the second proof."""
    keys = _descriptors(visit)
    if not keys:
        return redirect(url_for("console.second_proof"), 303)
    options = generate_authentication_options(rp_id=_site(visit), allow_credentials=keys)
    _remember(visit, options.challenge)
    return render_template("console/key_proof.html", options=options_to_json(options))


def check_key_proof(visit: Visit) -> ResponseReturnValue:
    """Take what a security key signed."""
    whose = f"staff code:{visit.staff.id}"
    if words := locked(visit, whose):
        visit.commit()
        flash(words, "danger")
        return redirect(url_for("console.second_proof"), 303)
    key = _signed(visit)
    if key is None:
        visit.note(Did.SIGN_IN_FAILED, detail="보안 키")
        visit.commit()
        flash(_NOT_TAKEN, "danger")
        return redirect(url_for("console.key_proof"), 303)
    forgive(visit, whose)
    key.used_at = visit.now
    return let_in(visit, "보안 키")


def _signed(visit: Visit) -> SecurityKey | None:
    """Return the key that signed the challenge, None when none of the person's did."""
    credential, challenge = request.form.get("credential", ""), _challenge(visit)
    try:
        name = parse_authentication_credential_json(credential).id
        key = next((each for each in keys_of(visit.db, visit.staff) if each.credential_id == name), None)
        if key is None:
            return None
        proven = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(visit),
            expected_origin=visit.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )
    except WebAuthnException:
        return None
    key.sign_count = proven.new_sign_count
    return key


def _own_key(visit: Visit, number: int) -> SecurityKey:
    mine = select(SecurityKey).where(SecurityKey.id == number, SecurityKey.staff_id == visit.staff.id)
    return visit.db.scalars(mine).first() or abort(404)


def _descriptors(visit: Visit) -> list[PublicKeyCredentialDescriptor]:
    keys = keys_of(visit.db, visit.staff)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in keys]


def _remember(visit: Visit, challenge: bytes) -> None:
    visit.session.challenge = bytes_to_base64url(challenge)
    visit.commit()


def _challenge(visit: Visit) -> bytes:
    """Return what was asked to be signed, and forget it: a challenge is good for one answer."""
    challenge, visit.session.challenge = visit.session.challenge or "", None
    return base64url_to_bytes(challenge)


def _site(visit: Visit) -> str:
    return urlsplit(visit.origin).hostname or ""


ROUTES = (
    Route("GET", "/console/account/keys/new", new_key, StaffRole.VIEWER),
    Route("POST", "/console/account/keys", add_key, StaffRole.VIEWER),
    Route(
        "GET", "/console/account/keys/<int(max=2147483647):number>/remove", ask_remove_key, StaffRole.VIEWER
    ),
    Route("POST", "/console/account/keys/<int(max=2147483647):number>/remove", remove_key, StaffRole.VIEWER),
    Route("GET", "/console/proof/key", key_proof, Stage.HALF),
    Route("POST", "/console/proof/key", check_key_proof, Stage.HALF),
)
