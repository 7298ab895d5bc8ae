"""Who may revalue is said by a permission of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("posting", "0001_initial")]
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
                ],
                "verbose_name_plural": "item journal batches",
            },
        ),
    ]
