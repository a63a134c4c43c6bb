"""KakaoTalk: endpoint, payload, render, callback."""
