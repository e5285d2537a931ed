from django.urls import path

from polls.views import answers, console, room

app_name = "polls"
urlpatterns = [
    path("polls/", answers.enter_code, name="enter_code"),
    path("polls/<str:code>/", answers.answer, name="answer"),
    path("meetings/<slug:slug>/live/", room.live, name="live"),
    path("meetings/<slug:slug>/live/now/", room.now, {"page": "live"}, name="live_now"),
    path("meetings/<slug:slug>/screen/", room.screen, name="screen"),
    path("meetings/<slug:slug>/screen/now/", room.now, {"page": "screen"}, name="screen_now"),
    path("meetings/<slug:slug>/representation.csv", room.table_csv, name="representation_csv"),
    path("meetings/<slug:slug>/console/", console.console, name="console"),
    path("meetings/<slug:slug>/console/prepare/", console.prepare, name="console_prepare"),
    path("meetings/<slug:slug>/console/<int:pk>/<str:verb>/", console.move, name="console_move"),
]
