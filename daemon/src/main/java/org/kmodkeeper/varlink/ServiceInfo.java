package org.kmodkeeper.varlink;

/** What a service tells of itself: GetInfo of org.varlink.service. */
public record ServiceInfo(String vendor, String name, String version, String url) {}
