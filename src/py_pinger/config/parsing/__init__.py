"""From ini text to sections; problems and warnings."""
