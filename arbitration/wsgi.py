"""What gunicorn serves. An unsafe production configuration stops it here, with the reason."""

import os

from django.core.wsgi import get_wsgi_application

from arbitration.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbitration.settings")

application = get_wsgi_application()
refuse_unsafe_start()
