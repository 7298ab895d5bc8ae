"""Who may change applications by hand is said by a permission of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("posting", "0002_revaluation_is_a_permission")]
    operations = [
        migrations.AlterModelOptions(
            name="itemjournalbatch",
            options={
                "ordering": ["template", "name"],
                "permissions": [
                    ("use_item_journal", "Can edit item journal lines"),
                    ("post_item_journal", "Can post item journals"),
                    ("reverse_register", "Can reverse a posted register"),
                    ("post_revaluation", "Can revalue entries and items"),
                    ("change_applications", "Can change applications by hand"),
                ],
                "verbose_name_plural": "item journal batches",
            },
        ),
    ]
