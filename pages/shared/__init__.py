"""What pages share: session state, figures, equations, live components."""
