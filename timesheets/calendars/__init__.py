"""A person's own calendars (P16): signed in to, fetched by workers, offered on the timeline, and never more."""
