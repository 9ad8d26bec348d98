"""What every module stands on. A leaf: it knows no module and no gateway."""
