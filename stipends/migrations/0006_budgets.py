import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stipends", "0005_claim_newest"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        help_text="July to June, by the year in which it ends.", verbose_name="fiscal year"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, help_text="Dollars.", max_digits=10)),
                ("decided_on", models.DateField(default=django.utils.timezone.localdate)),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="Who decided it, and where that is written.", max_length=200
                    ),
                ),
            ],
            options={
                "ordering": ["-year", "-decided_on"],
            },
        ),
        migrations.AddField(
            model_name="stipendpolicy",
            name="yearly_cap",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                help_text="Dollars that one person can claim for the meetings of one fiscal year (July to June). Empty: no such cap.",
                max_digits=8,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="taxthreshold",
            name="warn_at",
            field=models.PositiveSmallIntegerField(
                default=80,
                help_text="Percent of the amount from which a person's total is “approaching” it.",
                verbose_name="warn from",
            ),
        ),
        migrations.AddConstraint(
            model_name="stipendpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("yearly_cap__isnull", True), ("yearly_cap__gt", 0), _connector="OR"),
                name="policy_yearly_cap_is_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="taxthreshold",
            constraint=models.CheckConstraint(
                condition=models.Q(("warn_at__gte", 1), ("warn_at__lte", 100)), name="threshold_warns_before_it"
            ),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.UniqueConstraint(fields=("year", "decided_on"), name="budget_one_decision_a_day"),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="budget_is_money"),
        ),
    ]
