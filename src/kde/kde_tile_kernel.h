/* kde_tile_kernel.h - the inner loops of kde_pass.c, once per instruction set (isa.h).
 * All run over a panel of PANEL points; sums have eight lanes, added in one order. */
#define KDE_ADD(s) (((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7])))

/* D = max(0, |y|^2 + |z|^2 - 2 y'z), G holding y'z */
static DI_TARGET void DI_NAME(from_products)(const double *yy, double zz, double *G)
{
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++) {
        const double D = DI_FMA(-2.0, G[i], yy[i] + zz);
        G[i] = DI_IF(D > 0, D, 0.0);
    }
}

static DI_TARGET void DI_NAME(from_differences)(size_t d, const double *y,
                                                const double *z, size_t ldz, double *D)
{
    for (size_t i0 = 0; i0 < PANEL; i0 += 64) {
        double s[64] = {0};
        for (size_t k = 0; k < d; k++) {
            const double *c = y + i0 + k * PANEL, q = z[k * ldz];
#pragma omp simd
            for (size_t i = 0; i < 64; i++) {
                const double t = c[i] - q;
                s[i] = DI_FMA(t, t, s[i]);
            }
        }
        for (size_t i = 0; i < 64; i++) D[i0 + i] = s[i];
    }
}

static DI_TARGET double DI_NAME(largest)(const double *a)
{
    double m[8];
    for (size_t l = 0; l < 8; l++) m[l] = a[l];
    for (size_t i = 8; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) m[l] = DI_IF(a[i + l] > m[l], a[i + l], m[l]);
    }
    for (size_t l = 1; l < 8; l++) m[0] = m[l] > m[0] ? m[l] : m[0];
    return m[0];
}

static DI_TARGET void DI_NAME(gaussian_terms)(const double *D, const double *logw,
                                              double inv, double *a)
{
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++) {
        const double r = (D[i] * inv) * inv;
        a[i] = DI_FMA(-0.5, r, logw[i]);
    }
}

/* u = D inv^2 (1/a_i^2) */
static DI_TARGET void DI_NAME(scaled)(const double *D, double inv, const double *a2,
                                      double *u)
{
    if (a2) {
#pragma omp simd
        for (size_t i = 0; i < PANEL; i++) u[i] = (D[i] * a2[i] * inv) * inv;
    } else {
#pragma omp simd
        for (size_t i = 0; i < PANEL; i++) u[i] = (D[i] * inv) * inv;
    }
}

static DI_TARGET void DI_NAME(student_terms)(double nu, double power,
                                             const double *logw, double *u)
{
    const double per = 1 / nu;
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++)
        u[i] = DI_FMA(-power, vec_log1p(u[i] * per), logw[i]);
}

static DI_TARGET void DI_NAME(exponential_terms)(const double *logw, double *u)
{
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++) u[i] = logw[i] - vec_sqrt(u[i]);
}

static DI_TARGET double DI_NAME(sum)(const double *a, double M)
{
    double s[8] = {0};
    for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) s[l] += vec_exp(a[i + l] - M);
    }
    return KDE_ADD(s);
}

static DI_TARGET void DI_NAME(sum_stats)(const double *a, double M, double out[4])
{
    double s[8] = {0}, s2[8] = {0}, s4[8] = {0}, sa[8] = {0};
    for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double t = a[i + l] - M, e = vec_exp(t), q = e * e;
            s[l] += e;
            s2[l] += q;
            s4[l] += q * q;
            sa[l] += e * DI_IF(t > -708, t, -708); /* -Inf times 0 is NaN */
        }
    }
    out[0] = KDE_ADD(s);
    out[1] = KDE_ADD(s2);
    out[2] = KDE_ADD(s4);
    out[3] = KDE_ADD(sa);
}

static DI_TARGET void DI_NAME(sum_moments)(const double *a, const double *D, double M,
                                           double out[3])
{
    double s[8] = {0}, sd[8] = {0}, sdd[8] = {0};
    for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double e = vec_exp(a[i + l] - M), t = e * D[i + l];
            s[l] += e;
            sd[l] += t;
            sdd[l] = DI_FMA(t, D[i + l], sdd[l]);
        }
    }
    out[0] = KDE_ADD(s);
    out[1] = KDE_ADD(sd);
    out[2] = KDE_ADD(sdd);
}

/* sums of e^(a - M) t^k, t = D half - c */
static DI_TARGET void DI_NAME(sum_taylor)(const double *a, const double *D, double M,
                                          double half, double c, double *out)
{
    double s[DI_KDE_TAYLOR][8] = {{0}};
    for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
        for (size_t l = 0; l < 8; l++) {
            const double t = DI_FMA(D[i + l], half, -c);
            const double t2 = t * t, t4 = t2 * t2, e = vec_exp(a[i + l] - M);
            const double et = e * t, e4 = e * t4, et4 = et * t4;
            s[0][l] += e;
            s[1][l] += et;
            s[2][l] = DI_FMA(e, t2, s[2][l]);
            s[3][l] = DI_FMA(et, t2, s[3][l]);
            s[4][l] += e4;
            s[5][l] += et4;
            s[6][l] = DI_FMA(e4, t2, s[6][l]);
            s[7][l] = DI_FMA(et4, t2, s[7][l]);
            s[8][l] = DI_FMA(e4, t4, s[8][l]);
        }
    }
    for (int k = 0; k < DI_KDE_TAYLOR; k++) out[k] = KDE_ADD(s[k]);
}

/* are any of 8 above? */
static DI_TARGET int DI_NAME(any_above)(const double *a, double limit)
{
    double m = 0;
    for (size_t l = 0; l < 8; l++) m += a[l] > limit ? 1.0 : 0.0;
    return m > 0;
}

/* e_i = exp(a_i - M) */
static DI_TARGET void DI_NAME(shares)(const double *a, double M, double *e)
{
#pragma omp simd
    for (size_t i = 0; i < PANEL; i++) e[i] = vec_exp(a[i] - M);
}

/* out_k += sum_i e_i (y_ik - z_k) */
static DI_TARGET void DI_NAME(add_differences)(size_t d, const double *y,
                                               const double *z, size_t ldz,
                                               const double *e, double *out)
{
    for (size_t k = 0; k < d; k++) {
        const double *c = y + k * PANEL, q = z[k * ldz];
        double s[8] = {0};
        for (size_t i = 0; i < PANEL; i += 8) {
#pragma omp simd
            for (size_t l = 0; l < 8; l++) s[l] = DI_FMA(e[i + l], c[i + l] - q, s[l]);
        }
        out[k] += KDE_ADD(s);
    }
}
