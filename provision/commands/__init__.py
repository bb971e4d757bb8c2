"""What each command does, without a command line: `cli` reads options and prints, this runs the steps."""
