using SparseCoding.Diagnostics;
using SparseCoding.Evaluations;
using SparseCoding.Kernels;

namespace SparseCoding;

/// <summary>
/// Chooses one λ of the Lasso ½‖u − zD‖² + λ‖z‖₁ for signals on a known dictionary, u = (x − offset)/scale. Works on the exact path of each signal in float64;
/// a few hundred signals say as much as all of them. Equal for any number of threads.
/// </summary>
public static class LambdaSelection
{
    /// <summary>Akaike's criterion, Σ over signals of M log(2πσ²) + ‖r‖²/σ² + 2 df, with the exact degrees of freedom of the Lasso, the number of active atoms.</summary>
    /// <inheritdoc cref="ByBic"/>
    public static LambdaChoice ByAic(
        IDictionary dictionary, SignalView signals, float? noiseVariance = null, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default) =>
        ByCriterion("AIC", _ => 2, dictionary, signals, noiseVariance, options, context, cancellationToken);

    /// <summary>
    /// Schwarz' criterion, Σ over signals of M log(2πσ²) + ‖r‖²/σ² + log(M) df, with the exact degrees of freedom of the Lasso, the number of active atoms. Between two
    /// breakpoints of any path it rises with λ, so its minimum over all λ is found at a breakpoint. For one signal it is scikit-learn's LassoLarsIC without intercept.
    /// </summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="noiseVariance">σ², the variance of an entry's noise in u; null estimates it by least squares on all atoms, which needs fewer atoms than dimensions.</param>
    /// <param name="options">Sign and the smallest λ; null for defaults.</param>
    /// <param name="context">Threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between signals.</param>
    /// <remarks>Sources: Zou, Hastie and Tibshirani 2007 (degrees of freedom); Tibshirani and Taylor 2012.</remarks>
    /// <exception cref="ArgumentException">No signals, or the noise variance is needed and missing.</exception>
    public static LambdaChoice ByBic(
        IDictionary dictionary, SignalView signals, float? noiseVariance = null, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default) =>
        ByCriterion("BIC", dimension => Math.Log(dimension), dictionary, signals, noiseVariance, options, context, cancellationToken);

    /// <summary>
    /// Cross-validation over the entries of the signals: codes are solved for on the entries of all folds but one, at λ times their share of the entries, and judged by the mean
    /// squared error on the others. For one signal and contiguous folds it is scikit-learn's LassoCV without intercept, λ = α M.
    /// </summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="lambdas">Values to compare, positive; empty takes geometric steps from the largest useful one down.</param>
    /// <param name="options">Sign, folds and steps; null for defaults.</param>
    /// <param name="context">Threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between signals.</param>
    public static LambdaChoice ByCrossValidation(
        IDictionary dictionary, SignalView signals, ReadOnlySpan<float> lambdas = default, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        options ??= new SelectionOptions();
        SelectionProblem problem = SelectionProblem.Create(dictionary, signals, context);
        double[] candidates = Candidates(lambdas, problem, options);
        int[][] folds = problem.Folds(options);
        var errors = new double[problem.Rows][];
        var active = new long[problem.Rows][];
        for (int row = 0; row < problem.Rows; row++)
        {
            errors[row] = new double[candidates.Length];
            active[row] = new long[candidates.Length];
        }

        foreach (int[] held in folds)
        {
            SelectionProblem fit = problem.Restrict([.. Enumerable.Range(0, problem.Dimension).Except(held)]), judge = problem.Restrict(held);
            double share = (double)fit.Dimension / problem.Dimension;
            fit.ForEachPath(
                candidates[^1] * share,
                options.NonNegative,
                (row, path) => Judge(path, candidates, share, row, judge, errors[row], active[row], (double)held.Length * folds.Length),
                cancellationToken);
        }

        double[] scores = [.. candidates.Select((_, i) => errors.Sum(e => e[i]) / problem.Rows)];
        double[] meanL0 = [.. candidates.Select((_, i) => (double)active.Sum(a => a[i]) / ((double)problem.Rows * folds.Length))];
        int best = IndexOfSmallest(scores);
        return new LambdaChoice("cross-validated squared error", best, candidates[best], candidates, scores, meanL0);
    }

    /// <summary>The λ at which signals have about the wanted number of active atoms in the mean: the middle of the interval of λ, coming from above, whose mean L0 is nearest to it.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="meanL0">Wanted mean number of active atoms, positive.</param>
    /// <param name="options">Sign and the smallest λ; null for defaults.</param>
    /// <param name="context">Threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between signals.</param>
    /// <exception cref="ArgumentException">So many atoms are not active at any λ that is looked at.</exception>
    public static LambdaChoice ForL0(
        IDictionary dictionary, SignalView signals, double meanL0, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        if (!(meanL0 > 0) || !double.IsFinite(meanL0))
        {
            Throw.OutOfRange(nameof(meanL0), meanL0, "a finite positive number");
        }

        options ??= new SelectionOptions();
        SelectionProblem problem = SelectionProblem.Create(dictionary, signals, context);
        LassoPathSum sum = Paths(problem, options, cancellationToken);
        var breakpoints = new List<double>();
        var levels = new List<double>();
        sum.Sweep(problem.SquaredNorms.Sum(), (lambda, _, _, below) =>
        {
            breakpoints.Add(lambda);
            levels.Add((double)below / problem.Rows);
        });
        double[] middles = [.. Enumerable.Range(0, Math.Max(0, breakpoints.Count - 1)).Select(k => 0.5 * (breakpoints[k] + breakpoints[k + 1]))];
        double[] means = [.. levels.Take(middles.Length)];
        int reached = Array.FindIndex(means, level => level >= meanL0);
        if (reached < 0)
        {
            Throw.Argument($"meanL0 is {meanL0}, but at the smallest λ, {options.SmallestLambda:G3} of the largest, signals have {means.DefaultIfEmpty().Max():G4} active atoms in the mean. Set SelectionOptions.SmallestLambda lower, or ask for fewer.", nameof(meanL0));
        }

        double[] scores = [.. means.Select(level => Math.Abs(level - meanL0))];
        int best = IndexOfSmallest(scores.AsSpan(0, reached + 1));
        return new LambdaChoice("distance from the wanted mean L0", best, middles[best], middles, scores, means);
    }

    private static LambdaChoice ByCriterion(
        string name, Func<int, double> weight, IDictionary dictionary, SignalView signals, float? noiseVariance, SelectionOptions? options, RunContext? context, CancellationToken cancellationToken)
    {
        options ??= new SelectionOptions();
        SelectionProblem problem = SelectionProblem.Create(dictionary, signals, context);
        double variance = problem.NoiseVariance(noiseVariance), penalty = weight(problem.Dimension);
        LassoPathSum sum = Paths(problem, options, cancellationToken);
        double constant = (double)problem.Rows * problem.Dimension * Math.Log(2 * Math.PI * variance);
        var lambdas = new List<double>();
        var scores = new List<double>();
        var meanL0 = new List<double>();
        sum.Sweep(problem.SquaredNorms.Sum(), (lambda, error, at, _) =>
        {
            lambdas.Add(lambda);
            scores.Add(constant + (error / variance) + (penalty * at));
            meanL0.Add((double)at / problem.Rows);
        });
        double[] all = [.. scores];
        int best = IndexOfSmallest(all);
        return new LambdaChoice(name, best, lambdas[best], [.. lambdas], all, [.. meanL0]);
    }

    private static LassoPathSum Paths(SelectionProblem problem, SelectionOptions options, CancellationToken cancellationToken)
    {
        double floor = options.SmallestLambda * Largest(problem, options.NonNegative);
        var sum = new LassoPathSum(problem.Rows, floor);
        problem.ForEachPath(floor, options.NonNegative, (row, path) => sum.Add(row, path), cancellationToken);
        return sum;
    }

    /// <summary>The largest λ at which some code is not zero.</summary>
    private static double Largest(SelectionProblem problem, bool nonNegative)
    {
        double largest = 0;
        foreach (double correlation in problem.Correlations)
        {
            largest = Math.Max(largest, nonNegative ? correlation : Math.Abs(correlation));
        }

        if (!(largest > 0))
        {
            Throw.Argument("signals correlate with no atom, so every λ gives the zero code.", "signals");
        }

        return largest;
    }

    private static double[] Candidates(ReadOnlySpan<float> lambdas, SelectionProblem problem, SelectionOptions options)
    {
        if (lambdas.IsEmpty)
        {
            double largest = Largest(problem, options.NonNegative), ratio = Math.Max(options.SmallestLambda, 1e-12);
            return [.. Enumerable.Range(0, options.Candidates).Select(i => largest * Math.Pow(ratio, i / (options.Candidates - 1.0)))];
        }

        var candidates = new double[lambdas.Length];
        for (int i = 0; i < lambdas.Length; i++)
        {
            candidates[i] = Throw.Positive(lambdas[i], nameof(lambdas));
        }

        Array.Sort(candidates, (a, b) => b.CompareTo(a));
        return candidates;
    }

    /// <summary>Adds the error of one signal's codes at each candidate on the held-out entries, over the divisor.</summary>
    private static void Judge(LarsPath path, double[] candidates, double share, int row, SelectionProblem judge, double[] errors, long[] active, double divisor)
    {
        var scratch = new double[judge.Dimension];
        int k = 0;
        for (int i = 0; i < candidates.Length; i++)
        {
            double lambda = candidates[i] * share;
            while (k + 1 < path.Lambdas.Count && path.Lambdas[k + 1] >= lambda)
            {
                k++;
            }

            // Linear between the breakpoints around λ; above the first one the code is zero, below the last it stays.
            (int[] support, double[] code) = lambda >= path.Lambdas[0] ? ([], []) : Between(path, k, lambda);
            errors[i] += judge.SquaredError(row, support, code, scratch) / divisor;
            active[i] += code.Length - code.AsSpan().Count(0.0);
        }
    }

    private static (int[] Support, double[] Code) Between(LarsPath path, int k, double lambda)
    {
        if (k + 1 >= path.Lambdas.Count)
        {
            return (path.Active[k], path.Coefficients[k]);
        }

        double high = path.Lambdas[k], low = path.Lambdas[k + 1], weight = (high - lambda) / (high - low);
        int[] support = [.. path.Active[k].Union(path.Active[k + 1])];
        var code = new double[support.Length];
        for (int side = 0; side < 2; side++)
        {
            double part = side == 0 ? 1 - weight : weight;
            for (int i = 0; i < path.Active[k + side].Length; i++)
            {
                code[Array.IndexOf(support, path.Active[k + side][i])] += part * path.Coefficients[k + side][i];
            }
        }

        return (support, code);
    }

    private static int IndexOfSmallest(ReadOnlySpan<double> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = scores[i] < scores[best] ? i : best;
        }

        return best;
    }
}
