"""The edges: one outside system a file. Each translates foreign errors once, into `cockpit.errors`."""
