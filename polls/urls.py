from django.urls import path

from polls.views import answers, console, discussion, questions, room, running, tables

app_name = "polls"
urlpatterns = [
    path("polls/", answers.enter_code, name="enter_code"),
    path("polls/<str:code>/", answers.answer, name="answer"),
    path("meetings/<slug:slug>/live/", room.live, name="live"),
    path("meetings/<slug:slug>/live/now/", room.now, {"page": "live"}, name="live_now"),
    path("meetings/<slug:slug>/screen/", room.screen, name="screen"),
    path("meetings/<slug:slug>/screen/now/", room.now, {"page": "screen"}, name="screen_now"),
    path("representation/", tables.over_time, name="over_time"),
    path("meetings/<slug:slug>/representation/", tables.versions, name="representation"),
    path("meetings/<slug:slug>/representation/<int:version>/", tables.versions, name="representation_version"),
    path("meetings/<slug:slug>/representation.csv", tables.table_file, {"kind": "csv"}, name="representation_csv"),
    path("meetings/<slug:slug>/representation.xlsx", tables.table_file, {"kind": "xlsx"}, name="representation_xlsx"),
    path("meetings/<slug:slug>/representation.pdf", tables.table_file, {"kind": "pdf"}, name="representation_pdf"),
    path("meetings/<slug:slug>/console/", console.console, name="console"),
    path("meetings/<slug:slug>/console/prepare/", console.prepare, name="console_prepare"),
    path("meetings/<slug:slug>/console/<int:pk>/<str:verb>/", console.move, name="console_move"),
    path("meetings/<slug:slug>/console/<int:pk>/poll/reset/", console.reset, name="console_reset"),
    path("meetings/<slug:slug>/console/now/", running.now, name="console_now"),
    path("meetings/<slug:slug>/console/agenda/", running.agenda, name="console_agenda"),
    path("meetings/<slug:slug>/console/screen/", running.screen, name="console_screen"),
    path("meetings/<slug:slug>/console/speaker/", running.end_speaking, name="console_end_speaking"),
    path("meetings/<slug:slug>/console/speaker/<int:pk>/<str:verb>/", running.speaker, name="console_speaker"),
    path("meetings/<slug:slug>/console/comment/<int:pk>/<str:verb>/", running.comment, name="console_comment"),
    path("meetings/<slug:slug>/console/question/<int:pk>/", running.question, name="console_question"),
    path("meetings/<slug:slug>/console/question/<int:pk>/answer/", running.answer, name="console_answer"),
    path("meetings/<slug:slug>/console/handout/", running.handout, name="console_handout"),
    path("meetings/<slug:slug>/live/speak/", discussion.speak, name="speak"),
    path("meetings/<slug:slug>/live/speak/withdraw/", discussion.withdraw, name="withdraw"),
    path("meetings/<slug:slug>/live/comment/", discussion.comment, name="comment"),
    path("meetings/<slug:slug>/questions/", questions.questions, name="questions"),
    path("meetings/<slug:slug>/questions/<int:pk>/vote/", questions.vote, name="vote"),
    path("meetings/<slug:slug>/handout/", questions.handout, name="handout"),
]
