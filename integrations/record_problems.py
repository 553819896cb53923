"""What can stand in the way of a record that travels both ways, in its own words (R33)."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.kernel.errors import Code
from integrations.kernel.texts import N_

TEXTS: Mapping[str, tuple[str, str]] = {
    "record_gone": (
        N_("%(name)s is not in %(system)s any more"),
        N_("Somebody may have deleted it there. Ask those who work in %(system)s."),
    ),
    Code.REFUSED: (
        N_("%(system)s did not take the change"),
        N_("Change what the answer says, and it is sent again by itself."),
    ),
    Code.VALIDATION: (
        N_("%(system)s did not take the change"),
        N_("Change what the answer says, and it is sent again by itself."),
    ),
    Code.NOT_LINKED: (
        N_("%(name)s is not linked to %(system)s"),
        N_("Link it under Settings → Integrations, or choose another. Then it goes on by itself."),
    ),
    Code.FOUND_TWICE: (
        N_("%(name)s stands in %(system)s more than once"),
        N_("It may have been made twice. Delete the ones too many in %(system)s, then try again."),
    ),
    "connection_paused": (
        N_("The connection is paused"),
        N_("It goes on when an administrator resumes the connection."),
    ),
    Code.ANSWER_LOST: (
        N_("The answer of %(system)s was not seen"),
        N_(
            "The change was sent and the connection broke. Busy looks what stands in %(system)s, and sends it again "
            "only when it is not there."
        ),
    ),
    "never_arrives": (
        N_("%(name)s does not arrive in %(system)s"),
        N_("Look in %(system)s, then try again."),
    ),
}
