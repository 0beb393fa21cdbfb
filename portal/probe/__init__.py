"""What a running portal answers at its address, and what AWS says of it. Asks only; changes nothing."""
