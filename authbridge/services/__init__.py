"""What other rooms ask of this one."""
