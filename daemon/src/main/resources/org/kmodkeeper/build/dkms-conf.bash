# Reads a dkms.conf, or builds by it, the way dkms does (read_conf, prepare_build and actual_build of
# dkms 3.0.10, and what 3.2 to 3.4 add: BUILD_EXCLUSIVE of single modules, build_environment, and in /etc/dkms
# MODULE--KERNEL.conf, MODULE/patches and MODULE/SCRIPT). dkms.conf is bash, and MAKE may use every variable set
# here, so only bash can read it.
#
# usage: describe|RECIPE MAKE JOBS ARCH DKMS_TREE SOURCE_TREE ETC COUNT (CONF MODULE VERSION)... (RELEASE HEADERS)...
#
# describe: prints, for each of COUNT drivers, NUL-separated pairs of a key and its value on stdout: those of each
#           kernel, as far as it could be read, then an end. Exit status 5: there is something that this user may
#           not read.
# RECIPE:   runs the patches, PRE_BUILD, CLEAN, a command that builds, and POST_BUILD in the private build
#           directory; COUNT is 1. Which command: "make", MAKE; "dkms.conf", that of the conf; "makefile", make in
#           the directory of the makefile, as for a source that comes without a conf; "kbuild", plain kbuild.
#           Exit status 3: there is no such makefile, or it is the command of the conf too.
kk_action=$1 kk_make=$2 kk_jobs=$3 kk_arch=$4 kk_tree=$5 kk_sources=$6 kk_etc=$7
kk_drivers=("${@:9:3*$8}")
shift $((8 + 3 * $8))
exec 3>&1 1>&2

# What a conf declares must outlive the function that reads it.
shopt -s expand_aliases
alias declare='declare -g' typeset='declare -g'

kk_closed() { echo "$1: $(id --user --name) may not read it" >&2; exit 5; }

# Where one cannot look, something may be that is not seen.
kk_look() { if [ ! -r "$1" ] || [ ! -x "$1" ]; then kk_closed "$1"; fi; }

kk_source() {
  # dkms ignores the status: it is the last command's, and a condition that is false is no error.
  # shellcheck disable=SC1090  # the file is the caller's
  if [ -e "$1" ]; then
    [ -r "$1" ] || kk_closed "$1"
    . "$1" 3>&- || bash -n "$1" || { echo "$1: bash could not read it" >&2; exit 4; }
  fi
}

# kk_choose CONF MODULE VERSION: the driver that all below is about.
kk_choose() {
  kk_conf=$1 module=$2 module_version=$3
  kk_build=$kk_tree/$module/$module_version/build
}

# Sets all that a dkms.conf may use, reads it, and finds the command that builds.
# kk_read RELEASE HEADERS
kk_read() {
  local file i n compiler place
  kernelver=$1 arch=$kk_arch kernel_source_dir=$2 kernel_config=$2/.config
  MAKE=() MAKE_MATCH=() PATCH=() PATCH_MATCH=() STRIP=()
  BUILT_MODULE_NAME=() BUILT_MODULE_LOCATION=() DEST_MODULE_NAME=() DEST_MODULE_LOCATION=()
  PACKAGE_NAME=$module PACKAGE_VERSION='' CLEAN='' PRE_BUILD='' POST_BUILD='' AUTOINSTALL='' BUILD_DEPENDS=''
  BUILD_EXCLUSIVE_KERNEL=() BUILD_EXCLUSIVE_KERNEL_MIN=() BUILD_EXCLUSIVE_KERNEL_MAX=()
  BUILD_EXCLUSIVE_ARCH=() BUILD_EXCLUSIVE_CONFIG=() OBSOLETE_BY=''
  sign_file='' mok_signing_key='' mok_certificate='' build_environment=''
  for file in "$kk_etc/framework.conf" "$kk_etc"/framework.conf.d/*.conf; do
    kk_source "$file"
  done
  # A framework.conf may move dkms's own trees; ours stay where this build is.
  # shellcheck disable=SC2034  # a dkms.conf may use them
  dkms_tree=$kk_tree source_tree=$kk_sources
  for file in "$kk_conf" "$kk_etc/$module.conf" "$kk_etc/$module-$module_version.conf" \
    "$kk_etc/$module-$module_version-$kernelver.conf" \
    "$kk_etc/$module-$module_version-$kernelver-$arch.conf" \
    "$kk_etc/$module--$kernelver.conf" "$kk_etc/$module--$kernelver-$arch.conf"; do
    kk_source "$file"
  done
  ((${#BUILD_EXCLUSIVE_KERNEL_MAX[@]})) || [ -z "$OBSOLETE_BY" ] || BUILD_EXCLUSIVE_KERNEL_MAX=("$OBSOLETE_BY")

  # Which MAKE: the last one whose MAKE_MATCH fits the kernel, else the first.
  kk_command=''
  [ -n "${MAKE_MATCH[0]-}" ] || kk_command=${MAKE[0]-}
  for i in "${!MAKE[@]}"; do
    if [[ -n ${MAKE[i]} && -n ${MAKE_MATCH[i]-} && $kernelver =~ ${MAKE_MATCH[i]} ]]; then
      kk_command=${MAKE[i]}
    fi
  done
  # A vendor's archive often keeps the module's sources one level down.
  place=''
  [ -e "$kk_build/Makefile" ] || [ -e "$kk_build/Kbuild" ] || place=/src
  kk_kbuild="make -C $kernel_source_dir M=$kk_build$place modules"
  [ -n "$kk_command" ] || kk_command=$kk_kbuild
  case $kk_action in
    make) kk_command=$kk_make ;;
    makefile) kk_use_makefile "$place" ;;
    kbuild) kk_use_kbuild "$kk_build$place" ;;
  esac
  # Not before the conf is read: it may have variables of the same names.
  compiler=''
  if [ "$kk_action" != describe ]; then
    if grep -qs '^CONFIG_CC_IS_CLANG=y' "$kernel_config"; then compiler=' CC=clang'; fi
    if grep -qs '^CONFIG_LD_IS_LLD=y' "$kernel_config"; then compiler+=' LD=ld.lld'; fi
    kk_command+=$compiler
  fi

  kk_count=0
  for n in ${#BUILT_MODULE_NAME[@]} ${#BUILT_MODULE_LOCATION[@]} ${#DEST_MODULE_NAME[@]} \
    ${#DEST_MODULE_LOCATION[@]}; do
    ((n <= kk_count)) || kk_count=$n
  done
}

# kk_use_makefile DIRECTORY: below the build's; a makefile that only kbuild can read has no targets.
kk_use_makefile() {
  local command="cd .$1 && make BUILD_KERNEL=$kernelver"
  grep -Eqs '^[^#[:space:]:=][^#:=]*:([^=]|$)' "$kk_build$1/Makefile" || exit 3
  ! kk_is_same "$command" "$kk_command" || exit 3
  kk_command=$command
}

# kk_use_kbuild DIRECTORY: a makefile that kbuild can read says what there is to make.
kk_use_kbuild() {
  [ -e "$kk_conf" ] || return 0
  grep -Eqs '^[[:space:]]*(override[[:space:]]+)?obj-' "$1/Kbuild" "$1/Makefile" || exit 3
  ! kk_is_same "$kk_kbuild" "$kk_command" || exit 3
  kk_command=$kk_kbuild
}

# kk_is_same COMMAND COMMAND: but for how they are written.
kk_is_same() {
  local one=$1 other=$2
  # shellcheck disable=SC2016  # names, not values
  other=${other//'${kernelver}'/$kernelver} other=${other//'$kernelver'/$kernelver}
  one=${one//[^A-Za-z0-9_=]/} other=${other//[^A-Za-z0-9_=]/}
  [ "$one" = "$other" ]
}

kk_put() { printf '%s\0' "$@" >&3; }

# kk_newer A B: whether A is a newer version than B.
kk_newer() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort --version-sort | tail -n 1)" = "$1" ]; }

# kk_excluded AT: says which BUILD_EXCLUSIVE line number AT keeps the driver off this kernel, nothing if none does.
kk_excluded() {
  local kernel=${BUILD_EXCLUSIVE_KERNEL[$1]-} min=${BUILD_EXCLUSIVE_KERNEL_MIN[$1]-}
  local max=${BUILD_EXCLUSIVE_KERNEL_MAX[$1]-} machine=${BUILD_EXCLUSIVE_ARCH[$1]-} option
  if [[ -n $kernel && ! $kernelver =~ $kernel ]]; then
    echo "BUILD_EXCLUSIVE_KERNEL=$kernel"
  elif [ -n "$min" ] && kk_newer "$min" "$kernelver"; then
    echo "BUILD_EXCLUSIVE_KERNEL_MIN=$min"
  elif [ -n "$max" ] && kk_newer "$kernelver" "$max"; then
    echo "BUILD_EXCLUSIVE_KERNEL_MAX=$max"
  elif [[ -n $machine && ! $arch =~ $machine ]]; then
    echo "BUILD_EXCLUSIVE_ARCH=$machine"
  elif [[ -e $kernel_config ]]; then
    for option in ${BUILD_EXCLUSIVE_CONFIG[$1]-}; do
      case $option in
        !*) ! grep -Eq "^${option#!}=[ym]" "$kernel_config" || echo "BUILD_EXCLUSIVE_CONFIG=$option" ;;
        *) grep -Eq "^$option=[ym]" "$kernel_config" || echo "BUILD_EXCLUSIVE_CONFIG=$option" ;;
      esac
    done | head -n 1
  fi
}

kk_is_exclusive() {
  [ -n "${BUILD_EXCLUSIVE_KERNEL[*]}${BUILD_EXCLUSIVE_KERNEL_MIN[*]}${BUILD_EXCLUSIVE_KERNEL_MAX[*]}" ] ||
    [ -n "${BUILD_EXCLUSIVE_ARCH[*]}${BUILD_EXCLUSIVE_CONFIG[*]}" ]
}

# What the conf that was read says, for the kernel that was put before.
kk_tell() {
  local i built place excluded='' reason modules=()
  # A line without a number, or of number 0, is about all modules; from dkms 3.3 on the others are about one each.
  # Another process, so not for nothing.
  if kk_is_exclusive; then excluded=$(kk_excluded 0); fi
  for ((i = 0; i < kk_count; i++)); do modules+=("$i"); done
  if [ -z "$excluded" ] && kk_is_exclusive; then
    for ((i = 1; i < kk_count; i++)); do
      reason=$(kk_excluded "$i")
      [ -z "$reason" ] || unset "modules[i]"
    done
  fi
  kk_put autoinstall "$AUTOINSTALL" depends "${BUILD_DEPENDS[*]-}"
  kk_put excluded "$excluded" name "$PACKAGE_NAME" version "$PACKAGE_VERSION"
  for i in "${modules[@]}"; do
    built=${BUILT_MODULE_NAME[i]-}
    if [ -z "$built" ] && ((${#DEST_MODULE_LOCATION[@]} == 1)); then built=$PACKAGE_NAME; fi
    [ -n "$built" ] || continue
    place=${BUILT_MODULE_LOCATION[i]-}
    kk_put module "${DEST_MODULE_NAME[i]:-$built}" built "${place%/}${place:+/}$built.ko" \
      strip "${STRIP[i]-${STRIP[0]-yes}}"
  done
  kk_put sign_file "$sign_file" key "$mok_signing_key" certificate "$mok_certificate"
}

kk_run() {
  echo "+ $1"
  eval "$1"
}

# Unquoted, as dkms runs it: the first word is the script, the others are its arguments. An operator's script of
# that name in /etc/dkms takes its place.
kk_script() {
  local place=.
  [ -n "$1" ] || return 0
  [ ! -x "$kk_etc/$module/${1%% *}" ] || place=$kk_etc/$module
  [ -x "$place/${1%% *}" ] || return 0
  # shellcheck disable=SC2086
  (cd "$place" && set -x && exec ./$1) || kk_has_failed 8
}

# kk_has_failed STATUS: what the conf says fails in vain where its command is not used.
kk_has_failed() { case $kk_action in make | dkms.conf) exit "$1" ;; esac }

# CLEAN may fail; the mark keeps what it says out of the search for what made the build fail.
kk_clean() {
  local line
  (kk_run "$CLEAN") 2>&1 | while IFS= read -r line; do printf 'clean: %s\n' "$line"; done
}

kk_build() {
  local i
  cd "$kk_build" || exit 8
  echo "kmodkeeper: recipe $kk_action"
  if [ -n "$build_environment" ] && [ -f "$build_environment" ]; then
    # shellcheck disable=SC1090  # the operator's file
    . <(. "$build_environment" >/dev/null 2>&1; export -p)
  fi
  if [ -d "$kk_etc/$module/patches" ]; then cp -R "$kk_etc/$module/patches" . || exit 8; fi
  for i in "${!PATCH[@]}"; do
    [[ -n ${PATCH[i]} ]] || continue
    [[ -z ${PATCH_MATCH[i]-} || $kernelver =~ ${PATCH_MATCH[i]} ]] || continue
    kk_run "patch -p1 < patches/${PATCH[i]}" || exit 6
  done
  kk_script "$PRE_BUILD"
  [ -z "$CLEAN" ] || kk_clean
  export MAKEFLAGS="-j$kk_jobs"
  (kk_run "${kk_command/#make/make KERNELRELEASE=$kernelver}") || exit 10
  kk_script "$POST_BUILD"
}

# kk_describe (RELEASE HEADERS)...
kk_describe() {
  local place
  kk_look "${kk_conf%/*}"
  for place in "$kk_etc" "$kk_etc/framework.conf.d"; do [ ! -d "$place" ] || kk_look "$place"; done
  # In a process of its own each, so that one kernel's values never reach the next one's.
  while (($#)); do
    (kk_read "$1" "$2" && kk_put kernel "$1" && kk_tell) || exit
    shift 2
  done
}

case $kk_action in
  make | dkms.conf | makefile | kbuild)
    kk_choose "${kk_drivers[@]}"
    kk_read "$1" "$2"
    kk_build
    ;;
  describe)
    for ((kk_at = 0; kk_at < ${#kk_drivers[@]}; kk_at += 3)); do
      (kk_choose "${kk_drivers[@]:kk_at:3}" && kk_describe "$@")
      kk_status=$?
      kk_put end "${kk_drivers[kk_at]}"
    done
    exit "$kk_status"
    ;;
esac
