using System.Globalization;
using static SparseCoding.TheoremItemKind;
using static SparseCoding.TheoremStatus;

namespace SparseCoding.Theory;

/// <summary>The lines of a report that depend on the dictionary and K alone: hypotheses, recovery conditions and guides.</summary>
internal static class DictionaryProperties
{
    /// <summary>All lines, in order.</summary>
    public static IEnumerable<TheoremItem> Items(LinearModel model, int active, double budget)
    {
        int n = model.AtomCount, m = model.Dimension;
        yield return new(Hypothesis, "1 < K", active > 1 ? Proved : Failed, active, active > 1
            ? "Two atoms may be active at once: the step of the proof that needs pairs."
            : "With one active atom an affine + ReLU encoder can be exact; nothing is claimed.");
        yield return new(Hypothesis, "M < N", m < n ? Proved : Failed, m, m < n
            ? $"{m} measurements for {n} atoms: D Wᵀ cannot have full rank."
            : $"{m} measurements for {n} atoms: a linear encoder may be exact; nothing is claimed.");
        yield return new(Hypothesis, "K < M", active < m ? Proved : Failed, active,
            "Stated in the theorem so that codes can be unique; its contradiction needs only 1 < K and M < N.");

        Coherence coherence = Coherence.Compute(model.Unit, Math.Max(2 * active, 2), 4 * budget);
        double mu = coherence.Value, welch = Coherence.Welch(n, m);
        yield return new(Recovery, "coherence", coherence.IsComplete ? Proved : Estimated, mu,
            $"Largest |cosine| of two atoms ({coherence.Pair.First}, {coherence.Pair.Second}); no {n} atoms in {m} dimensions, none of them zero, are below Welch's {Text(welch)}."
            + (coherence.IsComplete ? string.Empty : " Measured on a share of the atoms: a lower bound."));

        Spark spark = Spark.Compute(model.Unit, coherence.IsComplete ? mu : null, budget);
        yield return SparkItem(spark);
        bool unique = 2L * active < spark.Lower;
        TheoremStatus uniqueness = unique ? Proved : 2L * active >= spark.Upper ? Failed : Estimated;
        yield return new(Recovery, "2K < spark", uniqueness, 2 * active, uniqueness switch
        {
            Proved => "Every K-sparse code is the only one of its signal: the optimum has no gap.",
            Failed => "Some signed K-sparse codes share their signal with another: not even the best inference can tell them apart.",
            _ => "Between the bounds of spark: not decided within the budget.",
        });

        foreach (int s in new[] { active, 2 * active }.Where(s => s <= n).Distinct())
        {
            if (model.ZeroAtomCount > 0)
            {
                yield return new(Recovery, $"isometry constant of {s} atoms", Proved, 1, "At least 1: a zero atom's signal has norm 0.");
                continue;
            }

            RestrictedIsometry isometry = RestrictedIsometry.Compute(model.Unit, s, coherence, budget);
            string meaning = s == active ? string.Empty : " Below 1: K-sparse codes are unique; below 0.7071: l1 finds them (Cai and Zhang 2014).";
            yield return new(Recovery, $"isometry constant of {s} atoms", isometry.IsExact ? Proved : Estimated, isometry.Lower,
                (isometry.IsExact ? "All supports, atoms at unit norm." : $"Between {Text(isometry.Lower)} (a support that attains it) and {Text(isometry.Upper)} (certified).") + meaning);
        }

        // A zero atom has no direction: it is never recovered, whatever the cosines of the others say.
        int zeroAtoms = model.ZeroAtomCount;
        double limit = zeroAtoms > 0 ? 0 : mu > 0 ? 0.5 * (1 + (1 / mu)) : double.PositiveInfinity;
        yield return new(Recovery, "K < (1 + 1/mu)/2", active >= limit ? Failed : coherence.IsComplete ? Proved : Estimated, limit,
            zeroAtoms > 0 ? $"{zeroAtoms} atoms are zero: a code that uses one of them is recovered by no method." : "Sufficient for OMP and l1 to recover every K-sparse code (Tropp 2004); far from necessary.");

        if (zeroAtoms > 0)
        {
            yield return new(Recovery, "exact recovery coefficient", Failed, double.PositiveInfinity, "Infinite for a support with a zero atom.");
        }
        else
        {
            ExactRecovery recovery = ExactRecovery.Compute(model.Unit, active, coherence, budget);
            yield return new(Recovery, "exact recovery coefficient", recovery.Upper < 1 ? Proved : recovery.Lower >= 1 ? Failed : Estimated, recovery.Lower,
                (recovery.IsExact ? "All supports" : $"Between {Text(recovery.Lower)} and {Text(recovery.Upper)}")
                + "; below 1: OMP and l1 recover every K-sparse code; at 1 or above: OMP fails on some signed ones (Tropp 2004).");
        }

        double line = Guides.Measurements(n, active);
        yield return new(Guide, "2 K ln(N/K)", Estimated, line,
            $"M = {m} is {(m >= line ? "on or above" : "below")} the paper's line. A guide for random dictionaries, not a hypothesis.");
        if (m < n)
        {
            double delta = m / (double)n, signed = Guides.DonohoTanner(delta, false), positive = Guides.DonohoTanner(delta, true);
            yield return new(Guide, "Donoho-Tanner K/M", Estimated, active / (double)m,
                $"l1 recovers most codes of large Gaussian dictionaries up to K/M = {Text(signed)} (signed), {Text(positive)} (non-negative) at M/N = {Text(delta)}. A guide.");
        }
    }

    private static TheoremItem SparkItem(Spark spark)
    {
        if (spark.Lower == Spark.Infinite)
        {
            return new(Recovery, "spark", Proved, double.PositiveInfinity, "No set of atoms is dependent (rank N).");
        }

        string searched = spark.Searched > 1 ? $" All sets of up to {spark.Searched} atoms were searched; least distance of an atom to the others' span {Text(spark.Margin)}." : string.Empty;
        return spark.IsExact
            ? new(Recovery, "spark", Proved, spark.Lower, (spark.Dependent.Length > 0 ? $"Atoms {string.Join(", ", spark.Dependent)} are dependent." : "The bounds meet at rank + 1.") + searched)
            : new(Recovery, "spark", Estimated, spark.Lower, $"Between {spark.Lower} (certified by coherence or search) and {(spark.Upper == Spark.Infinite ? "infinity" : $"{spark.Upper} (rank + 1)")}." + searched);
    }

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
