/** Which kernel boots next: boot loaders are read, and their default is moved. */
@NullMarked
package org.kmodkeeper.bootloader;

import org.jspecify.annotations.NullMarked;
