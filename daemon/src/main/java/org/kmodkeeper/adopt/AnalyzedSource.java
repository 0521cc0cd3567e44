package org.kmodkeeper.adopt;

import java.nio.file.Path;
import java.util.List;

/**
 * A source that has been examined, and is fit to be adopted.
 *
 * @param modules the modules that it provides, at least one
 * @param dkmsConf the text that its dkms.conf is to have
 * @param remark what was done to the dkms.conf, for people
 * @param others directories of the source that hold other drivers
 */
record AnalyzedSource(
    Identity identity, List<String> modules, String dkmsConf, String remark, List<Path> others) {
  AnalyzedSource {
    others = List.copyOf(others);
    modules = List.copyOf(modules);
  }
}
