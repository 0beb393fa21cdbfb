"""What a running portal answers at its address. Asks only; changes nothing."""
