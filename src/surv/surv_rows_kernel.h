/* surv_rows_kernel.h - the loop of surv_rows.c, once per instruction set (see isa.h).
 *
 * The formulas are those of surv_baseline.c and surv_terms.c, for rows without interval
 * censoring or background hazard; as there, nothing is divided by kappa. In the general
 * kernel exp(B) comes from the exponential of E0:
 *
 *     e^B = e^(z - w) e^(kappa w) = a s e^y,     s = x / (a + x). */

/* (((y - 2) y + 2) e^y - 2) / y^3 = sum_m y^m / (m! (m + 3)) for |y| <= 1, nearly
 * minimax (error 3e-18) */
DI_VEC(double) DI_NAME(e2_near)(double y)
{
    const double z = y * y;
    double q = 0x1.81323b8b42921p-41;
    q = DI_FMA(q, z, DI_FMA(0x1.66ca1a76843b9p-37, y, 0x1.32066d1c97eabp-33));
    q = DI_FMA(q, z, DI_FMA(0x1.ebcf671fee0a1p-30, y, 0x1.6c2d908eb9900p-26));
    q = DI_FMA(q, z, DI_FMA(0x1.ed2867c161999p-23, y, 0x1.2e9e8cc777766p-19));
    q = DI_FMA(q, z, DI_FMA(0x1.4ce19ad13698ap-16, y, 0x1.43a2730ac7594p-13));
    q = DI_FMA(q, z, DI_FMA(0x1.1111111122f05p-10, y, 0x1.86186186185b4p-8));
    q = DI_FMA(q, z, DI_FMA(0x1.c71c71c71c575p-6, y, 0x1.999999999999ap-4));
    q = DI_FMA(q, z, DI_FMA(0x1.0000000000001p-2, y, 0x1.5555555555555p-2));
    return q;
}

/* adds to value, grad and hess */
DI_VEC(void)
DI_NAME(rows)
(size_t rows, int form, int deriv, const di_surv_vectors *v, double *value,
 double *grad, double *hess)
{
    const double *eta1 = v->eta1, *gamma = v->gamma, *lambda = v->lambda, *k = v->k,
                 *a_ = v->a, *kappa_ = v->kappa, *logt = v->logt, *sign = v->sign,
                 *event = v->event, *shift = v->shift;
    double *g1 = grad, *g2 = grad + v->stride, *g3 = grad + 2 * v->stride,
           *g4 = grad + 3 * v->stride;
    double *h11 = hess, *h12 = hess + v->stride, *h13 = hess + 2 * v->stride,
           *h14 = hess + 3 * v->stride, *h22 = hess + 4 * v->stride,
           *h23 = hess + 5 * v->stride, *h24 = hess + 6 * v->stride,
           *h33 = hess + 7 * v->stride, *h34 = hess + 8 * v->stride,
           *h44 = hess + 9 * v->stride;
#pragma omp simd
    for (size_t i = 0; i < rows; i++) {
        const int idle = (sign[i] == 0) & (event[i] == 0);
        const double g = gamma[i], lt = logt[i], a = a_[i], kappa = kappa_[i];
        const double z_ = DI_IF(form, DI_FMA(g, lt, eta1[i]), g * (eta1[i] + lt));
        const double z = DI_IF(idle, 0, z_);
        const double z1 = DI_IF(form, 1, g), z3 = DI_IF(form, g * lt, z);
        const double z13 = DI_IF(form, 0, g);
        const double lam = DI_IF(idle, 0, lambda[i]) * sign[i], d = event[i];

        /* w = log(1 + e^u), s = e^u / (1 + e^u), om = 1 - s */
        const double u = z - k[i], ex = vec_exp(DI_IF(u < 0, u, -u)), r = 1 / (1 + ex);
        const double w = DI_IF(u < 0, 0, u) + vec_log1p(ex);
        const double s = DI_IF(u < 0, ex * r, r), om = DI_IF(u < 0, r, ex * r);

        const double y = kappa * w, e = vec_exp(y), per = 1 / y;
        const int near = (y < 1) & (y > -1);
        const double n2 = DI_NAME(e2_near)(y), n1 = 0.5 * DI_FMA(-y, n2, e);
        const double f0 = (e - 1) * per, f1 = (e - f0) * per;
        const double e0 = DI_IF(near, DI_FMA(-y, n1, e), f0);
        const double e1 = DI_IF(near, n1, f1);
        const double e2 = DI_IF(near, n2, (e - 2 * f1) * per);

        const double c = kappa - 1, aw = a * w;
        const double A = aw * e0, B = DI_FMA(c, w, z);
        value[i] += DI_FMA(lam, A, d * (shift[i] + B - lt));
        if (deriv == 0) continue;

        const double Az = a * s * e, cs = c * s;
        const double Bz = 1 + cs, Bk = aw - cs;
        const double Ak = A - Az + aw * aw * e1;
        const double Qz = DI_FMA(d, Bz, lam * Az), Qk = DI_FMA(d, Bk, lam * Ak);
        const double lA = lam * A, lAz = lam * Az;
        g1[i] += Qz * z1;
        g2[i] += lA + d;
        g3[i] += DI_FMA(Qz, z3, d);
        g4[i] += Qk;
        if (deriv == 1) continue;

        const double cso = cs * om, as = a * s;
        const double Bzz = cso, Bzk = as - cso, Bkk = aw - 2 * as + cso;
        const double Akk = Ak - Az * Bk + 2 * aw * aw * e1 +
                           a * a * (w * w * e2 * (aw - kappa * s) - 2 * w * s * e1);
        const double Qzz = DI_FMA(d, Bzz, lAz * Bz), Qzk = DI_FMA(d, Bzk, lAz * Bk);
        const double Qkk = DI_FMA(d, Bkk, lam * Akk);
        h11[i] += Qzz * z1 * z1;
        h12[i] += lAz * z1;
        h13[i] += DI_FMA(Qzz, z1 * z3, Qz * z13);
        h14[i] += Qzk * z1;
        h22[i] += lA;
        h23[i] += lAz * z3;
        h24[i] += lam * Ak;
        h33[i] += DI_FMA(Qzz, z3 * z3, Qz * z3);
        h34[i] += Qzk * z3;
        h44[i] += Qkk;
    }
}

/* The limits kappa = Inf (A = e^x - 1, B = z + x) and, `lower`, kappa = -1 (A = s,
 * B = z - 2 w); eta_4 is not looked at. */
DI_VEC(void)
DI_NAME(limit_rows)
(size_t rows, int lower, int form, int deriv, const di_surv_vectors *v, double *value,
 double *grad, double *hess)
{
    const double *eta1 = v->eta1, *gamma = v->gamma, *lambda = v->lambda,
                 *logt = v->logt, *sign = v->sign, *event = v->event, *shift = v->shift;
    double *g1 = grad, *g2 = grad + v->stride, *g3 = grad + 2 * v->stride;
    double *h11 = hess, *h12 = hess + v->stride, *h13 = hess + 2 * v->stride,
           *h22 = hess + 4 * v->stride, *h23 = hess + 5 * v->stride,
           *h33 = hess + 7 * v->stride;
#pragma omp simd
    for (size_t i = 0; i < rows; i++) {
        const int idle = (sign[i] == 0) & (event[i] == 0);
        const double g = gamma[i], lt = logt[i];
        const double z_ = DI_IF(form, DI_FMA(g, lt, eta1[i]), g * (eta1[i] + lt));
        const double z = DI_IF(idle, 0, z_);
        const double z1 = DI_IF(form, 1, g), z3 = DI_IF(form, g * lt, z);
        const double z13 = DI_IF(form, 0, g);
        const double lam = DI_IF(idle, 0, lambda[i]) * sign[i], d = event[i];

        double A, B, Az, Bz, Bzz;
        if (lower) { /* s = e^z / (1 + e^z), om = 1 - s, w = log(1 + e^z) */
            const double ex = vec_exp(DI_IF(z < 0, z, -z)), r = 1 / (1 + ex);
            const double w = DI_IF(z < 0, 0, z) + vec_log1p(ex);
            const double s = DI_IF(z < 0, ex * r, r), om = DI_IF(z < 0, r, ex * r);
            A = s;
            B = z - 2 * w;
            Az = s * om;
            Bz = om - s;
            Bzz = -2 * Az;
        } else {
            const double x = vec_exp(z);
            A = vec_expm1(x);
            B = z + x;
            Az = DI_FMA(x, A, x);
            Bz = 1 + x;
            Bzz = x;
        }
        value[i] += DI_FMA(lam, A, d * (shift[i] + B - lt));
        if (deriv == 0) continue;

        const double lA = lam * A, lAz = lam * Az, Qz = DI_FMA(d, Bz, lAz);
        g1[i] += Qz * z1;
        g2[i] += lA + d;
        g3[i] += DI_FMA(Qz, z3, d);
        if (deriv == 1) continue;

        const double Qzz = DI_FMA(d, Bzz, lAz * Bz);
        h11[i] += Qzz * z1 * z1;
        h12[i] += lAz * z1;
        h13[i] += DI_FMA(Qzz, z1 * z3, Qz * z13);
        h22[i] += lA;
        h23[i] += lAz * z3;
        h33[i] += DI_FMA(Qzz, z3 * z3, Qz * z3);
    }
}

/* with what is the same for all rows known to the compiler */
#define SURV_ROWS(deriv)                                                               \
    if (kernel == DISTEST_SURV_KERNEL_FINITE)                                          \
        DI_NAME(rows)(rows, form, deriv, v, value, grad, hess);                        \
    else if (kernel == DISTEST_SURV_KERNEL_M1)                                         \
        DI_NAME(limit_rows)(rows, 1, form, deriv, v, value, grad, hess);               \
    else                                                                               \
        DI_NAME(limit_rows)(rows, 0, form, deriv, v, value, grad, hess)

static DI_TARGET void DI_NAME(rows_deriv)(size_t rows, int kernel, int form, int deriv,
                                          const di_surv_vectors *v, double *value,
                                          double *grad, double *hess)
{
    if (deriv == 0) {
        SURV_ROWS(0);
    } else if (deriv == 1) {
        SURV_ROWS(1);
    } else {
        SURV_ROWS(2);
    }
}

#undef SURV_ROWS
