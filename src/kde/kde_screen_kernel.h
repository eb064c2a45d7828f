/* kde_screen_kernel.h - the loops of kde_screen.c over a panel of single precision,
 * once per instruction set (isa.h). */

/* G + b, in place; returns the largest */
static DI_TARGET float DI_NAME(screen_terms)(const float *b, float zz, float *G)
{
    float m[16];
    for (size_t l = 0; l < 16; l++) m[l] = -INFINITY;
    for (size_t i = 0; i < PANEL; i += 16) {
#pragma omp simd
        for (size_t l = 0; l < 16; l++) {
            G[i + l] = (G[i + l] + b[i + l]) - zz;
            m[l] = m[l] < G[i + l] ? G[i + l] : m[l];
        }
    }
    for (size_t l = 1; l < 16; l++) m[0] = m[l] > m[0] ? m[l] : m[0];
    return m[0];
}

/* how many of 16 are above? */
static DI_TARGET int DI_NAME(screen_above)(const float *a, float limit)
{
    int n = 0;
    for (size_t l = 0; l < 16; l++) n += a[l] > limit;
    return n;
}

static DI_TARGET double DI_NAME(screen_sum)(const float *a, double M)
{
    double s[8] = {0};
    for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) s[l] += vec_exp((double)a[i + l] - M);
    }
    return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}
