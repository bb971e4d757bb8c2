"""What this machine brings along: its environment, its certificates, its way to Google."""
