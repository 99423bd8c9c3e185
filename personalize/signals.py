"""Django signals that a site may listen to; `personalize` itself never does."""

from django.dispatch import Signal

# Sent from the worker with `subject`, `segment` (slug) and `at` (aware datetime).
segment_entered = Signal()
segment_exited = Signal()
