"""What is made of a trace while a call runs and after it: a file, a picture, lines on a terminal."""
