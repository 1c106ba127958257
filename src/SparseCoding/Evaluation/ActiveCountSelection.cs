using SparseCoding.Diagnostics;
using SparseCoding.Evaluations;

namespace SparseCoding;

/// <summary>
/// Chooses one number of active atoms of OMP for signals on a known dictionary, u = (x − offset)/scale. Works on the path of each signal in float64; a few hundred signals say
/// as much as all of them. Equal for any number of threads.
/// </summary>
public static class ActiveCountSelection
{
    /// <summary>Akaike's criterion, Σ over signals of M log(2πσ²) + ‖r‖²/σ² + 2 K.</summary>
    /// <inheritdoc cref="ByBic"/>
    public static ActiveCountChoice ByAic(
        IDictionary dictionary, SignalView signals, int mostActive, float? noiseVariance = null, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default) =>
        ByCriterion("AIC", _ => 2, dictionary, signals, mostActive, noiseVariance, options, context, cancellationToken);

    /// <summary>
    /// Schwarz' criterion, Σ over signals of M log(2πσ²) + ‖r‖²/σ² + log(M) K with K the atoms that a code really has. A greedy search has more degrees of freedom than
    /// its number of atoms, so both criteria take rather too many; cross-validation does not assume them.
    /// </summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="mostActive">The largest number to compare, at least 1 and at most the number of atoms.</param>
    /// <param name="noiseVariance">σ², the variance of an entry's noise in u; null estimates it by least squares on all atoms, which needs fewer atoms than dimensions.</param>
    /// <param name="options">Sign; null for defaults.</param>
    /// <param name="context">Threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between signals.</param>
    /// <exception cref="ArgumentException">No signals, more atoms than there are, or the noise variance is needed and missing.</exception>
    public static ActiveCountChoice ByBic(
        IDictionary dictionary, SignalView signals, int mostActive, float? noiseVariance = null, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default) =>
        ByCriterion("BIC", dimension => Math.Log(dimension), dictionary, signals, mostActive, noiseVariance, options, context, cancellationToken);

    /// <summary>Cross-validation over the entries of the signals: codes are solved for on the entries of all folds but one and judged by the mean squared error on the others.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="mostActive">The largest number to compare, at least 1 and at most the number of atoms.</param>
    /// <param name="options">Sign and folds; null for defaults.</param>
    /// <param name="context">Threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between signals.</param>
    /// <exception cref="ArgumentException">No signals, or more atoms than there are.</exception>
    public static ActiveCountChoice ByCrossValidation(
        IDictionary dictionary, SignalView signals, int mostActive, SelectionOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        options ??= new SelectionOptions();
        SelectionProblem problem = Create(dictionary, signals, mostActive, context);
        int[][] folds = problem.Folds(options);
        var errors = new double[problem.Rows * mostActive];
        foreach (int[] held in folds)
        {
            SelectionProblem fit = problem.Restrict([.. Enumerable.Range(0, problem.Dimension).Except(held)]), judge = problem.Restrict(held);
            fit.ForEachPursuit(
                mostActive,
                options.NonNegative,
                (row, active, support, code) => errors[(row * mostActive) + active - 1] += judge.SquaredError(row, support, code, new double[held.Length]) / ((double)held.Length * folds.Length),
                cancellationToken);
        }

        return Choose("cross-validated squared error", errors, problem.Rows, mostActive, problem.Rows);
    }

    private static ActiveCountChoice ByCriterion(
        string name, Func<int, double> weight, IDictionary dictionary, SignalView signals, int mostActive, float? noiseVariance, SelectionOptions? options, RunContext? context, CancellationToken cancellationToken)
    {
        options ??= new SelectionOptions();
        SelectionProblem problem = Create(dictionary, signals, mostActive, context);
        double variance = problem.NoiseVariance(noiseVariance), penalty = weight(problem.Dimension), constant = problem.Dimension * Math.Log(2 * Math.PI * variance);
        var scores = new double[problem.Rows * mostActive];
        problem.ForEachPursuit(
            mostActive,
            options.NonNegative,
            (row, active, support, code) =>
                scores[(row * mostActive) + active - 1] = constant + (problem.SquaredError(row, support, code, new double[problem.Dimension]) / variance) + (penalty * support.Length),
            cancellationToken);
        return Choose(name, scores, problem.Rows, mostActive, 1);
    }

    private static SelectionProblem Create(IDictionary dictionary, SignalView signals, int mostActive, RunContext? context)
    {
        SelectionProblem problem = SelectionProblem.Create(dictionary, signals, context);
        if (Throw.AtLeast(mostActive, 1, nameof(mostActive)) > problem.AtomCount)
        {
            Throw.Argument($"mostActive is {mostActive}, but there are only {problem.AtomCount} atoms.", nameof(mostActive));
        }

        return problem;
    }

    /// <summary>Sums over signals in their order, over the divisor, and takes the smallest.</summary>
    private static ActiveCountChoice Choose(string name, double[] scores, int rows, int most, double divisor)
    {
        var sums = new double[most];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < most; i++)
            {
                sums[i] += scores[(row * most) + i] / divisor;
            }
        }

        return new ActiveCountChoice(name, 1 + Array.IndexOf(sums, sums.Min()), sums);
    }
}
