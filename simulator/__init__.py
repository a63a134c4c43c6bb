"""Stands in for KakaoTalk and its resellers on a developer's machine, in demos, tests and benches.

It imports nothing of ours and speaks to us only over HTTP, as they do.
The chat: ``settings`` what it is told, ``payloads`` what it sends, ``skill`` the call and its 5 seconds, ``rules`` what
KakaoTalk accepts, ``callbacks`` late answers, ``chat`` the routes of a turn, ``people`` whom the channel knows,
``events`` the bot speaking first, ``login`` Kakao Login, ``previews`` looking at links before anybody does, ``feed`` news
for open windows.
The phone: ``alimtalk`` and ``sms`` of NHN Cloud (``nhn`` what they share), ``solapi``, ``approvals`` the approved
templates, ``texts`` bytes of EUC-KR, ``messages`` what was taken, ``delivery`` from taken to arrived, ``receipts``
pushed results, ``phone`` the page.
For all: ``faults`` what goes wrong, ``ledger`` what was taken how often, ``app`` the whole.
"""
