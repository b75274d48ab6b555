"""Chat text by pairs of neighbouring characters: two Chinese characters are a word already."""

from django.db import migrations, models

PAIRS = """
CREATE FUNCTION chat_pairs(words text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    characters text[] := string_to_array(lower(words), NULL);
BEGIN
    RETURN ARRAY(
        SELECT one || other FROM unnest(characters, characters[2:]) AS neighbours(one, other)
         WHERE other IS NOT NULL
    );
END $$
"""


def add_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(PAIRS)
        schema_editor.execute(
            "CREATE INDEX message_pairs ON evidence_message USING gin (chat_pairs(text))"
        )


def remove_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX message_pairs")
        schema_editor.execute("DROP FUNCTION chat_pairs(text)")


class Migration(migrations.Migration):

    dependencies = [("evidence", "0005_custody")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["-sent_at", "-id"], name="message_newest"),
        ),
        migrations.RunPython(add_index, remove_index),
    ]
