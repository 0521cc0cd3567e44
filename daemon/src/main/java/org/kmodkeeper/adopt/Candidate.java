package org.kmodkeeper.adopt;

import java.util.List;

/**
 * A source that has been examined, and is fit to be adopted.
 *
 * @param modules the modules that it provides, at least one
 * @param dkmsConf the text that its dkms.conf is to have
 * @param remark what was done to the dkms.conf, for people
 */
record Candidate(Identity identity, List<String> modules, String dkmsConf, String remark) {
  Candidate {
    modules = List.copyOf(modules);
  }
}
