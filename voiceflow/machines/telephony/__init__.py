"""What the phone providers' media streams say on the wire, for either end: no socket, no clock."""
