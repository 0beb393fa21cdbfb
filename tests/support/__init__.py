"""What several tests share: checkouts, graphs, certificates. No tests, and nothing that the product needs."""
