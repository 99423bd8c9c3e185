"""Make a Django or django CMS site adapt to what its visitors do.

    browser ──▶ views.collect ─▶ collect ─▶ stream ═══╗                     (request: milliseconds)
                                                      ║
            Celery task rung by a doorbell ◀══════════╝
                 └─ pipeline:  clean ─▶ profile ─▶ segment ─▶ measure   (background: under a second)
                                           │
                                           ▼
    page ◀── middleware fills the holes ◀── decide ◀── profile + plan of the live configuration

Read `pipeline.py`, then `decide/decide.py`.
"""

__version__ = "0.1.0"
