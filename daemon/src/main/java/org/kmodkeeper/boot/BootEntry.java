package org.kmodkeeper.boot;

import org.jspecify.annotations.Nullable;
import org.kmodkeeper.model.Kernel;

/**
 * One line of a boot loader's menu.
 *
 * @param id what the boot loader's setting names it by
 * @param title what its menu shows
 * @param kernel what it boots, or null if that is not a kernel of this host
 * @param options the kernel's command line with its variables replaced; empty if it has none
 */
public record BootEntry(String id, String title, @Nullable Kernel kernel, String options) {}
