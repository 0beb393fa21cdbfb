"""What a stack's file says about AWS."""
