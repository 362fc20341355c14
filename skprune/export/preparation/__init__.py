"""What a Pipeline's preparation does, as data: an expression for each column."""
