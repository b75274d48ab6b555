"""Every address of the portal. A name here needs a row in `permissions.TABLE`."""

from django.urls import path

from portal import (
    arbitrators,
    audit,
    buyers,
    chatlogs,
    chatsearch,
    custody,
    doors,
    engine,
    exhibits,
    handover,
    health,
    ladder,
    logs,
    matches,
    merchants,
    notices_page,
    pauses,
    rulings,
    supervisors,
    workspace,
)

EXHIBIT = "cases/<str:reference>/exhibits/<int:number>/"

urlpatterns = [
    # The doors
    path("", doors.home, name="home"),
    path("login/", doors.login, name="login"),
    path("logout/", doors.logout, name="logout"),
    path("theme/", doors.set_theme, name="set_theme"),
    path("healthz", health.healthz, name="healthz"),
    path("supervisor/", supervisors.supervisor, name="supervisor"),
    path("supervisor/hand-over/", handover.hand_over, name="hand_over"),
    path("supervisor/ladder/", ladder.ladder, name="ladder"),
    path("supervisor/ladder/drawn/", ladder.drawn_ruling, name="drawn_ruling"),
    path("supervisor/pauses/", pauses.pauses, name="pauses"),
    path("supervisor/pauses/declare/", pauses.declare, name="declare_pause"),
    path("supervisor/pauses/end/", pauses.end, name="end_pause"),
    path("supervisor/engine/", engine.engine, name="engine"),
    path("supervisor/engine/clock/", engine.engine_resume, name="engine_resume"),
    path("supervisor/engine/messages/", engine.engine_messages, name="engine_messages"),
    path("supervisor/engine/deadlines/", engine.engine_try, name="engine_try"),
    # The auditors
    path("audit/", audit.audit, name="audit"),
    path("audit/verify/", audit.audit_verify, name="audit_verify"),
    path("audit/lines.csv", audit.audit_lines, name="audit_lines"),
    path("audit/verify_docket.py", audit.audit_script, name="audit_script"),
    path("audit/cases/<str:reference>/", audit.audit_case, name="audit_case"),
    path("audit/cases/<str:reference>/docket/", audit.audit_docket, name="audit_docket"),
    # The desk
    path("queue/", arbitrators.queue, name="queue"),
    path("queue/next/", arbitrators.next_case, name="next_case"),
    path("chats/", chatsearch.chat_search, name="chat_search"),
    path("cases/<str:reference>/skip/", arbitrators.skip_case, name="skip_case"),
    path("cases/<str:reference>/ruling/", rulings.ruling, name="ruling"),
    # The parties
    path("merchant/", merchants.merchant_home, name="merchant_home"),
    path("merchant/cases/<str:reference>/", merchants.merchant_case, name="merchant_case"),
    path("buyer/", buyers.buyer_home, name="buyer_home"),
    path("buyer/cases/<str:reference>/", buyers.buyer_case, name="buyer_case"),
    path("notices/", notices_page.notices, name="notices"),
    # Evidence
    path("cases/<str:reference>/exhibits/", exhibits.exhibits, name="exhibits"),
    path("cases/<str:reference>/exhibits/ticket/", exhibits.upload_ticket, name="upload_ticket"),
    path(EXHIBIT, exhibits.exhibit_preview, name="exhibit_preview"),
    path(f"{EXHIBIT}thumb/", exhibits.exhibit_thumb, name="exhibit_thumb"),
    path(f"{EXHIBIT}original/", exhibits.exhibit_original, name="exhibit_original"),
    path(f"{EXHIBIT}confirm/", chatlogs.exhibit_confirm, name="exhibit_confirm"),
    path(f"{EXHIBIT}custody/", custody.exhibit_custody, name="exhibit_custody"),
    path(f"{EXHIBIT}check/", custody.exhibit_check, name="exhibit_check"),
    path(f"{EXHIBIT}admit/", custody.exhibit_admit, name="exhibit_admit"),
    path(f"{EXHIBIT}withdraw/", exhibits.exhibit_withdraw, name="exhibit_withdraw"),
    path(f"{EXHIBIT}beside/", logs.log_diff, name="log_diff"),
    path(f"{EXHIBIT}matches/", matches.match_mark, name="match_mark"),
    # The desk: a step's own name comes last, so that it hides no other address
    path("cases/<str:reference>/", workspace.case, name="case"),
    path("cases/<str:reference>/export/", audit.case_export, name="case_export"),
    path("cases/<str:reference>/ruling/preview/", workspace.ruling_preview, name="ruling_preview"),
    path("cases/<str:reference>/ruling/draft/", workspace.ruling_draft, name="ruling_draft"),
    path("cases/<str:reference>/extend/", workspace.extend, name="extend"),
    path("cases/<str:reference>/unmask/", workspace.unmask, name="unmask"),
    path("cases/<str:reference>/<str:transition>/", workspace.act, name="act"),
]
