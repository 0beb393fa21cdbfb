"""What a stack deploys: the composition, its images, and releases under ``releases/``. Needs neither Yarn nor Node."""
