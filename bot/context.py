"""What an action is given: the turn, what was understood, who asks, the data and the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session as DbSession

from bot.dialogue import Choice, Session
from bot.links import PAGES, Entrance, Links
from bot.ordinals import parse_ordinal
from bot.pictures import Pictures
from bot.replies import Data, Press, Reply
from bot.topics import TopicBook, Topics
from bot.turn import Turn
from bot.understanding import ParsedMessage
from models.base import LARGEST_ID
from models.members import ChannelAccount, Member
from models.notices import add_notice
from models.outbox import NoticeCard
from models.rules import Rules, load_rules


@dataclass
class Context:
    """Everything an action may use. ``data`` is what a button or an answered question carried."""

    turn: Turn
    parsed: ParsedMessage
    session: Session
    db: DbSession
    account: ChannelAccount
    now: datetime
    links: Links
    pictures: Pictures
    topics: Topics
    data: Data = field(default_factory=dict)
    topic: str | None = None
    """Topic that the reply answers, for the log; None for the one that was understood."""
    alert_kind: int | None = None
    """Kind of the alert whose card the reply shows, for the log."""
    _made: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def member(self) -> Member | None:
        """The member behind the account, None while it is not linked or where others would read along."""
        return None if self.in_group else self.account.member

    @property
    def in_group(self) -> bool:
        """Tell whether others read the answer too."""
        return bool(self.turn.room)

    @cached_property
    def rules(self) -> Rules:
        """The rules in force."""
        return load_rules(self.db)

    @cached_property
    def book(self) -> TopicBook:
        """The answers of the FAQ in force, the same for the whole turn."""
        return self.topics.book()

    def number(self, name: str) -> int | None:
        """Return an id a button carried, None when it carried none, -1 (nothing has it) when it cannot be one."""
        value = self.data.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return None
        try:
            number = int(value)
        except ValueError:
            return None
        return number if 0 < number <= LARGEST_ID else -1

    def text(self, name: str) -> str:
        """Return words a button or an answer carried, empty when there are none."""
        value = self.data.get(name, "")
        return value if isinstance(value, str) else str(value)

    def tell(self, account: ChannelAccount, card: NoticeCard) -> None:
        """Show a card in another chat, once the turn is committed."""
        add_notice(self.db, account, card, self.now)

    def link(self, page: str, record: str = "", *, alert_id: int | None = None) -> str:
        """Return the address of a page: a login link where the person has one, made once for a turn.

        Where others read along nobody gets a login link; who is not linked sees what a stranger may. ``alert_id``
        is the alert whose card it stands on.
        """
        if (page, record) not in self._made:
            self._made[page, record] = self._new_link(page, record, alert_id)
        return self._made[page, record]

    def _new_link(self, page: str, record: str, alert_id: int | None) -> str:
        target = PAGES[page]
        known = self.account.member_id is not None or target.entrance is Entrance.ACCOUNT
        plain = target.same_for_all or target.entrance is Entrance.ELSEWHERE
        if self.in_group or not known or plain:
            return self.links.public(page, record)
        return self.links.login(
            self.db, self.account, page, record, rules=self.rules, now=self.now, alert_id=alert_id
        )

    def referred(self) -> Choice | None:
        """Return the thing of the last list that the words name by number ("두 번째 거 신청할래")."""
        for words in self.parsed.words("ordinal"):
            if (ordinal := parse_ordinal(words)) and (choice := self.session.listed(ordinal)):
                return choice
        return None

    def referred_number(self, name: str) -> int | None:
        """Return the number a thing named by its place in the last list carries, such as a session's id."""
        choice = self.referred()
        if choice is None or not isinstance(choice.target, Press):
            return None
        value = choice.target.data.get(name)
        return value if isinstance(value, int) else None


Action = Callable[[Context], Reply]
Actions = Mapping[str, Action]
