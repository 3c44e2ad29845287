"""Django's own admin, in Italian with thousands separators, over one model with every type of column.

python django_library.py FOLDER PORT      makes FOLDER/library.sqlite and serves http://127.0.0.1:PORT
"""

import os
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

ROWS = 137
USER, PASSWORD = "bibliotecario", "Inferno-XXVI#1307"
GENRES = [("rom", "Romanzo"), ("sag", "Saggio"), ("poe", "Poesia")]
LISTED = (
    "code",
    "volume",
    "title",
    "summary",
    "copies",
    "price",
    "weight",
    "published",
    "changed",
    "lendable",
    "genre",
)
TITLES = ["L'età dell'oro", "Città & campagna", "Perché no?", 'Il "grande" gioco', "Già visto", "Nebbia"]


def main() -> None:
    """Set Django up, fill the database, serve."""
    folder, port = Path(sys.argv[1]), sys.argv[2]
    configure(folder)
    from django.core.management import call_command

    make_database()
    sys.modules["library_urls"] = urls()
    call_command("runserver", f"127.0.0.1:{port}", "--noreload", "--insecure")


def configure(folder: Path) -> None:
    import django
    from django.conf import settings

    settings.configure(
        DEBUG=False,
        SECRET_KEY="only for a test",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="library_urls",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "library.sqlite"}},
        LANGUAGE_CODE="en",
        USE_THOUSAND_SEPARATOR=True,
        TIME_ZONE="Europe/Rome",
        USE_TZ=True,
        STATIC_URL="/static/",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()


def make_database() -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    book = model()
    with connection.schema_editor() as editor:
        editor.create_model(book)
    User.objects.create_superuser(USER, password=PASSWORD)
    book._default_manager.bulk_create(book(**values(i)) for i in range(ROWS))


def values(i: int) -> dict[str, object]:
    """The columns of one row; a pure function of its number."""
    return {
        "code": f"{i:04}",
        "volume": 1 + i % 3,
        "title": TITLES[i % len(TITLES)] if i % 5 else TITLES[0],
        "summary": "prima riga\nseconda riga" if i % 4 == 0 else "",
        "copies": (i - 20) * 1371,
        "price": Decimal(i * 1234567).scaleb(-2) - 5000,
        "weight": None if i % 7 == 0 else Decimal(i * 31).scaleb(-3),
        "published": None if i % 6 == 0 else date(2019, 1, 31) + timedelta(days=i * 17),
        "changed": datetime(2025, 3, 29, 20, 30, tzinfo=UTC) + timedelta(hours=i * 5),
        "lendable": i % 3 == 0,
        "genre": ["rom", "sag", "poe"][i % 3],
    }


def model() -> type:
    from django.contrib import admin
    from django.db import models

    class Libro(models.Model):
        code = models.CharField("Codice", max_length=10)
        volume = models.IntegerField("Volume")
        title = models.CharField("Titolo", max_length=100)
        summary = models.TextField("Sommario", blank=True)
        copies = models.IntegerField("Copie")
        price = models.DecimalField("Prezzo", max_digits=14, decimal_places=2)
        weight = models.DecimalField("Peso", max_digits=9, decimal_places=3, null=True)
        published = models.DateField("Pubblicato il", null=True)
        changed = models.DateTimeField("Modificato")
        lendable = models.BooleanField("Prestabile")
        genre = models.CharField(
            "Genere", max_length=3, choices=[("rom", "Romanzo"), ("sag", "Saggio"), ("poe", "Poesia")]
        )

        class Meta:
            app_label = "auth"
            db_table = "libro"
            verbose_name_plural = "libri"

    class LibroAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
        list_display = tuple(LISTED)
        list_per_page = 20
        ordering = ("code",)

    admin.site.register(Libro, LibroAdmin)
    return Libro


def urls() -> object:
    import types

    from django.contrib import admin
    from django.urls import path

    module = types.ModuleType("library_urls")
    module.urlpatterns = [path("admin/", admin.site.urls)]  # type: ignore[attr-defined]
    return module


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
