"""Puts delivery together from the settings: for the worker, and for the commands that do its work by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from alerts.channels import Channel
from alerts.channels.failover import Failover
from alerts.channels.kakao_event import KakaoEvents
from alerts.channels.limits import Bucket
from alerts.channels.nhn_alimtalk import NhnAlimtalk
from alerts.channels.nhn_sms import NhnSms
from alerts.channels.solapi import SolapiAlimtalk, SolapiSms
from alerts.channels.trial import Trial
from alerts.delivery import Delivery
from alerts.messages import Addresses
from alerts.routing import ALIMTALK, KAKAO, SMS
from bot.settings import Settings
from models.clock import Clock
from models.database import Database


def create_delivery(settings: Settings, database: Database, clock: Clock) -> Delivery:
    """Return delivery by every channel that has its keys."""
    return Delivery(
        database,
        channels_of(settings),
        clock,
        Addresses(settings.address, settings.chat_url, settings.sms_opt_out_number),
        trial=Trial(settings.alerts_mode, settings.alerts_allowed),
        monthly_texts=settings.sms_monthly_cap,
        lease=timedelta(seconds=settings.alert_lease_seconds),
    )


def channels_of(settings: Settings) -> dict[str, Failover]:
    """Return the ways that are set up, each with its providers in the order in which they are tried."""
    found: Mapping[str, list[Channel]] = {
        KAKAO: _events(settings),
        ALIMTALK: _alimtalk(settings),
        SMS: _texts(settings),
    }
    return {way: _failover(settings, channels) for way, channels in found.items() if channels}


def _failover(settings: Settings, channels: list[Channel]) -> Failover:
    rate = settings.messages_per_second
    return Failover(channels, {each.name: Bucket(settings.redis, each.name, rate) for each in channels})


def _events(settings: Settings) -> list[Channel]:
    if not settings.kakao_rest_api_key:
        return []
    return [
        KakaoEvents(
            settings.kakao_api_url,
            settings.kakao_rest_api_key,
            settings.kakao_bot_id,
            settings.kakao_event_name,
        )
    ]


def _alimtalk(settings: Settings) -> list[Channel]:
    found: list[Channel] = []
    if settings.alimtalk_app_key:
        app, secret = settings.alimtalk_app_key, settings.alimtalk_secret_key
        found.append(NhnAlimtalk(settings.alimtalk_url, app, secret, settings.alimtalk_sender_key))
    if settings.solapi_api_key and settings.solapi_pf_id:
        key, secret = settings.solapi_api_key, settings.solapi_api_secret
        found.append(SolapiAlimtalk(settings.solapi_url, key, secret, settings.solapi_pf_id))
    return found


def _texts(settings: Settings) -> list[Channel]:
    found: list[Channel] = []
    if settings.sms_app_key:
        app, secret = settings.sms_app_key, settings.sms_secret_key
        found.append(NhnSms(settings.sms_url, app, secret, settings.sms_sender))
    if settings.solapi_api_key and settings.sms_sender:
        key, secret = settings.solapi_api_key, settings.solapi_api_secret
        found.append(SolapiSms(settings.solapi_url, key, secret, settings.sms_sender))
    return found
