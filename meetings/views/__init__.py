"""The pages about meetings, by what a person comes for."""
