# The checks. Each is a function of .ci/checks.sh, which .ci/run calls too: see CONTRIBUTING.md.

# Lists the recipes.
default:
    @just --list --unsorted

# Format, clippy, rustdoc, FreeBSD and macOS, the oldest compiler.
check:
    bash .ci/checks.sh check

# cargo test; then optimized; then optimized as one unit.
test:
    bash .ci/checks.sh test

# The lock-free protocols, every interleaving.
loom:
    bash .ci/checks.sh loom

# Miri over what stands above the switch.
miri:
    bash .ci/checks.sh miri

# AddressSanitizer.
san:
    bash .ci/checks.sh san

# ThreadSanitizer.
tsan:
    bash .ci/checks.sh tsan

# The switch under valgrind.
valgrind:
    bash .ci/checks.sh valgrind

# aarch64 and riscv64 in an emulator.
cross:
    bash .ci/checks.sh cross

# System calls that fail, and the portable switch.
faults:
    bash .ci/checks.sh faults

# The benchmarks, once around.
bench:
    bash .ci/checks.sh bench

# Crates of others over teem, and the feature `tracing`.
ecosystem:
    bash .ci/checks.sh ecosystem

# What would be published.
package:
    bash .ci/checks.sh package

# Everything above, as a machine that has nothing does it.
ci:
    bash .ci/run
