# What OpenTURNS says on the same problems: relative L2 errors on Ishigami by least
# squares on Sobol' and Latin hypercube points, and the time of a fit with many outputs.
# Prints lines name,value.
import math
import sys
import time
try:
    import openturns as ot
except ImportError:
    sys.exit(3)

ot.TBB.Disable() if hasattr(ot, "TBB") else None
ot.RandomGenerator.SetSeed(1)


def ishigami(x):
    return math.sin(x[0]) + 7 * math.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * math.sin(x[0])


law = ot.ComposedDistribution([ot.Uniform(-math.pi, math.pi)] * 3)
basis = ot.OrthogonalProductPolynomialFactory([ot.LegendreFactory()] * 3)
enumerate_ = basis.getEnumerateFunction()
fresh = law.getSample(20000)
truth = [ishigami(x) for x in fresh]


def error(degree, n, kind):
    m = enumerate_.getStrataCumulatedCardinal(degree)
    if kind == "sobol":
        u = ot.LowDiscrepancyExperiment(ot.SobolSequence(), law, n, False).generate()
    else:
        u = ot.LHSExperiment(law, n).generate()
    y = ot.Sample([[ishigami(x)] for x in u])
    least_squares = ot.LeastSquaresStrategy(ot.PenalizedLeastSquaresAlgorithmFactory())
    chaos = ot.FunctionalChaosAlgorithm(u, y, law,
                                        ot.FixedStrategy(basis, m), least_squares)
    chaos.run()
    f = chaos.getResult().getMetaModel()
    v = f(fresh)
    s = sum((v[i, 0] - truth[i]) ** 2 for i in range(len(truth)))
    return math.sqrt(s / sum(t * t for t in truth))


for degree, n in ((10, 572), (10, 358), (8, 206)):
    for kind in ("sobol", "lhs"):
        print("error %d %d %s,%.4g" % (degree, n, kind, error(degree, n, kind)))

# m = 210, n = 420: outputs are fitted one after the other; ten of them are timed
law = ot.ComposedDistribution([ot.Uniform(-1, 1)] * 6)
basis = ot.OrthogonalProductPolynomialFactory([ot.LegendreFactory()] * 6)
x = law.getSample(420)
y = ot.Normal(10).getSample(420)
best = 1e300
for _ in range(3):
    start = time.perf_counter()
    chaos = ot.FunctionalChaosAlgorithm(
        x, y, law, ot.FixedStrategy(basis, 210),
        ot.LeastSquaresStrategy(ot.PenalizedLeastSquaresAlgorithmFactory()))
    chaos.run()
    best = min(best, time.perf_counter() - start)
print("fit 1000 outputs,%.6g" % (best * 100))
