/* vexp_kernel.h - the loops of vexp.c, once per instruction set (see isa.h). */
#define VEXP_LOOP(f)                                                                   \
    static DI_TARGET void DI_NAME(loop_##f)(size_t n, const double *x, double *y)      \
    {                                                                                  \
        VEXP_SIMD                                                                      \
        for (size_t i = 0; i < n; i++) y[i] = vec_##f(x[i]);                           \
    }
#define VEXP_SIMD _Pragma("omp simd")

VEXP_LOOP(exp)
VEXP_LOOP(expm1)
VEXP_LOOP(log)
VEXP_LOOP(log1p)
VEXP_LOOP(sinpi)
VEXP_LOOP(cospi)
VEXP_LOOP(sqrt)

#undef VEXP_LOOP
#undef VEXP_SIMD
