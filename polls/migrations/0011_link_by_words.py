"""Polls of the same words and kind, with the same answers, count as prepared from the saved question."""

from django.db import migrations

FIXED = {"consensus", "scale"}  # their answers are the portal's own


def link_by_words(apps, schema_editor):
    polls = apps.get_model("polls", "Poll")
    for saved in apps.get_model("polls", "SavedQuestion").objects.all():
        wanted = [line.strip()[:120] for line in saved.labels.splitlines() if line.strip()]
        for poll in polls.objects.filter(question=saved.question, kind=saved.kind, report=None, saved=None):
            offered = list(poll.options.filter(is_other=False).order_by("order").values_list("label", flat=True))
            if saved.kind in FIXED or offered == wanted:
                polls.objects.filter(pk=poll.pk).update(saved=saved)


class Migration(migrations.Migration):
    dependencies = [("polls", "0010_what_it_was_about")]

    operations = [migrations.RunPython(link_by_words, migrations.RunPython.noop)]
