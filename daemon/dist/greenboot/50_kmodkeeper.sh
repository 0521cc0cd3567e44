#!/bin/bash
# A health check of greenboot: the kernel that was booted has every driver that is required. Otherwise the boot is red, and
# greenboot returns to the deployment before it. The last line in its journal says which driver, and why.
exec kmodkeeper wait --kernel running --timeout 300
