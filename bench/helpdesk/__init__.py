"""The peer of the sweep: a ticket desk with an escalation command."""
