"""What the apps above want to know of this one, which may not import them."""

from django.dispatch import Signal

# Sent inside the transaction that stored new facts of a deployment. Arguments: `deployment`, and `upload_id` (UUID of
# the upload that they came from; None where something else changed them).
facts_changed = Signal()
