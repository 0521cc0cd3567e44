# kmodkeeper: `make help` lists what there is to make.

DESTDIR     ?=
PREFIX      := /usr
LIBEXECDIR  := $(PREFIX)/libexec/kmodkeeper
DATADIR     := $(PREFIX)/share/kmodkeeper
MONITORINGDIR := $(PREFIX)/share/kmodkeeper-monitoring
COLLECTIONDIR := $(PREFIX)/share/ansible/collections/ansible_collections/kmodkeeper/kmodkeeper
COCKPITDIR  := $(PREFIX)/share/cockpit/kmodkeeper
METAINFODIR := $(PREFIX)/share/metainfo
SYSCONFDIR  := /etc
UNITDIR     := $(PREFIX)/lib/systemd/system
PRESETDIR   := $(PREFIX)/lib/systemd/system-preset
SYSUSERSDIR := $(PREFIX)/lib/sysusers.d
TMPFILESDIR := $(PREFIX)/lib/tmpfiles.d
MANDIR      := $(PREFIX)/share/man
COMPLETIONDIR := $(PREFIX)/share/bash-completion/completions
ZSHDIR      := $(PREFIX)/share/zsh/site-functions
FISHDIR     := $(PREFIX)/share/fish/vendor_completions.d
CATALOGDIR  := $(PREFIX)/lib/systemd/catalog
# Of the hosts to install for; an older one than the newest drop-in's is spared what it does not understand.
SYSTEMD_VERSION ?= 252
# What there is a drop-in for. The stage has them all: each lab takes its own.
NEWEST      := 254
DROPINS     := $(shell for file in systemd/kmodkeeper.service.d/systemd-*.conf; do \
                 version=$${file##*-}; [ $${version%.conf} -gt $(SYSTEMD_VERSION) ] || echo $$file; done)
# Where dnf's Python looks for plugins: EL and Debian differ, and so do their Pythons.
DNFPLUGINDIR ?= $(shell /usr/bin/python3 -c 'import dnf, os; print(os.path.dirname(dnf.__file__))' \
                  2>/dev/null || echo /usr/lib/python3/site-packages/dnf)-plugins
SOSPLUGINDIR ?= $(dir $(DNFPLUGINDIR))sos/report/plugins
KERNELINSTALLDIR := $(PREFIX)/lib/kernel/install.d
GREENBOOTDIR := $(PREFIX)/lib/greenboot
YUMPLUGINDIR ?= $(PREFIX)/lib/yum-plugins

VERSION     := $(shell sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
MVN         := mvn --batch-mode --no-transfer-progress --quiet $(MAVENFLAGS)
# How long make fuzz tries each reader, and how long the callers try the daemon.
SECONDS     ?= 60
CROWD_SECONDS ?= 300
# What make campaign does.
KILLS       ?= 1000
SUITES      ?= trixie sid
STAGE       := target/stage
MACHINE     := $(shell uname -m)
JAR         := target/kmodkeeper.jar
DIST        := target/kmodkeeper-$(VERSION).tar.gz
SPEC        := rpm-spec/kmodkeeper.spec
RPMS        := target/rpm
REPOSITORY  := target/repository
RPMBUILD    = --quiet $(RPMBUILDFLAGS) --define '_topdir $(CURDIR)/target/rpmbuild' \
                --define '_sourcedir $(CURDIR)/target' --define '_srcrpmdir $(CURDIR)/$(RPMS)'
LAB         := src-test/lab/lab
# A clone for root may lie in another user's directory.
export GIT_CONFIG_COUNT := 1
export GIT_CONFIG_KEY_0 := safe.directory
export GIT_CONFIG_VALUE_0 := *
GIT         := git -c safe.directory=*
# Where packages are not rpm's, rpm cannot tell whether what a build requires is installed.
RPMBUILDFLAGS ?= $(if $(wildcard /etc/debian_version),--nodeps)

SOURCES     := $(shell find daemon/src -type f) pom.xml

.DEFAULT_GOAL := help
.PHONY: help try check supplies unit fuzz campaign lint plugins scenarios check-dnf5 check-suites check-long check-fleet check-reboot check-secure-boot corpus bench jar install stage dist rpm packages format clean check-cockpit screenshots

help: ## list what there is to make
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

try: packages stage ## as root: a real kernel update in a lab, foretold and watched (2 minutes, more the first time)
	$(LAB) with src-test/lab/demo

# First what is quick to fail, while what the labs are made of is fetched; then the labs, and beside them the one of the
# real reboots where all goes well: all of them take 20 minutes.
check: packages ## as root: everything: static checks, tests, lab, one real reboot (SCENARIOS=word)
	$(MAKE) --jobs=2 lint supplies plugins unit $(REPOSITORY)/repodata
	$(MAKE) --jobs=2 scenarios check-reboot check-dnf5 REBOOT='$(or $(REBOOT),dnf upgrade)'

# One after the other: apt takes one caller at a time.
supplies: packages ## as root: fetch and make what the labs and the machines begin with
	src-test/lab/packages --vm
	src-test/lab/packages --suites
	src-test/lab/offered >/dev/null
	src-test/lab/suite sid >/dev/null
	src-test/vm/image >/dev/null

unit: packages ## formatting, static analysis and unit tests of the daemon
	mvn --batch-mode --no-transfer-progress $(MAVENFLAGS) verify
	@touch $(JAR)

fuzz: packages stage ## as root: new inputs for the readers of foreign files (SECONDS=60 each), 48 users at the socket (CROWD_SECONDS=300)
	src-test/fuzz $(SECONDS)
	$(LAB) with src-test/crowd/crowd $(CROWD_SECONDS)

lint: packages ## static checks of shell scripts, units, alerts and the spec
	src-test/lint

plugins: packages ## tests of the yum and dnf plugins
	src-test/python/run

scenarios: packages stage $(REPOSITORY)/repodata ## as root: the whole-system scenarios (SCENARIOS=word: only those with it)
	src-test/lab/check $(if $(SCENARIOS),'$(SCENARIOS)')

check-dnf5: packages stage ## as root: the main job with dnf 5, and Varlink's own clients, on Debian sid
	src-test/lab/packages --suites
	LAB_SUITE=sid src-test/lab/check 'kernel and headers in one transaction' 'a /sys as on a real host' \
	  'the answer for a kernel is said' varlink:

# On parts that are newer than this host's: what they all are asked to do.
CORE := 'kernel and headers in one transaction' 'headers missing: fetched' 'a kernel erased: its row' \
  'rpm -i of a kernel' 'rpm -e of a kernel' 'all hooks in one transaction' 'guard: the driver does not build' \
  'installed by dnf on a clean system' 'no dkms at all' 'a stale copy in updates/ and the direct build' \
  'an image older than the driver' 'a /sys as on a real host' varlink:
check-suites: packages stage $(REPOSITORY)/repodata ## as root: a core of them on Debian trixie and sid (SUITES='trixie sid')
	src-test/lab/packages --suites
	set -e; for suite in $(SUITES); do echo "Debian $$suite"; LAB_SUITE=$$suite src-test/lab/check $(CORE); done

check-cockpit: packages stage ## as root: the page in Cockpit, in a real Chromium (10 minutes)
	src-test/lab/packages --cockpit
	src-test/lab/check cockpit:

screenshots: packages stage ## as root: those in docs/cockpit, made anew by the same scenarios
	src-test/lab/packages --cockpit
	src-test/lab/screenshots docs/cockpit

check-long: packages stage $(REPOSITORY)/repodata ## as root: what takes long: scenarios that are marked so, all reboots, newer suites (1 to 2 hours)
	src-test/lab/packages --fleet
	src-test/fleet
	src-test/lab/packages --cockpit
	src-test/lab/check --long
	$(MAKE) check-reboot check-suites check-secure-boot

check-fleet: packages stage $(REPOSITORY)/repodata ## as root: Ansible updates five hosts; files for other programs (20 minutes)
	src-test/lab/packages --fleet
	src-test/fleet
	src-test/lab/check fleet: integrations:

check-reboot: packages $(RPMS)/built ## as root: real reboots, in machines that QEMU emulates (REBOOT=word: only those with it)
	src-test/lab/packages --vm
	src-test/vm/check $(if $(REBOOT),'$(REBOOT)')

check-secure-boot: packages $(RPMS)/built ## as root: Secure Boot on firmware that QEMU emulates, and a kernel compiled for it (an hour, once for the kernel)
	VM_SECURE=$$(src-test/vm/secure $(RPMS)) src-test/vm/check 'secure-boot: '

campaign: packages stage ## as root: KILLS=1000 SIGKILLs at random moments (SEED=number repeats one), too little room (hours)
	src-test/campaign kills $(KILLS) $(SEED)
	src-test/campaign full-disks

corpus: packages stage ## as root: each kernel that apt offers x five drivers: the depths of preflight agree (an hour, 3 GB)
	LAB_OFFERED=all $(LAB) with src-test/corpus/corpus

bench: packages stage ## as root: figures against the targets and against dkms (half an hour; BENCH='looks direct': these)
	src-test/lab/packages --bench
	src-test/bench/bench $(BENCH)

format: ## format the Java sources
	$(MVN) spotless:apply

packages: ## as root: install what the build and the checks need
	@src-test/lab/packages

$(JAR): $(SOURCES)
	$(MVN) package -DskipTests
	@touch $@

jar: $(JAR)

stage: $(JAR)
	@rm -rf $(STAGE)
	@$(MAKE) --no-print-directory install DESTDIR=$(STAGE) SYSTEMD_VERSION=$(NEWEST)

# With their times, so that what is laid out twice is the same.
install: $(JAR) ## lay the product out below DESTDIR, as a package would
	install -d $(DESTDIR)$(DATADIR)/lib $(DESTDIR)$(LIBEXECDIR)/native
	install -p -m 644 $(JAR) $(DESTDIR)$(DATADIR)/
	install -p -m 644 $$(ls target/lib/*.jar | grep -v native) $(DESTDIR)$(DATADIR)/lib/
	cd target && jar --extract --file lib/jffi-*-native.jar jni/$(MACHINE)-Linux
	install -p -m 755 target/jni/$(MACHINE)-Linux/libjffi-*.so $(DESTDIR)$(LIBEXECDIR)/native/
	install -d $(DESTDIR)$(PREFIX)/bin
	install -p -m 755 daemon/dist/bin/kmodkeeper $(DESTDIR)$(PREFIX)/bin/
	install -p -m 755 daemon/dist/libexec/* $(DESTDIR)$(LIBEXECDIR)/
	install -d $(DESTDIR)$(SYSCONFDIR)/kmodkeeper/drivers.d
	install -p -m 644 daemon/dist/etc/kmodkeeper.conf $(DESTDIR)$(SYSCONFDIR)/kmodkeeper/
	install -p -m 644 daemon/dist/etc/drivers.d/*.conf $(DESTDIR)$(SYSCONFDIR)/kmodkeeper/drivers.d/
	install -d $(DESTDIR)$(UNITDIR)
	install -p -m 644 systemd/*.service systemd/*.socket systemd/*.timer $(DESTDIR)$(UNITDIR)/
	install -d $(DESTDIR)$(UNITDIR)/kmodkeeper.service.d
	$(if $(DROPINS),install -p -m 644 $(DROPINS) $(DESTDIR)$(UNITDIR)/kmodkeeper.service.d/)
	install -d $(DESTDIR)$(PRESETDIR)
	install -p -m 644 systemd/kmodkeeper.preset $(DESTDIR)$(PRESETDIR)/90-kmodkeeper.preset
	install -d $(DESTDIR)$(SYSUSERSDIR)
	install -p -m 644 systemd/kmodkeeper.sysusers $(DESTDIR)$(SYSUSERSDIR)/kmodkeeper.conf
	install -d $(DESTDIR)$(TMPFILESDIR)
	install -p -m 644 systemd/kmodkeeper.tmpfiles $(DESTDIR)$(TMPFILESDIR)/kmodkeeper.conf
	install -d $(DESTDIR)$(CATALOGDIR)
	install -p -m 644 systemd/kmodkeeper.catalog $(DESTDIR)$(CATALOGDIR)/
	for page in daemon/dist/man/*; do \
	  install -D -p -m 644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit; done
	install -D -p -m 644 -t $(DESTDIR)$(COMPLETIONDIR) daemon/dist/completion/kmodkeeper
	install -D -p -m 644 -t $(DESTDIR)$(ZSHDIR) daemon/dist/completion/_kmodkeeper
	install -D -p -m 644 -t $(DESTDIR)$(FISHDIR) daemon/dist/completion/kmodkeeper.fish
	install -d $(DESTDIR)$(KERNELINSTALLDIR) $(DESTDIR)$(SYSCONFDIR)/kernel/postinst.d
	install -p -m 755 daemon/dist/kernel/95-kmodkeeper.install $(DESTDIR)$(KERNELINSTALLDIR)/
	install -p -m 755 daemon/dist/kernel/kmodkeeper.postinst $(DESTDIR)$(SYSCONFDIR)/kernel/postinst.d/kmodkeeper
	install -d $(DESTDIR)$(DNFPLUGINDIR) $(DESTDIR)$(SYSCONFDIR)/dnf/plugins
	install -p -m 644 yum-plugin/dnf4/kmodkeeper.py $(DESTDIR)$(DNFPLUGINDIR)/
	install -p -m 644 yum-plugin/dnf4/kmodkeeper.conf $(DESTDIR)$(SYSCONFDIR)/dnf/plugins/
	install -d $(DESTDIR)$(SYSCONFDIR)/dnf/libdnf5-plugins/actions.d
	install -p -m 644 yum-plugin/dnf5/kmodkeeper.actions $(DESTDIR)$(SYSCONFDIR)/dnf/libdnf5-plugins/actions.d/
	install -p -m 755 yum-plugin/dnf5/preflight-answers $(DESTDIR)$(LIBEXECDIR)/
	for file in mixin.libsonnet alerts/kmodkeeper.yaml rules/kmodkeeper.yaml dashboards/kmodkeeper.json; do \
	  install -D -p -m 644 daemon/dist/monitoring/$$file $(DESTDIR)$(MONITORINGDIR)/$$file || exit; done
	cd daemon/dist/ansible && find . -type f | while read -r file; do \
	  mode=644; [ ! -x $$file ] || mode=755; install -D -p -m $$mode $$file $(abspath $(DESTDIR))$(COLLECTIONDIR)/$$file || exit; done
	install -D -p -m 644 -t $(DESTDIR)$(SOSPLUGINDIR) daemon/dist/sos/kmodkeeper.py
	install -D -p -m 755 -t $(DESTDIR)$(GREENBOOTDIR)/check/required.d daemon/dist/greenboot/50_kmodkeeper.sh
	install -D -p -m 644 -t $(DESTDIR)$(DATADIR)/examples daemon/dist/examples/*
	install -D -p -m 644 -t $(DESTDIR)$(DATADIR)/verdicts docs/verdicts/*
	install -D -p -m 644 -t $(DESTDIR)$(DATADIR)/events docs/events/*
	install -D -p -m 644 -t $(DESTDIR)$(DATADIR)/json docs/json/*
	install -d $(DESTDIR)$(COCKPITDIR) $(DESTDIR)$(METAINFODIR)
	install -p -m 644 daemon/dist/cockpit/*.html daemon/dist/cockpit/*.js daemon/dist/cockpit/*.css daemon/dist/cockpit/manifest.json $(DESTDIR)$(COCKPITDIR)/
	install -p -m 644 daemon/dist/cockpit/*.metainfo.xml $(DESTDIR)$(METAINFODIR)/
	install -d $(DESTDIR)$(YUMPLUGINDIR) $(DESTDIR)$(SYSCONFDIR)/yum/pluginconf.d
	install -p -m 644 yum-plugin/yum3/kmodkeeper.py $(DESTDIR)$(YUMPLUGINDIR)/
	install -p -m 644 yum-plugin/yum3/kmodkeeper.conf $(DESTDIR)$(SYSCONFDIR)/yum/pluginconf.d/

dist: $(DIST) ## pack the sources, as they are in the working tree, for packagers

# stash create: the tracked files as they are now, as a commit of no branch; nothing if HEAD is the same.
$(DIST): $(wildcard $(shell $(GIT) rev-parse --git-path index 2>/dev/null) $(shell $(GIT) ls-files 2>/dev/null))
	@mkdir -p target
	@grep -q '^Version: *$(VERSION)$$' $(SPEC) || { echo "$(SPEC): its version is not $(VERSION), as in pom.xml" >&2; exit 1; }
	commit=$$($(GIT) stash create) && \
	  $(GIT) archive --prefix=kmodkeeper-$(VERSION)/ --output=$@ "$${commit:-HEAD}"

rpm: packages $(RPMS)/built ## build the packages from what dist packs, into target/rpm

$(RPMS)/built: $(DIST) $(SPEC)
	rm -rf $(RPMS)
	rpmbuild -ba --noclean $(RPMBUILD) --define '_rpmdir $(CURDIR)/$(RPMS)' $(SPEC)
	rpmlint --config rpm-spec/rpmlint.toml $(SPEC) $$(find $(RPMS) -name '*.rpm')
	@touch $@

# What the lab installs kmodkeeper from: these packages, and a next release of them, to upgrade to.
$(REPOSITORY)/repodata: $(RPMS)/built
	rm -rf $(REPOSITORY)
	rpmbuild -bb --noprep $(RPMBUILD) --define '_rpmdir $(CURDIR)/$(REPOSITORY)' --define 'baserelease 2' $(SPEC)
	cp $$(find $(RPMS) -name '*.rpm' -not -name '*.src.rpm') $(REPOSITORY)
	createrepo_c --quiet $(REPOSITORY)

clean: ## remove what was built; the lab's downloads stay in src-test/lab/.cache
	rm -rf target
