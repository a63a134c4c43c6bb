"""One Rasa server over HTTP: what it has loaded, what it makes of a text, and having it load another model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from bot.breaker import Breaker
from bot.turn import Deadline

PARSE_SECONDS = 1.5
"""Longest wait for one server; an ordinary parse takes milliseconds."""
STATUS_SECONDS = 5.0
"""Longest wait for a word from a server where nobody waits for an answer."""
LOAD_SECONDS = 60.0
WARM_SECONDS = 30.0
"""The first parse of a model that was just loaded takes seconds."""
MODEL_CHECK_SECONDS = 10
ENDING = ".tar.gz"


class NotLoaded(Exception):
    """The server has not loaded the model: the text says why, in words for staff."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model as a server names it: its file without the ending, and the number it got in training."""

    name: str
    number: str


def pooled_session(pool: int) -> requests.Session:
    """Return an HTTP session that keeps ``pool`` connections to each server."""
    http = requests.Session()
    http.trust_env = False  # a loopback service is never behind a proxy
    http.mount("http://", HTTPAdapter(pool_maxsize=pool))
    http.mount("https://", HTTPAdapter(pool_maxsize=pool))
    return http


class NluServer:
    """A server, with its own circuit breaker and the name of the model it has loaded."""

    def __init__(self, url: str, token: str, http: requests.Session) -> None:
        self.url = url
        self._params = {"token": token}
        self._http = http
        self._breaker = Breaker()
        self._model = LoadedModel("", "")
        self._checked = (float("-inf"), -1)

    def model(self, deadline: Deadline, version: int) -> LoadedModel:
        """Return what it has loaded, asked for anew every few seconds and when ``version`` is another."""
        moment, seen = self._checked
        if seen != version or time.monotonic() - moment > MODEL_CHECK_SECONDS:
            status = self._call("GET", "/status", deadline)
            self._model, self._checked = _loaded(status), (time.monotonic(), version)
        return self._model

    def parse(self, text: str, deadline: Deadline) -> Mapping[str, Any]:
        """Return Rasa's parse.

        Raises:
            BreakerOpen, requests.RequestException, ValueError: there is none.
        """
        return self._call("POST", "/model/parse", deadline, {"text": text})

    def probe(self, seconds: float = PARSE_SECONDS) -> Mapping[str, Any]:
        """Parse something past the breaker: that a server is still starting must not close it to the first turns.

        Raises:
            requests.RequestException, ValueError: there is no good answer.
        """
        return self._request("POST", "/model/parse", Deadline.after(seconds), seconds, {"text": "안녕"})

    def loaded(self, seconds: float = STATUS_SECONDS) -> LoadedModel:
        """Return what it has loaded, asked for now and past the breaker.

        Raises:
            requests.RequestException, ValueError, KeyError: there is no good answer.
        """
        return _loaded(self._request("GET", "/status", Deadline.after(seconds), seconds))

    def load(self, path: Path) -> None:
        """Have it load a model, for which it answers nobody meanwhile.

        Raises:
            requests.RequestException: there is no answer.
            NotLoaded: it says that it cannot.
        """
        place = f"{self.url}/model"
        body = {"model_file": str(path)}
        response = self._http.put(place, params=self._params, json=body, timeout=LOAD_SECONDS)
        if not response.ok:
            raise NotLoaded(f"서버가 거절했어요: HTTP {response.status_code}")

    def _call(self, method: str, path: str, deadline: Deadline, body: object = None) -> Mapping[str, Any]:
        return self._breaker.call(lambda: self._request(method, path, deadline, PARSE_SECONDS, body))

    def _request(
        self, method: str, path: str, deadline: Deadline, at_most: float, body: object = None
    ) -> Mapping[str, Any]:
        response = self._http.request(
            method,
            self.url + path,
            params=self._params,
            json=body,
            timeout=deadline.left(at_most) or 0.001,
        )
        response.raise_for_status()
        answer = response.json()
        if not isinstance(answer, dict):
            raise ValueError("the NLU answer is no object")  # noqa: TRY004 - bad data from outside
        return answer


def _loaded(status: Mapping[str, Any]) -> LoadedModel:
    file = Path(str(status.get("model_file") or "")).name
    return LoadedModel(file.removesuffix(ENDING), str(status["model_id"]))
