import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0008_number_the_meetings_of_series"),
        ("privacy", "0013_what_became_of_a_request"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AttendanceEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(help_text="The attendance's number; its row may be gone.")),
                ("guest_name", models.CharField(blank=True, max_length=120, verbose_name="guest")),
                ("was_present", models.BooleanField(verbose_name="recorded before")),
                (
                    "role_before",
                    models.CharField(
                        blank=True,
                        choices=[("participant", "Participant"), ("facilitator", "Facilitator")],
                        max_length=12,
                    ),
                ),
                ("minutes_before", models.PositiveSmallIntegerField(null=True)),
                ("was_confirmed", models.BooleanField(verbose_name="confirmed before")),
                ("is_present", models.BooleanField(verbose_name="recorded")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[("participant", "Participant"), ("facilitator", "Facilitator")],
                        max_length=12,
                    ),
                ),
                ("minutes", models.PositiveSmallIntegerField(null=True)),
                ("is_confirmed", models.BooleanField(verbose_name="confirmed")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("self", "Checked in"),
                            ("staff", "Staff's tick list"),
                            ("import", "Meeting tool's report"),
                        ],
                        max_length=6,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "step of an attendance",
                "verbose_name_plural": "steps of attendances",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ReportPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(help_text="Order in the report.")),
                ("name", models.CharField(blank=True, max_length=120)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("is_host", models.BooleanField(default=False, help_text="The tool calls them host or organizer.")),
                ("lines", models.PositiveIntegerField(default=1, help_text="Lines of the file that are this person.")),
                ("spans", models.JSONField(default=list, help_text="When they were there: pairs of times, in order.")),
                ("seconds", models.PositiveIntegerField(help_text="Present, nothing twice, within the meeting.")),
                (
                    "choice",
                    models.CharField(
                        choices=[
                            ("open", "To decide"),
                            ("member", "A member"),
                            ("guest", "A guest"),
                            ("out", "Left out"),
                        ],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("guest_name", models.CharField(blank=True, max_length=120)),
                (
                    "is_matched",
                    models.BooleanField(default=False, help_text="The address in the report is the person's own here."),
                ),
                ("is_facilitator", models.BooleanField(default=False)),
                ("is_checked", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name_plural": "report people",
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="ToolReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("attendance", "Who was there"), ("poll", "Answers to a poll")], max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("review", "To review"),
                            ("waiting", "Being imported"),
                            ("done", "Imported"),
                            ("gone", "Thrown away"),
                        ],
                        default="review",
                        max_length=7,
                    ),
                ),
                (
                    "texts",
                    models.JSONField(help_text="What stands in the files; empty once they are done with.", null=True),
                ),
                ("checksum", models.CharField(help_text="SHA-256 over the files.", max_length=64)),
                ("mapping", models.JSONField(default=dict, help_text="Which column is what, as staff said.")),
                ("uploaded_at", models.DateTimeField()),
                (
                    "where_recorded",
                    models.CharField(
                        choices=[
                            ("keep", "Keep what staff recorded"),
                            ("replace", "Put the report's minutes in its place"),
                            ("add", "Add the report's minutes: the call was restarted"),
                        ],
                        default="keep",
                        max_length=7,
                        verbose_name="where somebody is recorded already",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("total", models.PositiveIntegerField(default=0, help_text="People to import.")),
                ("done", models.PositiveIntegerField(default=0, help_text="Of them looked at so far.")),
                ("outcome", models.JSONField(default=dict, help_text="Numbers only.")),
                ("fault", models.CharField(blank=True, help_text="Why it was not imported.", max_length=300)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "meeting tool's report",
                "ordering": ["-uploaded_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="attendance",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                help_text="A guest's who checked in: the version that stood beside the form.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="privacy.consentnotice",
            ),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="recorded_by",
            field=models.ForeignKey(
                help_text="Empty: a guest who checked in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recorded_attendances",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(("recorded_by__isnull", False), ("source", "self"), _connector="OR"),
                name="attendance_says_who_recorded_it",
            ),
        ),
        migrations.AddField(
            model_name="attendanceevent",
            name="by",
            field=models.ForeignKey(
                help_text="Empty: a guest who checked in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attendance_steps",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="attendanceevent",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="attendance_events", to="meetings.meeting"
            ),
        ),
        migrations.AddField(
            model_name="attendanceevent",
            name="member",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attendance_events",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reportperson",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="report_lines",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="toolreport",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="confirmed_reports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="toolreport",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tool_reports", to="meetings.meeting"
            ),
        ),
        migrations.AddField(
            model_name="toolreport",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uploaded_reports",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reportperson",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="people", to="meetings.toolreport"
            ),
        ),
        migrations.AddField(
            model_name="attendanceevent",
            name="report",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="meetings.toolreport"
            ),
        ),
        migrations.AddIndex(
            model_name="toolreport",
            index=models.Index(fields=["state", "uploaded_at"], name="tool_report_queue"),
        ),
        migrations.AddConstraint(
            model_name="toolreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("state__in", ["done", "gone"]), ("texts__isnull", True)),
                    models.Q(
                        ("finished_at__isnull", True), ("state__in", ["review", "waiting"]), ("texts__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="tool_report_is_kept_until_it_is_done_with",
            ),
        ),
        migrations.AddConstraint(
            model_name="toolreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["review", "gone"]), ("confirmed_by__isnull", False), _connector="OR"),
                name="tool_report_imported_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportperson",
            constraint=models.UniqueConstraint(fields=("report", "place"), name="report_person_once_per_place"),
        ),
        migrations.AddConstraint(
            model_name="reportperson",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("choice", "member"), ("member__isnull", False)),
                    models.Q(
                        ("choice", "guest"), ("member__isnull", True), models.Q(("guest_name", ""), _negated=True)
                    ),
                    models.Q(("choice__in", ["open", "out"]), ("member__isnull", True)),
                    _connector="OR",
                ),
                name="report_person_is_a_member_or_a_guest_or_nobody",
            ),
        ),
        migrations.AddIndex(
            model_name="attendanceevent",
            index=models.Index(fields=["number", "id"], name="attendance_event_by_number"),
        ),
        migrations.AddIndex(
            model_name="attendanceevent",
            index=models.Index(fields=["member", "meeting"], name="attendance_event_by_person"),
        ),
        migrations.AddConstraint(
            model_name="attendanceevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_present", True), ("minutes__isnull", False), models.Q(("role", ""), _negated=True)),
                    models.Q(
                        ("is_confirmed", False),
                        ("is_present", False),
                        ("minutes__isnull", True),
                        ("role", ""),
                        ("was_present", True),
                    ),
                    _connector="OR",
                ),
                name="attendance_event_says_what_it_became",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendanceevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("minutes_before__isnull", False),
                        ("was_present", True),
                        models.Q(("role_before", ""), _negated=True),
                    ),
                    models.Q(
                        ("minutes_before__isnull", True),
                        ("role_before", ""),
                        ("was_confirmed", False),
                        ("was_present", False),
                    ),
                    _connector="OR",
                ),
                name="attendance_event_says_what_it_was",
            ),
        ),
    ]
