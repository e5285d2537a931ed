from django.urls import path

from meetings.views import attendance, calendars, lists, one, papers, rsvps, workgroups

app_name = "meetings"
urlpatterns = [
    path("meetings/", lists.upcoming, name="list"),
    path("meetings/mine/", lists.mine, name="mine"),
    path("meetings/month/", lists.month, name="month"),
    path("meetings/month/<int:year>-<int:month>/", lists.month, name="month_of"),
    path("meetings/archive/", lists.archive, name="archive"),
    path("meetings/calendar.ics", calendars.public_feed, name="public_feed"),
    path("meetings/my-calendar/", calendars.my_calendar, name="my_calendar"),
    path("meetings/workgroups/<slug:slug>/calendar.ics", calendars.workgroup_feed, name="workgroup_feed"),
    path("meetings/workgroups/", workgroups.workgroups, name="workgroups"),
    path("meetings/workgroups/<slug:slug>/", workgroups.workgroup, name="workgroup"),
    path("meetings/workgroups/<slug:slug>/name/", workgroups.workgroup_name, name="workgroup_name"),
    path("meetings/workgroups/<slug:slug>/people/", workgroups.workgroup_people, name="workgroup_people"),
    path("meetings/workgroups/<slug:slug>/join/", lists.workgroup_join, name="workgroup_join"),
    path("meetings/workgroups/<slug:slug>/leave/", lists.workgroup_leave, name="workgroup_leave"),
    path("calendar/<str:token>.ics", calendars.personal_feed, name="personal_feed"),
    path("meetings/<slug:slug>/", one.detail, name="detail"),
    path("meetings/<slug:slug>/calendar.ics", calendars.one_meeting, name="calendar"),
    path("meetings/<slug:slug>/rsvp/", rsvps.answer, name="rsvp"),
    path("meetings/<slug:slug>/rsvp/confirm/<str:token>/", rsvps.guest_confirm, name="guest_confirm"),
    path("meetings/<slug:slug>/rsvp/request/", rsvps.answer_request, name="answer_request"),
    path("meetings/<slug:slug>/rsvp/<str:token>/", rsvps.answer_by_link, name="answer_by_link"),
    path("meetings/<slug:slug>/checkin/", attendance.checkin, name="checkin"),
    path("meetings/<slug:slug>/checkin/<str:code>/", attendance.checkin, name="checkin_code"),
    path("meetings/<slug:slug>/summary/", papers.summary, name="summary"),
    path("meetings/<slug:slug>/summary.pdf", papers.summary_pdf, name="summary_pdf"),
    path("meetings/<slug:slug>/materials/<int:pk>/", papers.material, name="material"),
    path("meetings/<slug:slug>/work/<int:pk>/", papers.work, name="work"),
]
