"""What holds for every test."""

from hypothesis import settings

# An example may take as long as a busy machine needs: time is never what a test is about.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
