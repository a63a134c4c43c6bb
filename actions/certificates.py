"""My certificates: by kind, one by one, what each kind is for, and issuing another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.kinds import find_certificate_types
from bot.menu import chips
from bot.replies import (
    Button,
    Card,
    Fact,
    Link,
    ListCard,
    ListItem,
    Press,
    Question,
    QuickReply,
    Reply,
    Say,
    Text,
)
from bot.wording import (
    CERTIFICATE_AGAIN,
    CERTIFICATE_PURPOSES,
    CERTIFICATE_RULE,
    CERTIFICATES_COME,
    certified,
    day,
    hours_label,
    short,
)
from models.certificates import (
    ABOUT_ONE,
    CERTIFICATE_NAMES,
    Certificate,
    CertificateContent,
    CertificateType,
    about,
    certificates_of,
    check_kind,
    choices,
    draft,
    issuable_kinds,
    issue,
    refusal,
)
from models.hours import RecordState, records_of
from models.members import Member
from models.ownership import own

ACTION = "certificate_issue"
_LISTED = 10
_ISSUE = re.compile(
    r"발급\s*(?:해|하고|할래|받고|받을래|부탁)|뽑(?:아|고|을래|을게)|떼\s*(?:줘|고|야)|새로|하나 더"
)
"""Words of somebody who wants one made, not shown."""
_NEW = Button("새로 발급받기", Press(ACTION, {"issue": True}))
_HELP = ("certificate_issue/how_to_print", "certificate_issue/types", "certificate_issue/verify")


@for_members
def certificate_issue(ctx: Context, member: Member) -> Reply:
    """Issue one, or show one, one kind, or all by kind; without any, when they come."""
    number = ctx.number("certificate") or ctx.referred_number("certificate")
    if number is not None:
        return _one(ctx, own(ctx.db, member, Certificate, number))
    if ctx.data.get("issue") is True or _wants_one_issued(ctx, member):
        return _issue(ctx, member)
    mine = certificates_of(ctx.db, member, limit=500)
    if (wanted := _wanted_type(ctx)) is not None:
        return _of_type(ctx, member, wanted, [each for each in mine if each.type is wanted])
    if not mine:
        return _none_yet(ctx, member)
    types = Counter(each.type for each in mine)
    return _by_type(ctx, types, mine) if len(types) > 1 else _of_type(ctx, member, mine[0].type, mine)


def _wants_one_issued(ctx: Context, member: Member) -> bool:
    """Tell whether the words ask for one to be made that can be; what cannot is explained instead."""
    if ctx.data or not _ISSUE.search(ctx.turn.words):
        return False
    kinds, wanted = issuable_kinds(ctx.db, member, ctx.now), _wanted_type(ctx)
    return bool(kinds) if wanted is None else wanted in kinds


def _issue(ctx: Context, member: Member) -> Reply:
    """Ask for kind and activity as far as they are missing, then whether it is meant, then issue it."""
    kind, number = _wanted_type(ctx), ctx.number("about")
    if kind is None:
        return _ask_kind(ctx, member)
    if kind in ABOUT_ONE and number is None:
        return _ask_activity(ctx, member, kind)
    drafted = draft(ctx.db, member, kind, **about(kind, number), now=ctx.now)
    if drafted.issued is not None:
        return _one(ctx, drafted.issued, CERTIFICATE_AGAIN)
    if ctx.data.get("confirm") is not True:
        return _confirm(drafted.content, number)
    issued = issue(ctx.db, member, kind, **about(kind, number), now=ctx.now)
    return _one(ctx, issued, "확인서가 나왔어요! 버튼을 누르면 PDF로 내려받을 수 있어요.")


def _ask_kind(ctx: Context, member: Member) -> Reply:
    kinds = issuable_kinds(ctx.db, member, ctx.now)
    if not kinds:
        return _none_yet(ctx, member)
    items = tuple(
        ListItem(CERTIFICATE_NAMES[kind], CERTIFICATE_PURPOSES[kind], _issue_press(kind)) for kind in kinds
    )
    listed = ListCard("어떤 확인서를 발급할까요?", items, (_choose_on_page(ctx),))
    return Reply((listed,), (_all_mine(), *topic_chips(ctx, "certificate_issue/types")), Question(ACTION))


def _ask_activity(ctx: Context, member: Member, kind: CertificateType) -> Reply:
    check_kind(ctx.db, member, kind, ctx.now)
    items = tuple(
        ListItem(
            each.activity.title,
            f"{day(each.activity.on, ctx.now.date())} · {each.activity.hours}시간",
            _issue_press(kind, each.number),
        )
        for each in choices(ctx.db, member, kind, ctx.now)[:_LISTED]
    )
    listed = ListCard("어떤 활동의 확인서인가요?", items, (_choose_on_page(ctx),))
    return Reply((listed,), (_all_mine(),), Question(ACTION))


def _confirm(content: CertificateContent, number: int | None) -> Reply:
    facts = (
        Fact("종류", CERTIFICATE_NAMES[content.type]),
        Fact("활동", short(certified(content.activities))),
        Fact(hours_label(content.type), f"{content.total_hours}시간"),
    )
    buttons = (
        Button("발급할게요", _issue_press(content.type, number, confirm=True), "yes"),
        Button("안 할래요", Say("됐어"), "no"),
    )
    card = Card("이 확인서를 발급할까요?", CERTIFICATE_RULE, facts, buttons=buttons)
    return Reply((card,), question=Question(ACTION))


def _issue_press(kind: CertificateType, number: int | None = None, *, confirm: bool = False) -> Press:
    """Return a press that carries all that was chosen so far, so it works without memory too."""
    data: dict[str, str | int | bool] = {"issue": True, "type": kind.value}
    if number is not None:
        data["about"] = number
    return Press(ACTION, data | {"confirm": True} if confirm else data)


def _wanted_type(ctx: Context) -> CertificateType | None:
    code = ctx.text("type")
    if code in set(CertificateType):
        return CertificateType(code)
    for words in ctx.parsed.words("certificate_type"):
        for found in find_certificate_types(words):
            return CertificateType(found.value)
    return None


def _by_type(ctx: Context, types: Counter[CertificateType], mine: Sequence[Certificate]) -> Reply:
    newest = {each.type: each for each in reversed(mine)}
    items = tuple(
        ListItem(
            f"{CERTIFICATE_NAMES[kind]} {count}장",
            f"최근 {day(newest[kind].issued_at.date(), ctx.now.date())}",
            Press(ACTION, {"type": kind.value}),
        )
        for kind, count in types.most_common()
    )
    listed = ListCard(f"내 확인서 {len(mine)}장", items, (_NEW, _open(ctx)))
    return Reply((listed,), topic_chips(ctx, *_HELP))


def _of_type(ctx: Context, member: Member, kind: CertificateType, mine: Sequence[Certificate]) -> Reply:
    name = CERTIFICATE_NAMES[kind]
    if not mine:
        return _none_of_type(ctx, member, kind)
    if len(mine) == 1:
        return _one(ctx, mine[0])
    items = tuple(_item(ctx, each) for each in mine[:_LISTED])
    more = f" (최근 {_LISTED}장)" if len(mine) > _LISTED else ""
    listed = ListCard(f"{name} {len(mine)}장{more}", items, (_NEW, _open(ctx)))
    return Reply((Text(_purpose(kind)), listed), (_all_mine(), *topic_chips(ctx, *_HELP)))


def _none_of_type(ctx: Context, member: Member, kind: CertificateType) -> Reply:
    """Say what the kind is for and how to come by one."""
    refused = refusal(ctx.db, member, kind, ctx.now)
    text = f"{_purpose(kind)} {refused.words}" if refused else _purpose(kind)
    new = () if refused else (Button("발급받기", _issue_press(kind)),)
    card = Card(f"{CERTIFICATE_NAMES[kind]}는 아직 없어요", text, buttons=(*new, _open(ctx)))
    return Reply((card,), (_all_mine(), *topic_chips(ctx, "certificate_issue/types")))


def _purpose(kind: CertificateType) -> str:
    return f"{CERTIFICATE_PURPOSES[kind]} 어떤 확인서가 필요한지는 내는 곳에 물어봐 주세요."


def _item(ctx: Context, certificate: Certificate) -> ListItem:
    issued = f"{day(certificate.issued_at.date(), ctx.now.date())} 발급"
    return ListItem(certificate.title, issued, Press(ACTION, {"certificate": certificate.id}))


def _one(ctx: Context, certificate: Certificate, text: str = "") -> Reply:
    """Show one; ``text`` says what just became of it, else what it is for."""
    today, record = ctx.now.date(), certificate.record
    facts = [
        Fact("종류", CERTIFICATE_NAMES[certificate.type]),
        Fact("발급일", day(certificate.issued_at.date(), today)),
        Fact("발급번호", certificate.print_number),
    ]
    if certificate.application is not None:
        facts.append(Fact("활동일", day(certificate.application.session.starts_on, today)))
    if record is not None:
        facts += [Fact("활동일", day(record.served_on, today)), Fact("인정시간", f"{record.hours}시간")]
    open_it = Button("확인서 열기", Link(ctx.link("my_certificate", str(certificate.id))))
    text = text or CERTIFICATE_PURPOSES[certificate.type]
    card = Card(short(certificate.title), text, tuple(facts), buttons=(open_it,))
    return Reply((card,), (_all_mine(), *topic_chips(ctx, *_HELP)))


def _none_yet(ctx: Context, member: Member) -> Reply:
    """Say when certificates come, with what is on its way."""
    records = records_of(ctx.db, member, (RecordState.PENDING, RecordState.CREDITED), limit=500)
    facts = tuple(
        Fact(label, f"{len(hours)}건 · {sum(hours)}시간")
        for label, state in (("인정된 봉사", RecordState.CREDITED), ("확인 중", RecordState.PENDING))
        if (hours := [record.hours for record in records if record.state is state])
    )
    new = (_NEW,) if issuable_kinds(ctx.db, member, ctx.now) else ()
    text = f"{CERTIFICATES_COME} 나오면 알려 줄게요!"
    card = Card("아직 발급된 확인서가 없어요", text, facts, buttons=(*new, _open(ctx)))
    return Reply((card,), (*chips("check_hours", "hours_missing"), *topic_chips(ctx, *_HELP)))


def _open(ctx: Context) -> Button:
    return Button("확인서 화면 열기", Link(ctx.link("my_certificate")))


def _choose_on_page(ctx: Context) -> Button:
    return Button("화면에서 고르기", Link(ctx.link("my_certificate", "new")))


def _all_mine() -> QuickReply:
    return QuickReply("내 확인서 모두", Press(ACTION))
