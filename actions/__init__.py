"""What the assistant can do, one file per capability. ``ACTIONS`` maps every intent to its function."""

from __future__ import annotations

from actions import (
    absences,
    alert_settings,
    applications,
    apply,
    certificates,
    consent,
    feedback,
    find,
    goals,
    guardian,
    hours,
    humans,
    linking,
    login_help,
    missing_hours,
    neis,
    notices,
    pages,
    privacy,
    profile,
    recommend,
    safety,
    smalltalk,
    talents,
)
from actions.faq import faq, topic_first
from bot.context import Action
from bot.turn import NOTICE

ACTIONS: dict[str, Action] = {
    "check_hours": topic_first(hours.check_hours),
    "hours_missing": topic_first(missing_hours.hours_missing),
    "application_status": topic_first(applications.application_status),
    "apply_program": topic_first(apply.apply_program),
    "cancel_application": topic_first(applications.cancel_application),
    "find_program": topic_first(find.find_program),
    "recommend_program": recommend.recommend_program,
    "certificate_issue": topic_first(certificates.certificate_issue),
    "consent_1365": topic_first(consent.consent_1365),
    "neis_transfer": topic_first(neis.neis_transfer),
    "talent_sharing": topic_first(talents.talent_sharing),
    "no_show": topic_first(absences.no_show),
    "notification_settings": topic_first(alert_settings.notification_settings),
    "change_profile": topic_first(profile.change_profile),
    "login_problem": topic_first(login_help.login_problem),
    "human_agent": humans.human_agent,
    "faq_signup": faq,
    "faq_hours_rule": faq,
    "faq_club": faq,
    "faq_online_overseas": faq,
    "faq_insurance_safety": faq,
    "faq_college_admission": faq,
    "faq_leader_host": faq,
    "greeting": smalltalk.greeting,
    "thanks_bye": smalltalk.thanks_bye,
    "clarify_needed": smalltalk.clarify_needed,
    "abuse": safety.abuse,
    "crisis_support": safety.crisis_support,
    "security_attack": safety.security_attack,
    "out_of_scope": smalltalk.out_of_scope,
}

WITHOUT_INTENT: dict[str, Action] = {
    NOTICE: notices.show_notice,
    "pages": pages.pages,
    "my_data": privacy.my_data,
    guardian.ACTION: guardian.guardian,
    goals.ACTION: goals.hours_goal,
    feedback.ACTION: feedback.feedback,
    "link_account": linking.link,
    "linking_code": linking.take_code,
    "code_for_page": linking.code_for_page,
    "unlink_account": linking.unlink,
}
"""What no sentence is classified as: reached by an event, by a button or by exact words."""
