package org.kmodkeeper.host;

/**
 * A package that an enabled repository has.
 *
 * @param name with version, release and architecture
 */
public record OfferedPackage(String name, String repository) {}
