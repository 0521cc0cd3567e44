/** What systemd offers a service: readiness and status. */
@NullMarked
package org.kmodkeeper.systemd;

import org.jspecify.annotations.NullMarked;
