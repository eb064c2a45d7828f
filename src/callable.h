/* Written by tools/gen-stubs.awk from the public headers; do not edit. */
{"distest_strerror", (DL_FUNC)&distest_strerror},
{"distest_version", (DL_FUNC)&distest_version},
{"distest_context_default", (DL_FUNC)&distest_context_default},
{"distest_rng_seed", (DL_FUNC)&distest_rng_seed},
{"distest_rng_from", (DL_FUNC)&distest_rng_from},
{"distest_rng_uniform", (DL_FUNC)&distest_rng_uniform},
