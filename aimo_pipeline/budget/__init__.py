"""Time: how much each problem is granted."""
