"""The guards of the audit: what each looks at, and what it finds."""
