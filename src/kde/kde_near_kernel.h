/* kde_near_kernel.h - the loop of kde_near.c, once per instruction set (isa.h). */

/* are any of 8 below? */
static DI_TARGET int DI_NAME(any_below)(const double *D, double limit)
{
    double m = 0;
    for (size_t l = 0; l < 8; l++) m += D[l] < limit ? 1.0 : 0.0;
    return m > 0;
}
