"""The volunteering data: tables, rules, queries, migrations."""
