"""One module for each family of graders: from an answer to a score, or to the reason why there is none."""
