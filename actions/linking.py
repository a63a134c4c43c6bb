"""Linking this chat with a DOVOL account: by a card, or by the code a page shows; and taking the link away."""

from __future__ import annotations

from bot.context import Context
from bot.linking import moved_card, question, what_moves
from bot.menu import chips
from bot.replies import Button, Card, Fact, Link, Press, Question, QuickReply, Reply, Say, Text
from models.linking import check_code, link_account, moves, start_from_chat, unlink_account
from models.masking import mask_name
from models.members import Member
from models.refusals import Reason, Refused

ACTION = "link_account"
UNLINK = "unlink_account"
CODE = "linking_code"
OFFER = QuickReply("두볼 계정 연결", Say("두볼 계정 연결"))
_HELP = ("faq_signup", "login_problem", "human_agent")
_IN_GROUP = Reply(
    (
        Text(
            "여기는 다른 사람도 보는 방이라 계정을 연결하거나 내 정보를 보여 줄 수 없어요. "
            "보람과 1:1 채팅에서 말해 줘요!"
        ),
    )
)


def link(ctx: Context) -> Reply:
    """Show the way to link; who is linked already hears with whom."""
    if ctx.in_group:
        return _IN_GROUP
    if ctx.member is not None and not ctx.data.get("change"):
        return _already(ctx, ctx.member)
    return Reply((linking_card(ctx),), chips("find_program", *_HELP))


def linking_card(ctx: Context, title: str = "두볼 계정을 연결해요") -> Card:
    """Return the card with the link and the number that proves to the page who sees this chat."""
    token, number = start_from_chat(ctx.db, ctx.account, ctx.rules, ctx.now)
    text = (
        "버튼을 눌러 딱 한 번만 로그인하면, 다음부터는 카드만 눌러도 내 화면이 열려요. "
        "화면이 연결 번호를 물으면 아래 두 자리를 적어 주세요. 번호와 링크는 아무에게도 보내지 마세요."
    )
    button = Button("두볼 계정 연결", Link(ctx.links.opening(token)))
    return Card(title, text, (Fact("연결 번호", number),), buttons=(button,))


def invitation(ctx: Context) -> Reply:
    """Answer what only a linked person can be answered."""
    if ctx.in_group:
        return _IN_GROUP
    return Reply((linking_card(ctx, "먼저 두볼 계정을 연결해요"),), chips("find_program", *_HELP))


def _already(ctx: Context, member: Member) -> Reply:
    card = Card(
        "이미 연결돼 있어요",
        f"이 카카오톡은 {mask_name(member.name)} 님의 두볼 계정과 연결돼 있어요.",
        buttons=(
            Button("내 두볼 열기", Link(ctx.link("home"))),
            Button("다른 계정으로 바꾸기", Press(ACTION, {"change": True})),
            Button("연결 끊기", Press(UNLINK)),
        ),
    )
    return Reply((card,))


# --- by the code of a page


def take_code(ctx: Context) -> Reply:
    """Take the code that a page shows: name the account first, link when the person says yes."""
    if ctx.in_group:
        text = "이 방은 다른 사람도 봐요! 방금 적은 번호는 쓰지 말고, 화면에서 새 번호를 받아 1:1 채팅에 적어 주세요."
        return Reply((Text(text),))
    agreed = ctx.text("agreed")
    typed = ctx.text("code") or ctx.turn.words
    found = check_code(ctx.db, ctx.account, typed, ctx.now, spend=bool(agreed))
    if isinstance(found, Refused):
        return _wrong_code(found)
    member = found.member
    if agreed:
        return _link_by_code(ctx, member)
    if ctx.account.member_id == member.id:
        return _already(ctx, member)
    return _ask(ctx, member, found.code)


def _ask(ctx: Context, member: Member, code: str) -> Reply:
    text = " ".join(
        (
            *what_moves(moves(ctx.db, ctx.account, member), ctx.account),
            "내가 화면에서 로그인한 계정이 맞는지 봐 주세요. 다른 사람이 이 번호를 적으라고 했다면 연결하지 마세요.",
        )
    )
    yes = Button("연결할게요", Press(CODE, {"code": code, "agreed": True}), "yes")
    no = Button("아니요", Say("됐어"), "no")
    return Reply((Card(question(member), text, buttons=(yes, no)),), question=Question(CODE))


def _link_by_code(ctx: Context, member: Member) -> Reply:
    done = link_account(ctx.db, ctx.account, member, ctx.now)
    for other in done.moved_from:
        ctx.tell(other, moved_card(member))
    text = f"이제 {mask_name(member.name)} 님의 봉사시간과 신청을 여기서 바로 볼 수 있어요. 카드만 누르면 화면도 열려요."
    card = Card("연결됐어요", text, buttons=(Button("내 두볼 열기", Link(ctx.link("home"))),))
    return Reply((card,), chips("check_hours", "application_status", "find_program"))


def _wrong_code(refused: Refused) -> Reply:
    if refused.reason is Reason.CODES_LOCKED:
        return Reply((Text(refused.words),), chips("human_agent"))
    text = "번호가 맞지 않거나 시간이 지났어요. 화면에 보이는 8자리를 다시 확인하거나, 화면에서 새 번호를 받아 주세요."
    return Reply((Text(f"{text}\n{refused.words}"),), (OFFER, *chips("human_agent")))


def code_for_page(ctx: Context) -> Reply:  # noqa: ARG001 - an action takes its context
    """Say where the six digits belong that the chat showed itself."""
    text = "인증번호 6자리는 채팅이 아니라 열려 있는 화면에 적어 주세요. 계정을 연결하는 번호는 8자리예요."
    return Reply((Text(text),), chips("human_agent"))


# --- taking the link away


def unlink(ctx: Context) -> Reply:
    """Ask, then take the link away."""
    if ctx.in_group:
        return _IN_GROUP
    if ctx.member is None:
        return Reply((Text("지금은 연결된 두볼 계정이 없어요."),), (OFFER, *chips("find_program")))
    if ctx.number("agreed") != ctx.member.id:
        return _ask_to_unlink(ctx.member)
    unlink_account(ctx.db, ctx.account, ctx.now)
    text = (
        "열려 있던 화면도 모두 닫았어요. 신청과 봉사시간은 두볼에 그대로 있어요. "
        "다시 쓰고 싶으면 언제든 '두볼 계정 연결'이라고 말해 주세요."
    )
    return Reply((Card("연결을 끊었어요", text),), (OFFER, *chips("find_program")))


def _ask_to_unlink(member: Member) -> Reply:
    text = (
        f"{mask_name(member.name)} 님의 두볼 계정과 이 카카오톡의 연결을 끊어요. 여기서는 내 시간과 신청을 볼 수 없고, "
        "알림도 오지 않아요. 신청과 봉사시간은 두볼에 그대로 남아요."
    )
    yes = Button("연결을 끊을게요", Press(UNLINK, {"agreed": member.id}), "yes")
    no = Button("그대로 둘게요", Say("됐어"), "no")
    return Reply((Card("연결을 끊을까요?", text, buttons=(yes, no)),), question=Question(UNLINK))
