"""KakaoTalk.

In: ``endpoint`` (the door and its time budget), ``payload`` (what Kakao sends), ``extra`` (what buttons carry).
Out: ``render`` draws a reply, after ``tidy`` and ``layout`` made it fit; ``response`` holds Kakao's rules and
checks every reply; ``callback`` answers late; ``apologies`` when there is no answer; ``words`` measures text.
"""
