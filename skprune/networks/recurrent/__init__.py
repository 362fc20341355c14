"""What networks of recurrent layers with a dense head share."""
