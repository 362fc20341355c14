"""What can be removed and which of it goes: pure functions of tensors."""
