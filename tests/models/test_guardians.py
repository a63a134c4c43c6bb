"""A guardian's consent: asked for, proven by a code, given once, withdrawn; and what does not lead to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alert_settings import set_alerts
from models.applications import ApplicationState, promote_next
from models.clock import SetClock
from models.consents import consent_of
from models.database import Database
from models.guardians import (
    GuardianRequest,
    RequestState,
    agree,
    ask,
    check_code,
    consent_in_force,
    decline,
    find_request,
    forget_unanswered,
    may_text,
    open_request,
    person_name,
    recorded_guardian,
    send_code,
    state_of,
    take_back,
    withdraw,
)
from models.members import GuardianConsent, Member
from models.phones import mobile_number
from models.refusals import Reason, Refused
from models.rules import Rules
from models.talents import file_offer
from tests.world import make_application, make_consent, make_member, make_session

RULES = Rules()
BORN = date(2013, 5, 5)
GUARDIAN = ("김나무", "010-2345-1013")
OTHER = ("이바다", "010-2345-2024")


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    with database.session() as session:
        yield session


@pytest.fixture
def child(db: Session) -> Member:
    child = make_member(db, name="김새싹", born=BORN)
    db.commit()
    return child


def asked(db: Session, child: Member, now: datetime, guardian: tuple[str, str] = GUARDIAN) -> GuardianRequest:
    request = ask(db, child, *guardian, rules=RULES, now=now)
    db.commit()
    return request


def proven(db: Session, request: GuardianRequest, now: datetime, name: str | None = "김나무") -> str:
    """Return the proof of a guardian who got the code and typed it."""
    code = send_code(db, request, RULES, now)
    db.commit()
    proof = check_code(db, request, code.code, name, RULES, now)
    db.commit()
    assert isinstance(proof, str), proof
    return proof


def agreed(db: Session, child: Member, now: datetime) -> GuardianRequest:
    request = asked(db, child, now)
    agree(db, request, proven(db, request, now), RULES, now)
    db.commit()
    return request


def reason(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def test_a_guardian_who_proves_the_number_gives_the_consent(
    db: Session, child: Member, now: datetime
) -> None:
    assert child.needs_guardian(RULES, now.date())
    request = agreed(db, child, now)
    consent = consent_in_force(child)
    assert consent is not None
    assert (consent.guardian_name, consent.guardian_phone) == GUARDIAN
    assert (consent.channel, consent.text_version, consent.given_at) == ("page", "1", now)
    assert (child.guardian_name, child.guardian_phone) == GUARDIAN
    assert state_of(request, RULES, now) is RequestState.AGREED
    assert not child.needs_guardian(RULES, now.date())


def test_the_name_the_guardian_writes_is_kept_and_not_the_childs_word_for_it(
    db: Session, child: Member, now: datetime
) -> None:
    request = asked(db, child, now)
    agree(db, request, proven(db, request, now, "김나무숲"), RULES, now)
    assert child.guardian_consents[0].guardian_name == "김나무숲"


def test_agreeing_twice_makes_one_consent(db: Session, child: Member, now: datetime) -> None:
    request = asked(db, child, now)
    proof = proven(db, request, now)
    agree(db, request, proof, RULES, now)
    db.commit()
    assert reason(lambda: agree(db, request, proof, RULES, now)) is Reason.GUARDIAN_REQUEST_OVER
    db.rollback()
    assert len(db.scalars(select(GuardianConsent)).all()) == 1


def test_of_two_guardians_pressing_at_once_one_agrees(
    database: Database, db: Session, child: Member, now: datetime
) -> None:
    request = asked(db, child, now)
    proof, number = proven(db, request, now), request.id
    results: list[str] = []

    def press() -> None:
        with database.session() as mine:
            found = mine.get(GuardianRequest, number)
            assert found is not None
            try:
                agree(mine, found, proof, RULES, now)
                mine.commit()
                results.append("agreed")
            except Refused as refused:
                results.append(refused.reason.value)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["agreed", "guardian_request_over"]


def test_without_the_code_nothing_is_agreed_to(db: Session, child: Member, now: datetime) -> None:
    request = asked(db, child, now)
    for proof in ("", "x" * 32, request.token or ""):
        assert reason(lambda proof=proof: agree(db, request, proof, RULES, now)) is Reason.CODE_EXPIRED  # type: ignore[misc]  # mypy cannot infer a default
    assert consent_in_force(child) is None


def test_a_proof_is_good_for_minutes_and_for_its_own_request(
    db: Session, child: Member, now: datetime
) -> None:
    request = asked(db, child, now)
    proof = proven(db, request, now)
    late = now + timedelta(minutes=10)
    assert reason(lambda: agree(db, request, proof, RULES, late)) is Reason.CODE_EXPIRED
    sibling = make_member(db, name="김둘째", born=BORN, phone="010-0000-2222")
    theirs = asked(db, sibling, now)
    assert reason(lambda: agree(db, theirs, proof, RULES, now)) is Reason.CODE_EXPIRED


def test_a_code_sent_to_one_number_proves_nothing_for_another(
    db: Session, child: Member, clock: SetClock
) -> None:
    """A child that gets a code on a second phone must not be able to use it in the parent's name."""
    mine = asked(db, child, clock.now(), ("김새싹", "010-9999-0000"))
    code = send_code(db, mine, RULES, clock.now()).code
    db.commit()
    parents = asked(db, child, clock.now())
    refused = check_code(db, parents, code, "김나무", RULES, clock.now())
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.CODE_EXPIRED
    late = check_code(db, mine, code, "김나무", RULES, clock.now())
    assert isinstance(late, Refused)
    assert late.reason is Reason.GUARDIAN_REQUEST_OVER


def test_a_proof_for_the_request_before_is_worth_nothing(db: Session, child: Member, now: datetime) -> None:
    first = asked(db, child, now, OTHER)
    proof = proven(db, first, now)
    second = asked(db, child, now)
    assert reason(lambda: agree(db, first, proof, RULES, now)) is Reason.GUARDIAN_REQUEST_OVER
    assert reason(lambda: agree(db, second, proof, RULES, now)) is Reason.CODE_EXPIRED


def test_guessing_codes_is_locked_and_new_codes_give_no_new_attempts(
    db: Session, child: Member, clock: SetClock
) -> None:
    request = asked(db, child, clock.now())
    reasons = []
    for attempt in range(RULES.code_attempts):
        if attempt % 2 == 0:
            code = send_code(db, request, RULES, clock.now()).code
            db.commit()
        wrong = f"{(int(code) + 1) % 10**6:06}"
        refused = check_code(db, request, wrong, "김나무", RULES, clock.now())
        db.commit()
        assert isinstance(refused, Refused)
        reasons.append(refused.reason)
        clock.advance(timedelta(seconds=RULES.code_resend_seconds))
    assert reasons[-1] is Reason.CODES_LOCKED
    right = check_code(db, request, code, "김나무", RULES, clock.now())
    assert isinstance(right, Refused)
    assert reason(lambda: send_code(db, request, RULES, clock.now())) is Reason.CODES_LOCKED


def test_codes_are_sent_a_few_times_a_day(db: Session, child: Member, clock: SetClock) -> None:
    request = asked(db, child, clock.now())
    for _ in range(RULES.guardian_codes_per_day):
        send_code(db, request, RULES, clock.now())
        db.commit()
        clock.advance(timedelta(seconds=RULES.code_resend_seconds))
    assert reason(lambda: send_code(db, request, RULES, clock.now())) is Reason.GUARDIAN_CODES_TODAY
    db.rollback()
    clock.advance(timedelta(days=1))
    assert send_code(db, request, RULES, clock.now())


def test_a_code_that_did_not_get_through_is_taken_back(db: Session, child: Member, now: datetime) -> None:
    request = asked(db, child, now)
    code = send_code(db, request, RULES, now)
    db.commit()
    take_back(db, code)
    db.commit()
    assert send_code(db, request, RULES, now)


def test_asking_the_same_guardian_again_is_the_same_request(
    db: Session, child: Member, now: datetime
) -> None:
    assert asked(db, child, now).id == asked(db, child, now).id


def test_asking_somebody_else_closes_the_request_before_and_forgets_that_guardian(
    db: Session, child: Member, now: datetime
) -> None:
    first = asked(db, child, now, OTHER)
    second = asked(db, child, now)
    db.refresh(first)
    assert state_of(first, RULES, now) is RequestState.CLOSED
    assert (first.guardian_name, first.guardian_phone, first.token) == (None, None, None)
    assert open_request(db, child, now) == second


def test_a_child_asks_three_times_a_day(db: Session, child: Member, clock: SetClock) -> None:
    for number in range(3):
        asked(db, child, clock.now(), ("김나무", f"010-2345-000{number}"))
    assert reason(lambda: asked(db, child, clock.now())) is Reason.GUARDIAN_ASKED_TODAY
    db.rollback()
    clock.advance(timedelta(days=1))
    assert asked(db, child, clock.now())


@pytest.mark.parametrize(
    "phone", ["010-0000-1234", "01000001234", "+82 10-0000-1234", "０１０ ００００ １２３４"]
)
def test_the_childs_own_number_is_refused_however_it_is_written(
    db: Session, child: Member, now: datetime, phone: str
) -> None:
    number = mobile_number(phone)
    assert number == "010-0000-1234"
    assert reason(lambda: asked(db, child, now, ("김나무", number))) is Reason.GUARDIAN_OWN_PHONE


def test_a_number_that_became_the_childs_own_meanwhile_proves_nothing(
    db: Session, child: Member, now: datetime
) -> None:
    request = asked(db, child, now)
    proof = proven(db, request, now)
    child.phone = "01023451013"
    db.commit()
    assert reason(lambda: agree(db, request, proof, RULES, now)) is Reason.GUARDIAN_OWN_PHONE


def test_who_is_old_enough_needs_nobody(db: Session, clock: SetClock) -> None:
    member = make_member(db)
    assert reason(lambda: asked(db, member, clock.now())) is Reason.GUARDIAN_NOT_NEEDED


def test_a_child_that_turns_fourteen_meanwhile_needs_no_answer(
    db: Session, child: Member, clock: SetClock
) -> None:
    clock.set(datetime(2027, 5, 4, 10, tzinfo=clock.now().tzinfo))
    request = asked(db, child, clock.now())
    proof = proven(db, request, clock.now())
    clock.advance(timedelta(days=1))
    assert state_of(request, RULES, clock.now()) is RequestState.NOT_NEEDED
    assert reason(lambda: agree(db, request, proof, RULES, clock.now())) is Reason.GUARDIAN_REQUEST_OVER
    assert reason(lambda: send_code(db, request, RULES, clock.now())) is Reason.GUARDIAN_REQUEST_OVER


def test_with_a_consent_nobody_is_asked_again(db: Session, child: Member, now: datetime) -> None:
    agreed(db, child, now)
    assert reason(lambda: asked(db, child, now, OTHER)) is Reason.GUARDIAN_AGREED


def test_a_request_is_open_for_five_days_and_then_forgotten(
    db: Session, child: Member, clock: SetClock
) -> None:
    request = asked(db, child, clock.now())
    clock.advance(timedelta(days=5))
    assert state_of(request, RULES, clock.now()) is RequestState.CLOSED
    assert reason(lambda: send_code(db, request, RULES, clock.now())) is Reason.GUARDIAN_REQUEST_OVER
    db.rollback()
    assert forget_unanswered(db, clock.now()) == 1
    db.commit()
    db.refresh(request)
    assert (request.guardian_name, request.guardian_phone) == (None, None)
    assert forget_unanswered(db, clock.now()) == 0


def test_who_agreed_is_not_forgotten(db: Session, child: Member, clock: SetClock) -> None:
    request = agreed(db, child, clock.now())
    clock.advance(timedelta(days=100))
    assert forget_unanswered(db, clock.now()) == 0
    assert state_of(request, RULES, clock.now()) is RequestState.AGREED


def test_a_consent_is_withdrawn_by_the_same_way_months_later(
    db: Session, child: Member, clock: SetClock
) -> None:
    request = agreed(db, child, clock.now())
    clock.advance(timedelta(days=90))
    proof = proven(db, request, clock.now(), None)
    assert not withdraw(db, request, proof, RULES, clock.now())
    db.commit()
    assert child.needs_guardian(RULES, clock.now().date())
    assert child.guardian_consents[0].withdrawn_at == clock.now()
    assert state_of(request, RULES, clock.now()) is RequestState.WITHDRAWN


def test_the_proof_that_agreed_does_not_withdraw(db: Session, child: Member, now: datetime) -> None:
    request = asked(db, child, now)
    proof = proven(db, request, now)
    agree(db, request, proof, RULES, now)
    db.commit()
    assert reason(lambda: withdraw(db, request, proof, RULES, now)) is Reason.CODE_EXPIRED


def test_withdrawing_takes_our_side_of_the_1365_link_back(db: Session, child: Member, now: datetime) -> None:
    make_consent(db, child, dovol=True, site_1365=True)
    request = agreed(db, child, now)
    assert withdraw(db, request, proven(db, request, now, None), RULES, now)
    db.commit()
    consent = consent_of(db, child)
    assert consent is not None
    assert not consent.dovol_agreed
    assert consent.history[-1].via == "guardian"


def test_after_withdrawing_only_a_new_request_leads_to_a_consent(
    db: Session, child: Member, clock: SetClock
) -> None:
    request = agreed(db, child, clock.now())
    withdraw(db, request, proven(db, request, clock.now(), None), RULES, clock.now())
    db.commit()
    for call in (
        lambda: send_code(db, request, RULES, clock.now()),
        lambda: agree(db, request, "x" * 32, RULES, clock.now()),
        lambda: withdraw(db, request, "x" * 32, RULES, clock.now()),
    ):
        assert reason(call) is Reason.GUARDIAN_REQUEST_OVER
        db.rollback()
    clock.advance(timedelta(days=1))
    again = agreed(db, child, clock.now())
    assert again.id != request.id
    assert len(child.guardian_consents) == 2


def test_declining_closes_the_request_and_forgets_the_guardian(
    db: Session, child: Member, now: datetime
) -> None:
    request = asked(db, child, now)
    decline(db, request, proven(db, request, now), RULES, now)
    db.commit()
    db.refresh(request)
    assert state_of(request, RULES, now) is RequestState.CLOSED
    assert (request.guardian_name, request.guardian_phone, request.signer_name) == (None, None, None)
    assert consent_in_force(child) is None


def test_a_token_is_found_whole_or_not_at_all(db: Session, child: Member, now: datetime) -> None:
    request = asked(db, child, now)
    token = request.token or ""
    assert find_request(db, token) == request
    for guess in ("", token[:-1], token + "a", token.swapcase(), "%", "0" * 32, request.token_hash):
        assert find_request(db, guess) is None


def test_a_link_is_texted_until_it_gets_through_three_times_at_most(
    db: Session, child: Member, now: datetime
) -> None:
    request = asked(db, child, now)
    assert may_text(request, RULES)
    request.texts = 3
    assert not may_text(request, RULES)
    request.texts, request.texted_at = 1, now
    assert not may_text(request, RULES)


@pytest.mark.parametrize(
    "typed", ["", "02-123-4567", "010-123", "010-1234-56789", "+1 010 1234 5678", "김나무"]
)
def test_what_is_no_mobile_number_is_none(typed: str) -> None:
    assert mobile_number(typed) is None


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 김나무 ", "김나무"),
        ("Nguyễn  Thị Hoa", "Nguyễn Thị Hoa"),
        ("O'Brien", "O'Brien"),
        ("김", None),
        ("", None),
        ("<b>김나무</b>", None),
        ("김나무1", None),
        ("김\u202e나무", None),
        ("김" * 41, None),
    ],
)
def test_a_name_is_letters(typed: str, name: str | None) -> None:
    assert person_name(typed) == name


def test_the_guardian_dovol_knows_is_offered_unless_it_is_the_childs_own_number(child: Member) -> None:
    assert recorded_guardian(child) is None
    child.guardian_name, child.guardian_phone = "김나무", "01023451013"
    assert recorded_guardian(child) == GUARDIAN
    child.guardian_phone = child.phone
    assert recorded_guardian(child) is None
    child.guardian_name, child.guardian_phone = "<script>", "01023451013"
    assert recorded_guardian(child) is None


def test_a_child_without_consent_files_no_talent_and_asks_for_no_recommendations(
    db: Session, child: Member, now: datetime
) -> None:
    wishes: list[Callable[[], object]] = [
        lambda: file_offer(db, child, talent="그림", when="주말", where="온라인", rules=RULES, now=now),
        lambda: set_alerts(db, child, {10}, {"kakao"}, on=True, rules=RULES, via="page", now=now),
    ]
    for wish in wishes:
        assert reason(wish) is Reason.GUARDIAN_CONSENT
    set_alerts(db, child, {10}, {"kakao"}, on=False, rules=RULES, via="page", now=now)
    set_alerts(db, child, {4}, {"sms"}, on=True, rules=RULES, via="page", now=now)


def test_a_free_seat_passes_over_a_child_whose_guardian_took_the_consent_back(
    db: Session, child: Member, now: datetime
) -> None:
    session = make_session(db, seats=1)
    waiting = [
        make_application(db, each, session, ApplicationState.WAITLISTED) for each in (child, make_member(db))
    ]
    promoted = promote_next(db, session.id, RULES, now)
    assert promoted is waiting[1]
    assert waiting[0].state is ApplicationState.WAITLISTED
