"""Stands in for KakaoTalk on a developer's machine, in demos and in browser tests.

It imports nothing of ours and speaks to the skill server only over HTTP, as Kakao does.
``settings`` what it is told, ``payloads`` what it sends, ``skill`` the call and its 5 seconds,
``rules`` what KakaoTalk accepts, ``callbacks`` late answers, ``chat`` the routes of a turn, ``people`` whom
the channel knows, ``events`` the bot speaking first, ``sms`` text messages, ``login`` Kakao Login,
``previews`` looking at links before anybody does, ``feed`` news for open windows, ``app`` the whole.
"""
