"""Who people are to others, what they are told in, and how they are found."""
