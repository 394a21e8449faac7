"""The review page and the HTTP interface. Needs the extra ``review``."""
