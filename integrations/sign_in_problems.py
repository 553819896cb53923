"""What is said of access given by signing in at the provider: its problems, and others in place of those of a key."""

from __future__ import annotations

from integrations.kernel.errors import Code
from integrations.kernel.texts import N_

TEXTS: dict[str, tuple[str, str]] = {
    Code.SIGN_IN_ENDED: (
        N_("The access to %(system)s has ended"),
        N_(
            "It expired, was withdrawn, or ended when the person who gave it changed the password there. "
            "Sign in again: everything in Busy is kept, and what waits goes on."
        ),
    ),
    Code.SIGN_IN_DENIED: (
        N_("The access was not allowed in %(system)s"),
        N_("Nothing was stored. Press the button again, and allow the access in %(system)s."),
    ),
    Code.SIGN_IN_LOST: (
        N_("The sign-in at %(system)s did not come back whole"),
        N_("Nothing was stored. Press the button again, and finish the sign-in within a few minutes."),
    ),
}
# In place of what is said of a key.
INSTEAD: dict[str, tuple[str, str]] = {
    Code.RIGHTS_MISSING: (
        N_("The access lacks a right: %(right_label)s"),
        N_("Give this right in %(system)s to the person who signed in, or sign in as somebody who has it."),
    ),
    Code.OTHER_COMPANY: (
        N_("Another company was chosen"),
        N_(
            "This connection belongs to %(company)s, and %(other)s was chosen. Choose the same company: "
            "links, orders and history belong to it."
        ),
    ),
    "credentials_unreadable": (
        N_("The stored access can no longer be read"),
        N_("The key that sealed it is gone from this installation. Sign in at %(system)s again."),
    ),
}
# The same where Busy signs in as somebody with a password.
OF_USERS: dict[str, tuple[str, str]] = {
    Code.KEY_REJECTED: (
        N_("%(system)s refuses the user name or the password"),
        N_(
            "One of them is wrong, the password was changed in %(system)s, or the user is blocked there. "
            "Sign in again with what is right now: everything in Busy is kept, and what waits goes on."
        ),
    ),
    Code.RIGHTS_MISSING: (
        N_("The user lacks a right: %(right_label)s"),
        N_("Give the user this right in %(system)s, or sign in as somebody who has it."),
    ),
    Code.OTHER_COMPANY: INSTEAD[Code.OTHER_COMPANY],
    "credentials_unreadable": (
        N_("The stored password can no longer be read"),
        N_("The key that sealed it is gone from this installation. Sign in again."),
    ),
}
