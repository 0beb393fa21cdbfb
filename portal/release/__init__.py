"""What a stack deploys: the composition, its images, and the bundles under ``releases/``. Needs no Yarn and no Node."""
