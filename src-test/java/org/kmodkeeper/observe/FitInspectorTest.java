package org.kmodkeeper.observe;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kmodkeeper.kmod.ModuleReader;
import org.kmodkeeper.model.Fit;
import org.kmodkeeper.model.Fit.Signature;
import org.kmodkeeper.model.KernelFacts;
import org.kmodkeeper.model.KernelFacts.SignatureRule;
import org.kmodkeeper.signing.SignaturePolicy;
import org.kmodkeeper.testing.HostFixture;
import org.kmodkeeper.testing.InstalledKernel;
import org.kmodkeeper.testing.TestKey;
import org.kmodkeeper.testing.TestModule;

@DisplayNameGeneration(ReplaceUnderscores.class)
class FitInspectorTest {
  private static final String RELEASE = "6.1.0-1.el9.x86_64";
  private static final TestModule MODULE = TestModule.named("hello").builtFor(RELEASE);

  private final HostFixture host;
  private final InstalledKernel kernel;
  private final Path file;
  private final Path symvers;
  private final FitInspector inspector;
  private List<Path> certificates = List.of();
  private @Nullable String enforcedBy;

  FitInspectorTest(@TempDir Path root) throws IOException {
    host = new HostFixture(root);
    kernel = host.kernel(RELEASE);
    file = kernel.file("extra/hello.ko");
    symvers = kernel.file("symvers");
    inspector =
        new FitInspector(
            host.paths(),
            new ModuleReader(),
            new SignaturePolicy(host.paths()),
            Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC));
  }

  private void kernelOffers(String... lines) throws IOException {
    HostFixture.write(symvers, String.join("\n", lines) + "\n");
  }

  private Map<Path, Fit> compare(Path... chain) throws Exception {
    return inspector.compare(
        facts(Files.exists(symvers) ? symvers : null), List.of(List.of(chain)));
  }

  private KernelFacts facts(@Nullable Path list) {
    @Nullable SignatureRule rule =
        enforcedBy == null ? null : new SignatureRule(enforcedBy, certificates);
    return new KernelFacts(
        kernel.kernel(),
        KernelFacts.Access.WRITABLE,
        null,
        List.of(),
        KernelFacts.Toolchain.HOST,
        null,
        list,
        rule);
  }

  private Fit fit() throws Exception {
    return requireNonNull(compare(file).get(file));
  }

  @Nested
  class Symbols {
    @Test
    void accepts_a_module_whose_symbols_all_have_equal_CRCs() throws Exception {
      MODULE.calling("_printk", 0x92997ed8L).calling("kfree", 0x1111L).at(file);
      kernelOffers(
          "0x92997ed8\t_printk\tvmlinux\tEXPORT_SYMBOL\t", "0x00001111\tkfree\tvmlinux\tX");

      Fit fit = fit();

      assertThat(fit.symbolTroubles()).isEmpty();
      assertThat(fit.compared()).isEqualTo(2);
      assertThat(fit.symvers()).isEqualTo(symvers);
    }

    @Test
    void reports_a_symbol_that_has_changed_with_both_CRCs() throws Exception {
      MODULE.calling("_printk", 0x92997ed8L).at(file);
      kernelOffers("0x00000001\t_printk\tvmlinux\tEXPORT_SYMBOL\t");

      assertThat(fit().symbolTroubles())
          .containsExactly("_printk has CRC 0x92997ed8, expected 0x00000001");
    }

    @Test
    void reports_a_symbol_that_is_gone() throws Exception {
      MODULE.calling("_printk", 1).calling("gone").at(file);
      kernelOffers("0x00000001\t_printk\tvmlinux\tEXPORT_SYMBOL\t");

      assertThat(fit().symbolTroubles()).containsExactly("gone is not exported");
    }

    @Test
    void ignores_a_symbol_whose_line_is_garbled() throws Exception {
      MODULE.calling("_printk", 1).at(file);
      kernelOffers("0x0000000z\t_printk\tvmlinux\tEXPORT_SYMBOL\t");

      assertThat(fit().symbolTroubles()).containsExactly("_printk is not exported");
    }

    @Test
    void accepts_any_module_for_a_kernel_that_keeps_no_CRCs() throws Exception {
      MODULE.calling("_printk", 1).at(file);
      kernelOffers("0x00000000\t_printk\tvmlinux\tEXPORT_SYMBOL\t");

      assertThat(fit().symbolTroubles()).isEmpty();
    }

    @Test
    void rejects_a_module_without_CRCs_for_a_kernel_that_keeps_them() throws Exception {
      MODULE.calling("_printk").at(file);
      kernelOffers("0x00000001\t_printk\tvmlinux\tEXPORT_SYMBOL\t");

      assertThat(fit().symbolTroubles()).containsExactly("_printk has no CRC, expected 0x00000001");
    }

    @Test
    void reports_five_of_many_differences() throws Exception {
      TestModule module = MODULE;
      for (int number = 0; number < 9; number++) {
        module = module.calling("gone" + number);
      }
      module.at(file);
      kernelOffers();

      assertThat(fit().symbolTroubles()).hasSize(5);
    }

    @Test
    void compares_nothing_without_a_list() throws Exception {
      MODULE.calling("_printk", 1).at(file);

      Fit fit = fit();

      assertThat(fit.symvers()).isNull();
      assertThat(fit.symbolTroubles()).isEmpty();
    }

    @Test
    void reads_a_list_again_that_was_replaced() throws Exception {
      MODULE.calling("_printk", 1).at(file);
      kernelOffers("0x00000001\t_printk\tvmlinux\tEXPORT_SYMBOL\t");
      assertThat(fit().symbolTroubles()).isEmpty();
      Files.delete(symvers);

      kernelOffers("0x00000002\t_printk\tvmlinux\tEXPORT_SYMBOL\t");

      assertThat(fit().symbolTroubles()).hasSize(1);
    }
  }

  @Nested
  class Dependencies {
    @Test
    void offers_an_added_modules_exports_to_its_dependents() throws Exception {
      MODULE.calling("helped", 7).at(file);
      Path helper = kernel.file("extra/helper.ko");
      TestModule.named("helper").builtFor(RELEASE).exporting("helped", 7).at(helper);
      kernelOffers();

      assertThat(fit().symbolTroubles()).containsExactly("helped is not exported");
      assertThat(requireNonNull(compare(helper, file).get(file)).symbolTroubles()).isEmpty();

      TestModule.named("helper").builtFor(RELEASE).exporting("helped", 8).at(helper);
      assertThat(requireNonNull(compare(helper, file).get(file)).symbolTroubles())
          .containsExactly("helped has CRC 0x00000007, expected 0x00000008");
    }

    @Test
    void reports_a_dependency_that_is_gone() throws Exception {
      MODULE.at(file);
      Path helper = kernel.file("kernel/helper.ko");

      assertThat(requireNonNull(compare(helper, file).get(file)).missingDependencies())
          .containsExactly(helper);
    }

    @Test
    void reports_a_needed_kernel_module_that_would_not_load() throws Exception {
      MODULE.calling("dm_get", 7).calling("dm_put", 8).at(file);
      kernelOffers(
          "0x00000007\tdm_get\tdrivers/md/dm-mod\tX", "0x00000008\tdm_put\tdrivers/md/dm-mod");

      assertThat(fit().missingDependencies())
          .containsExactly(kernel.file("kernel/drivers/md/dm-mod.ko"));
      assertThat(fit().dependencies()).isEqualTo(fit().missingDependencies());
      assertThat(fit().symbolTroubles()).isEmpty();

      Path needed = TestModule.named("dm_mod").at(kernel.file("kernel/drivers/md/dm_mod.ko.xz"));
      assertThat(requireNonNull(compare(needed, file).get(file)).missingDependencies()).isEmpty();
    }

    @Test
    void needs_no_kernel_module_that_an_added_one_replaces() throws Exception {
      MODULE.calling("dm_get", 7).at(file);
      kernelOffers("0x00000009\tdm_get\tdrivers/md/dm-mod\tX");
      Path other =
          TestModule.named("dm_next").exporting("dm_get", 7).at(kernel.file("extra/next.ko"));

      Fit fit = requireNonNull(compare(other, file).get(file));

      assertThat(fit.missingDependencies()).isEmpty();
      assertThat(fit.symbolTroubles()).isEmpty();
    }

    @Test
    void evaluates_others_beside_an_unreadable_module() throws Exception {
      MODULE.at(file);
      Path damaged = HostFixture.write(kernel.file("extra/damaged.ko"), "no module");
      kernelOffers();

      assertThat(inspector.compare(facts(symvers), List.of(List.of(damaged), List.of(file))))
          .containsOnlyKeys(file);
    }
  }

  @Nested
  class Signatures {
    @Test
    void accepts_an_unsigned_module_where_the_kernel_does() throws Exception {
      MODULE.at(file);

      assertThat(fit().signature()).isEqualTo(Signature.NOT_NEEDED);
      assertThat(fit().signer()).isEqualTo("not signed");
    }

    @Test
    void reports_who_requires_a_missing_signature() throws Exception {
      MODULE.at(file);
      enforcedBy = "Secure Boot";

      assertThat(fit().signature()).isEqualTo(Signature.ABSENT);
      assertThat(fit().signer())
          .isEqualTo("it is not signed, and Secure Boot requires a signature");
    }

    @Test
    void applies_a_certificate_that_is_configured_later_at_once() throws Exception {
      MODULE.at(file);
      TestKey key = TestKey.named("lab key", host.root());
      key.sign(file, "sha256");
      enforcedBy = "Secure Boot";
      assertThat(fit().signature()).isEqualTo(Signature.UNKNOWN_KEY);

      certificates = List.of(key.certificate());

      assertThat(fit().signature()).isEqualTo(Signature.ACCEPTED);
      assertThat(fit().signer()).isEqualTo("signed by CN=lab key, serial number 1267");
    }

    @Test
    void reads_a_certificate_again_that_was_replaced() throws Exception {
      MODULE.at(file);
      TestKey key = TestKey.named("lab key", host.root());
      key.sign(file, "sha256");
      enforcedBy = "Secure Boot";
      certificates = List.of(key.certificate());
      assertThat(fit().signature()).isEqualTo(Signature.ACCEPTED);
      Files.delete(key.certificate());

      Files.copy(TestKey.named("other", host.root()).certificate(), key.certificate());

      assertThat(fit().signature()).isEqualTo(Signature.UNKNOWN_KEY);
    }
  }
}
