"""The skorch side: everything that runs while a network is trained."""
