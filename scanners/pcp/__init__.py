"""NAT-PMP and PCP: does a gateway open ports for whoever asks; two questions that open none."""
