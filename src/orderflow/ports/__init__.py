"""What a host implements: small protocols, one per capability. An adapter implements those it declares."""
