using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Evaluations;

/// <summary>
/// Signals u = (x − offset)/scale and atoms in double with Gram and correlations, on all entries of the signals or on some of them. What selection works on: it reads
/// whole paths, and double makes breakpoints and degrees of freedom exact.
/// </summary>
internal sealed class SelectionProblem
{
    private const int RowsPerTask = 8;

    // Made where a path is solved: cross-validation solves on one part of the entries, and only looks at errors on the others.
    private readonly Lazy<DenseGram<double>> _gram;
    private readonly Lazy<double[]> _correlations;

    private SelectionProblem(double[] signals, double[] atoms, int rows, int atomCount, int dimension, RunContext context)
    {
        Signals = signals;
        Atoms = atoms;
        Rows = rows;
        AtomCount = atomCount;
        Dimension = dimension;
        Context = context;
        _gram = new Lazy<DenseGram<double>>(() =>
        {
            var gram = new double[atomCount * atomCount];
            Gemm.SymmetricProduct(atomCount, dimension, atoms, dimension, gram, atomCount, context.EffectiveThreads);
            return new DenseGram<double>(gram, atomCount);
        });
        _correlations = new Lazy<double[]>(() =>
        {
            var correlations = new double[checked(rows * atomCount)];
            Gemm.Multiply(false, true, rows, atomCount, dimension, 1.0, signals, dimension, atoms, dimension, 0.0, correlations, atomCount, context.EffectiveThreads);
            return correlations;
        });
        SquaredNorms = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            SquaredNorms[row] = System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(Signal(row));
        }
    }

    /// <summary>Signals, [rows, dimension].</summary>
    public double[] Signals { get; }

    /// <summary>Atoms, [atoms, dimension].</summary>
    public double[] Atoms { get; }

    /// <summary>Number of signals.</summary>
    public int Rows { get; }

    /// <summary>Number of atoms.</summary>
    public int AtomCount { get; }

    /// <summary>Entries of a signal.</summary>
    public int Dimension { get; }

    /// <summary>Threads.</summary>
    public RunContext Context { get; }

    /// <summary>G = D Dᵀ.</summary>
    public DenseGram<double> Gram => _gram.Value;

    /// <summary>D u for each signal, [rows, atoms].</summary>
    public double[] Correlations => _correlations.Value;

    /// <summary>‖u‖², [rows].</summary>
    public double[] SquaredNorms { get; }

    /// <summary>Checks what the caller gave and centres the signals.</summary>
    public static SelectionProblem Create(IDictionary dictionary, SignalView signals, RunContext? context)
    {
        AtomDictionary atoms = Contracts.Signals.InMemory(dictionary, nameof(dictionary));
        signals.ThrowIfInvalid(nameof(signals), atoms.Dimension, "the dictionary");
        if ((long)atoms.AtomCount * atoms.AtomCount > Array.MaxLength || (long)signals.RowCount * Math.Max(atoms.AtomCount, atoms.Dimension) > Array.MaxLength)
        {
            Throw.NotSupported($"Selection works in float64 on the whole Gram matrix and all correlations, which {atoms.AtomCount} atoms and {signals.RowCount} signals exceed. Select on fewer signals, a few hundred do.");
        }

        long bytes = 2L * sizeof(double) * atoms.AtomCount * atoms.AtomCount, budget = (context ?? RunContext.Default).MemoryBudget;
        if (bytes > budget)
        {
            Throw.NotSupported($"Selection works in float64 on whole Gram matrices, two of which take {bytes} bytes for {atoms.AtomCount} atoms; MemoryBudget is {budget}. Raise it, or select with fewer atoms.");
        }

        var rows = new float[signals.RowCount * atoms.Dimension];
        Contracts.Signals.Center(signals, 0, signals.RowCount, atoms, rows);
        return new SelectionProblem(
            Array.ConvertAll(rows, v => (double)v), Array.ConvertAll(atoms.AtomValues.ToArray(), v => (double)v), signals.RowCount, atoms.AtomCount, atoms.Dimension, context ?? RunContext.Default);
    }

    /// <summary>One signal.</summary>
    public ReadOnlySpan<double> Signal(int row) => Signals.AsSpan(row * Dimension, Dimension);

    /// <summary>One atom.</summary>
    public ReadOnlySpan<double> Atom(int atom) => Atoms.AsSpan(atom * Dimension, Dimension);

    /// <summary>Correlations of one signal.</summary>
    public ReadOnlySpan<double> CorrelationsOf(int row) => Correlations.AsSpan(row * AtomCount, AtomCount);

    /// <summary>The same problem on some entries of the signals.</summary>
    public SelectionProblem Restrict(int[] entries) =>
        new(Columns(Signals, Rows, entries), Columns(Atoms, AtomCount, entries), Rows, AtomCount, entries.Length, Context);

    /// <summary>Those columns of signals or atoms.</summary>
    public double[] Columns(double[] values, int rows, int[] entries)
    {
        var picked = new double[rows * entries.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < entries.Length; i++)
            {
                picked[(row * entries.Length) + i] = values[(row * Dimension) + entries[i]];
            }
        }

        return picked;
    }

    /// <summary>Deals the entries to folds of sizes that differ by at most one.</summary>
    public int[][] Folds(SelectionOptions options)
    {
        if (options.Folds > Dimension)
        {
            Throw.Argument($"Folds is {options.Folds}, but signals have {Dimension} entries to deal out.", nameof(options));
        }

        int[] order = [.. Enumerable.Range(0, Dimension)];
        if (options.Seed is { } seed)
        {
            new RandomStream(seed, "selection.folds").Shuffle(order.AsSpan());
        }

        var folds = new int[options.Folds][];
        for (int fold = 0, start = 0; fold < folds.Length; fold++)
        {
            int size = (Dimension / folds.Length) + (fold < Dimension % folds.Length ? 1 : 0);
            folds[fold] = order[start..(start + size)];
            Array.Sort(folds[fold]);
            start += size;
        }

        return folds;
    }

    /// <summary>The Lasso path of every signal down to a λ, each handled where it is solved.</summary>
    public void ForEachPath(double lambda, bool nonNegative, Action<int, LarsPath> handle, CancellationToken cancellationToken)
    {
        var parameters = new LarsParameters { Lambda = lambda, NonNegative = nonNegative, RecordPath = true };
        ParallelBlocks.Run(ParallelBlocks.Count(Rows, RowsPerTask), Context.EffectiveThreads, task =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var core = new LarsCore<double>(AtomCount);
            for (int row = task * RowsPerTask; row < Math.Min(Rows, (task + 1) * RowsPerTask); row++)
            {
                core.Solve(Gram, CorrelationsOf(row), SquaredNorms[row], parameters);
                handle(row, core.Path!);
            }
        });
    }

    /// <summary>The code of OMP for each number of atoms up to the most: (row, atoms, support, coefficients), the last one again where a path ends early.</summary>
    public void ForEachPursuit(int most, bool nonNegative, PursuitStep handle, CancellationToken cancellationToken)
    {
        var parameters = new OmpParameters { MaxActive = most, NonNegative = nonNegative, RecordPath = true };
        ParallelBlocks.Run(ParallelBlocks.Count(Rows, RowsPerTask), Context.EffectiveThreads, task =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var core = new OmpCore<double>(AtomCount, most);
            for (int row = task * RowsPerTask; row < Math.Min(Rows, (task + 1) * RowsPerTask); row++)
            {
                core.Solve(Gram, CorrelationsOf(row), SquaredNorms[row], parameters);
                int step = 0;
                for (int active = 1; active <= most; active++)
                {
                    // A non-negative support may shrink on the way; with a budget the solver stops where it is full for the first time.
                    while (step < core.PathLength - 1 && core.PathSupport(step).Length < active)
                    {
                        step++;
                    }

                    bool any = core.PathLength > 0;
                    handle(row, active, any ? core.PathSupport(step) : default, any ? core.PathCoefficients(step) : default);
                }
            }
        });
    }

    /// <summary>‖u − zD‖² of a code, on the entries of this problem.</summary>
    public double SquaredError(int row, ReadOnlySpan<int> support, ReadOnlySpan<double> coefficients, Span<double> scratch)
    {
        Signal(row).CopyTo(scratch);
        for (int i = 0; i < support.Length; i++)
        {
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(Atom(support[i]), -coefficients[i], scratch, scratch);
        }

        return System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(scratch);
    }

    /// <summary>The given variance, or the residual variance of least squares on all atoms, which exists where there are fewer independent atoms than entries.</summary>
    public double NoiseVariance(float? given)
    {
        if (given is { } variance)
        {
            return Throw.Positive(variance, "noiseVariance");
        }

        if (AtomCount >= Dimension)
        {
            Throw.Argument($"noiseVariance is needed: with {AtomCount} atoms in {Dimension} dimensions the residual of the full fit is zero and says nothing about the noise. Give the variance of an entry of (x − offset)/scale.", "noiseVariance");
        }

        var matrix = new Matrix64(AtomCount, AtomCount);
        for (int i = 0; i < AtomCount; i++)
        {
            Gram.Row(i).CopyTo(matrix.Row(i));
        }

        Cholesky factor = Cholesky.Compute(matrix, 1e-13);
        if (!factor.Succeeded)
        {
            Throw.Argument($"noiseVariance is needed: atom {factor.FailedAt} depends on others, so the full fit is not unique. Give the variance of an entry of (x − offset)/scale.", "noiseVariance");
        }

        double sum = 0;
        var solution = new double[AtomCount];
        for (int row = 0; row < Rows; row++)
        {
            CorrelationsOf(row).CopyTo(solution);
            factor.Solve(solution);
            sum += Math.Max(0, SquaredNorms[row] - System.Numerics.Tensors.TensorPrimitives.Dot<double>(solution, CorrelationsOf(row)));
        }

        double estimate = sum / ((double)Rows * (Dimension - AtomCount));
        if (!(estimate > 0))
        {
            Throw.Argument("noiseVariance is needed: the atoms fit these signals exactly, so there is no residual to estimate it from.", "noiseVariance");
        }

        return estimate;
    }
}

/// <summary>A code of a pursuit with at most that many atoms.</summary>
internal delegate void PursuitStep(int row, int active, ReadOnlySpan<int> support, ReadOnlySpan<double> coefficients);
