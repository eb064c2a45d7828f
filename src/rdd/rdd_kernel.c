/* rdd_kernel.c - the kernels of local polynomials, K(z) = c (1 - |z|^power) on [-1, 1].
 */
#include "rdd.h"

#include <math.h>

static const di_rdd_kernel KERNELS[] = {
    {"triangular", 1, 1},
    {"epanechnikov", 0.75, 2},
    {"uniform", 0.5, 0},
};
enum { COUNT = sizeof KERNELS / sizeof KERNELS[0] };

int di_rdd_kernel_find(distest_context *ctx, const char *name,
                       const di_rdd_kernel **kernel)
{
    const char *names[COUNT];
    size_t which = 0;
    for (size_t i = 0; i < COUNT; i++) names[i] = KERNELS[i].name;
    const int status = di_check_choice(ctx, "kernel", name, COUNT, names, &which);
    *kernel = &KERNELS[which];
    return status;
}

double di_rdd_kernel_at(const di_rdd_kernel *kernel, double z)
{
    const double t = fabs(z);
    if (kernel->power == 0) return t <= 1 ? kernel->c : 0;
    return t < 1 ? kernel->c * (1 - (kernel->power == 1 ? t : t * t)) : 0;
}

/* int_0^1 z^j (1 - z^r)^m dz, m = 1, 2 */
double di_rdd_kernel_moment(const di_rdd_kernel *kernel, int j, int power)
{
    const double a = 1.0 / (j + 1), r = kernel->power;
    if (kernel->power == 0) return a * (power == 1 ? kernel->c : kernel->c * kernel->c);
    if (power == 1) return kernel->c * r * a / (j + 1 + r);
    return kernel->c * kernel->c * 2 * r * r * a / ((j + 1 + r) * (j + 1 + 2 * r));
}
