from django.db import migrations

# Spans of one person never overlap. PostgreSQL takes an exclusion constraint; the number stands as a range of one, so
# that no extension is needed. SQLite has one writer at a time, so there a trigger may look. (A later migration that
# rebuilds this table on SQLite must make the triggers again.)
NAME = "membership_levels_never_overlap"
EXCLUDE = f"""
    ALTER TABLE members_membershipperiod ADD CONSTRAINT {NAME} EXCLUDE USING gist (
        int8range(member_id, member_id, '[]') WITH &&, daterange(starts_on, ends_on) WITH &&)
"""
TRIGGER = """
    CREATE TRIGGER {name}_{when} BEFORE {when} ON members_membershipperiod FOR EACH ROW WHEN EXISTS (
        SELECT 1 FROM members_membershipperiod AS other
        WHERE other.member_id = NEW.member_id AND other.id IS NOT NEW.id
        AND other.starts_on < coalesce(NEW.ends_on, '9999-12-31')
        AND NEW.starts_on < coalesce(other.ends_on, '9999-12-31')
        AND NEW.starts_on < coalesce(NEW.ends_on, '9999-12-31')
        AND other.starts_on < coalesce(other.ends_on, '9999-12-31')
    ) BEGIN SELECT RAISE(ABORT, '{name}'); END
"""
TIMES = ("insert", "update")


def refuse_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(EXCLUDE, params=None)
    else:
        for when in TIMES:
            schema_editor.execute(TRIGGER.format(name=NAME, when=when), params=None)


def allow_overlaps(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE members_membershipperiod DROP CONSTRAINT {NAME}")
    else:
        for when in TIMES:
            schema_editor.execute(f"DROP TRIGGER {NAME}_{when}")


class Migration(migrations.Migration):
    dependencies = [("members", "0004_levels_dated")]
    operations = [migrations.RunPython(refuse_overlaps, allow_overlaps)]
