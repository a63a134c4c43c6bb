"""One call of a provider's JSON API, with its failures sorted into again and never.

Errors name neither the address nor the body: keys and telephone numbers stay out of logs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

import requests
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from alerts.channels import ChannelRetryable

Json: TypeAlias = Mapping[str, Any]
Params: TypeAlias = Mapping[str, str | Sequence[str]]
Timeout: TypeAlias = tuple[float, float]

TIMEOUT: Timeout = (2.0, 5.0)
"""Seconds to connect, and between two bytes of the answer."""


class Key(AuthBase):
    """Puts a secret into a header; as ``auth`` it also keeps a .netrc of the machine from replacing it."""

    def __init__(self, header: str, value: str) -> None:
        self._header, self._value = header, value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign ``request``."""
        request.headers[self._header] = self._value
        return request


def call(
    session: requests.Session,
    method: str,
    url: str,
    key: AuthBase,
    timeout: Timeout,
    body: Json | None = None,
    *,
    params: Params | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Json]:
    """Return the status and the JSON object of an answer below 500 that is about the request itself.

    ``params`` must be fit for logs: libraries write addresses there.

    Raises:
        ChannelRetryable: nobody answered in time, the provider is overloaded or does not know our key, or
            what came back is no JSON object.

    """
    try:
        response = session.request(
            method,
            url,
            json=body,
            auth=key,
            timeout=timeout,
            allow_redirects=False,
            params=params,
            headers=headers,
        )
        return _checked(response)
    except requests.RequestException as error:
        # from None: the error's own text holds the address, and in it a key
        raise ChannelRetryable(type(error).__name__, maybe_sent=_maybe_sent(error)) from None


def _checked(response: requests.Response) -> tuple[int, Json]:
    status = response.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise ChannelRetryable(f"HTTP {status}: the provider does not accept our key, check the settings")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ChannelRetryable(f"HTTP {status}", maybe_sent=True)
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS) or response.is_redirect:
        raise ChannelRetryable(f"HTTP {status}")
    found = _json(response)
    if not isinstance(found, dict):
        taken = status < HTTPStatus.BAD_REQUEST
        raise ChannelRetryable(f"HTTP {status} without a JSON object", maybe_sent=taken)
    return status, found


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _maybe_sent(error: requests.RequestException) -> bool:
    """Tell whether the request may have arrived: not if there never was a connection."""
    if isinstance(error, requests.ConnectTimeout):
        return False
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return not isinstance(cause, NewConnectionError)
