"""Stands in for KakaoTalk on a developer's machine."""
