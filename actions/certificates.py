"""My certificates: by kind, one by one, and what each kind is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from actions.faq import topic_chips
from actions.members import for_members
from bot.context import Context
from bot.kinds import find_certificate_types
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, ListCard, ListItem, Press, QuickReply, Reply, Text
from bot.wording import day
from models.certificates import CERTIFICATE_NAMES, Certificate, CertificateType, certificates_of
from models.hours import RecordState, records_of
from models.members import Member
from models.ownership import own

ACTION = "certificate_issue"
PURPOSES: dict[CertificateType, str] = {
    CertificateType.ACTIVITY_PLAN: "봉사하기 전에 세운 계획을 적은 서류예요.",
    CertificateType.SERVICE: "봉사 하나에서 인정받은 시간이 적힌 확인서예요.",
    CertificateType.RECEIVED: "1365에서 두볼로 넘어온 봉사시간의 확인서예요.",
    CertificateType.BY_DAY: "봉사한 날짜별로 시간이 나뉘어 적힌 확인서예요.",
    CertificateType.GROUP: "여럿이 함께한 봉사를 단체로 묶은 확인서예요.",
    CertificateType.HISTORY: "그동안 한 봉사를 한 번에 모은 확인서예요.",
}
"""What each kind is, in a sentence."""
_LISTED = 10
_HELP = ("certificate_issue/how_to_print", "certificate_issue/types", "certificate_issue/verify")


@for_members
def certificate_issue(ctx: Context, member: Member) -> Reply:
    """Show one certificate, one kind, or all by kind; without any, when they come."""
    number = ctx.number("certificate") or ctx.referred_number("certificate")
    if number is not None:
        return _one(ctx, own(ctx.db, member, Certificate, number))
    mine = certificates_of(ctx.db, member, limit=500)
    if (wanted := _wanted_type(ctx)) is not None:
        return _of_type(ctx, wanted, [each for each in mine if each.type is wanted])
    if not mine:
        return _none_yet(ctx, member)
    types = Counter(each.type for each in mine)
    return _by_type(ctx, types, mine) if len(types) > 1 else _of_type(ctx, mine[0].type, mine)


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
    return Reply((ListCard(f"내 확인서 {len(mine)}장", items, (_open(ctx),)),), topic_chips(*_HELP))


def _of_type(ctx: Context, kind: CertificateType, mine: Sequence[Certificate]) -> Reply:
    name = CERTIFICATE_NAMES[kind]
    purpose = f"{PURPOSES[kind]} 어떤 확인서가 필요한지는 내는 곳에 물어봐 주세요."
    if not mine:
        card = Card(f"{name}는 아직 없어요", purpose, buttons=(_open(ctx),))
        return Reply((card,), (_all_mine(), *topic_chips("certificate_issue/types")))
    if len(mine) == 1:
        return _one(ctx, mine[0])
    items = tuple(_item(ctx, each) for each in mine[:_LISTED])
    more = f" (최근 {_LISTED}장)" if len(mine) > _LISTED else ""
    listed = ListCard(f"{name} {len(mine)}장{more}", items, (_open(ctx),))
    return Reply((Text(purpose), listed), (_all_mine(), *topic_chips(*_HELP)))


def _item(ctx: Context, certificate: Certificate) -> ListItem:
    issued = f"{day(certificate.issued_at.date(), ctx.now.date())} 발급"
    return ListItem(_title(certificate), issued, Press(ACTION, {"certificate": certificate.id}))


def _title(certificate: Certificate) -> str:
    return certificate.record.title if certificate.record else CERTIFICATE_NAMES[certificate.type]


def _one(ctx: Context, certificate: Certificate) -> Reply:
    today, record = ctx.now.date(), certificate.record
    facts = [
        Fact("종류", CERTIFICATE_NAMES[certificate.type]),
        Fact("발급일", day(certificate.issued_at.date(), today)),
    ]
    if record is not None:
        facts += [Fact("활동일", day(record.served_on, today)), Fact("인정시간", f"{record.hours}시간")]
    open_it = Button("확인서 열기", Link(ctx.link("my_certificate", str(certificate.id))))
    card = Card(_title(certificate), PURPOSES[certificate.type], tuple(facts), buttons=(open_it,))
    return Reply((card,), (_all_mine(), *topic_chips(*_HELP)))


def _none_yet(ctx: Context, member: Member) -> Reply:
    """Say when certificates come, with what is on its way."""
    records = records_of(ctx.db, member, (RecordState.PENDING, RecordState.CREDITED), limit=500)
    facts = tuple(
        Fact(label, f"{len(hours)}건 · {sum(hours)}시간")
        for label, state in (("인정된 봉사", RecordState.CREDITED), ("확인 중", RecordState.PENDING))
        if (hours := [record.hours for record in records if record.state is state])
    )
    text = "확인서는 기관이 봉사시간을 인정하고 나면 받을 수 있어요. 나오면 알려 줄게요!"
    card = Card("아직 발급된 확인서가 없어요", text, facts, buttons=(_open(ctx),))
    return Reply((card,), (*chips("check_hours", "hours_missing"), *topic_chips(*_HELP)))


def _open(ctx: Context) -> Button:
    return Button("확인서 화면 열기", Link(ctx.link("my_certificate")))


def _all_mine() -> QuickReply:
    return QuickReply("내 확인서 모두", Press(ACTION))
