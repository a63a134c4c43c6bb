"""What is said when a chat is linked with a DOVOL account: the same in the chat and on the pages."""

from __future__ import annotations

from collections.abc import Set

from models.linking import Move
from models.masking import mask_name
from models.members import ChannelAccount, Member
from models.outbox import NoticeCard

WARNING = "이 링크를 다른 사람에게 받았다면 연결하지 마세요. 연결하면 그 사람이 내 봉사 기록을 볼 수 있어요."


def question(member: Member) -> str:
    """Return what is asked before the two are linked."""
    return f"{mask_name(member.name)} 님 계정을 이 카카오톡과 연결할까요?"


def what_moves(moves: Set[Move], account: ChannelAccount) -> tuple[str, ...]:
    """Say what linking takes away from somewhere else, a sentence each."""
    said = []
    if Move.REPLACES in moves and account.member is not None:
        before = mask_name(account.member.name)
        said.append(
            f"이 카카오톡은 지금 {before} 님 계정과 연결돼 있어요. 그 연결은 끊기고 새 계정으로 바뀌어요."
        )
    if Move.LEAVES in moves:
        said.append(
            "이 계정은 지금 다른 카카오톡과 연결돼 있어요. 그 연결은 끊기고 이 카카오톡으로 옮겨져요."
        )
    return tuple(said)


def linked_card(member: Member) -> NoticeCard:
    """Return what the chat is told that was linked on a page."""
    text = (
        f"이제 카드만 누르면 {mask_name(member.name)} 님의 화면이 열려요. "
        "내가 한 게 아니라면 '연결 끊기'라고 말해 주세요."
    )
    return NoticeCard("두볼 계정과 연결됐어요", text, page="home")


def moved_card(member: Member) -> NoticeCard:
    """Return what the chat is told that is linked no longer."""
    text = (
        f"{mask_name(member.name)} 님의 두볼 계정이 다른 카카오톡과 연결돼서, 여기서는 연결이 끊겼어요. "
        "내가 아니에요? 두볼 비밀번호를 바로 바꾸고, 여기에 '두볼 계정 연결'이라고 말해서 되찾아 주세요. "
        "도움이 필요하면 '상담원 연결'이라고 말해 주세요."
    )
    return NoticeCard("연결이 다른 카카오톡으로 옮겨졌어요", text)


def burnt_card() -> NoticeCard:
    """Return what the chat is told whose connection number was guessed at."""
    text = (
        "연결 번호가 두 번 틀려서 연결 링크를 닫았어요. 내가 한 거라면 '두볼 계정 연결'이라고 말해서 새로 시작해 주세요. "
        "내가 아니라면 아무것도 하지 않아도 돼요. 연결된 건 없어요."
    )
    return NoticeCard("연결 링크를 닫았어요", text)
