/* Written by tools/gen-stubs.awk from the public headers; do not edit. */
/* Compile this in one source file of a package that has LinkingTo: distest, with
 * -DDISTEST_HIDDEN, and call distest_stubs_load() from R_init_<package>. All other
 * files include <distest.h> as any C program does. */
#include <distest.h>

#include <R_ext/Error.h>
#include <R_ext/Rdynload.h>

static struct {
    const char *(*distest_strerror)(int status);
    int (*distest_version)(void);
    distest_context (*distest_context_default)(void);
    distest_rng (*distest_rng_seed)(uint64_t seed);
    distest_rng (*distest_rng_from)(distest_uniform_fn uniform, void *state);
    double (*distest_rng_uniform)(distest_rng *rng);
} distest_callable;

void distest_stubs_load(void);

void distest_stubs_load(void)
{
    const int v = ((int (*)(void))R_GetCCallable("distest", "distest_version"))();
    if (v / 10000 != DISTEST_VERSION_MAJOR || v < DISTEST_VERSION_NUMBER)
        Rf_error("built for distest %s, but %d.%d.%d is installed",
                 DISTEST_VERSION_STRING, v / 10000, v / 100 % 100, v % 100);
    distest_callable.distest_strerror =
        (const char *(*)(int status))R_GetCCallable("distest", "distest_strerror");
    distest_callable.distest_version =
        (int (*)(void))R_GetCCallable("distest", "distest_version");
    distest_callable.distest_context_default =
        (distest_context (*)(void))R_GetCCallable("distest", "distest_context_default");
    distest_callable.distest_rng_seed =
        (distest_rng (*)(uint64_t seed))R_GetCCallable("distest", "distest_rng_seed");
    distest_callable.distest_rng_from =
        (distest_rng (*)(distest_uniform_fn uniform, void *state))R_GetCCallable("distest", "distest_rng_from");
    distest_callable.distest_rng_uniform =
        (double (*)(distest_rng *rng))R_GetCCallable("distest", "distest_rng_uniform");
}

const char *distest_strerror(int status)
{
    return distest_callable.distest_strerror(status);
}

int distest_version(void)
{
    return distest_callable.distest_version();
}

distest_context distest_context_default(void)
{
    return distest_callable.distest_context_default();
}

distest_rng distest_rng_seed(uint64_t seed)
{
    return distest_callable.distest_rng_seed(seed);
}

distest_rng distest_rng_from(distest_uniform_fn uniform, void *state)
{
    return distest_callable.distest_rng_from(uniform, state);
}

double distest_rng_uniform(distest_rng *rng)
{
    return distest_callable.distest_rng_uniform(rng);
}
