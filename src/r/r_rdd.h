/* r_rdd.h - what the glue of rdd shares: units and settings as C sees them. */
#ifndef R_RDD_H
#define R_RDD_H

#include "r.h"

/* view: list(probs, quantiles, x, treatment, weights, cluster, clusters, z). */
distest_rdd_units r_rdd_units(SEXP view);
/* set: list(cutoff, p, q, deriv, kernel, method, vce, nnmatch, joint, linear,
 * conventional, donut, h, b, h_treatment, b_treatment). */
distest_rdd_opts r_rdd_opts(SEXP set);
/* Replays a key: two numbers of R's generator that were drawn before. */
typedef struct {
    double draw[2];
    int next;
} r_rdd_key;
distest_rng r_rdd_rng(r_rdd_key *key, SEXP draws);

#endif
