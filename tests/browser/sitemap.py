"""The pages that people and staff meet, by who looks: what the browser tests walk through."""

HISTORY = "/meetings/planning-session-2022-09-14"

VISITOR = [
    "/",
    "/about/",
    "/meetings/",
    "/meetings/archive/",
    "/meetings/open-house/",
    "/meetings/open-house/rsvp/",
    "/meetings/open-house/live/",
    "/meetings/open-house/screen/",
    f"{HISTORY}/",
    f"{HISTORY}/summary/",
    f"{HISTORY}/live/",
    "/notices/",
    "/notices/next-full-cop-meeting/",
    "/notices/subscribe/",
    "/rfps/",
    "/rfps/facilitation/",
    "/polls/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no-such-page/",
]
MEMBER = [
    "/me/",
    "/me/profile/",
    "/me/preferences/",
    "/me/data/",
    "/me/refer/",
    "/meetings/open-house/",
    "/meetings/open-house/rsvp/",
    "/meetings/open-house/live/",
    "/stipends/",
    "/stipends/enroll/",
    "/stipends/claim/open-house/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/sessions/",
    "/accounts/2fa/",
    "/accounts/logout/",
]
STAFF = {
    "owner@demo.example": ["/admin/", "/admin/members/member/"],
    "meetings@demo.example": ["/admin/", "/admin/meetings/meeting/", "/admin/polls/poll/"],
    "author@demo.example": ["/admin/notices/notice/", "/admin/notices/rfp/"],
    "verifier@demo.example": ["/admin/", "/admin/stipends/claim/"],
    "payments@demo.example": ["/admin/stipends/paymentbatch/"],
    "auditor@demo.example": ["/admin/", "/admin/privacy/sensitiveview/"],
}
