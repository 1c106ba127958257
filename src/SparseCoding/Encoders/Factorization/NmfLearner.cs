using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Encoders;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Non-negative matrix factorisation X ≈ ZD of signals that have no negative entries: parts (atoms) that only add up. All signals are in memory with a dense code
/// each; for streams take LassoEncoder with NonNegativeAtoms. The objective never rises (beyond rounding).
/// </summary>
/// <remarks>Immutable and thread-safe. Sources: Lee and Seung 2001; Cichocki and Phan 2009. Cost of an iteration: 4BNM + 4BN² + 2N²M.</remarks>
public sealed class NmfLearner
{
    /// <summary>A recipe; no work is done here.</summary>
    /// <param name="options">Rank, method, penalty and stops.</param>
    /// <exception cref="NotSupportedException">A penalty with the multiplicative updates.</exception>
    public NmfLearner(NmfOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Method == NmfMethod.Multiplicative && options.Lambda > 0)
        {
            Throw.NotSupported("Lambda with the multiplicative updates: they do not hold the atoms at norm 1, so the penalty would vanish into the scale. Use NmfMethod.Hals.");
        }

        Options = options;
    }

    /// <summary>Rank, method, penalty and stops.</summary>
    public NmfOptions Options { get; }

    /// <summary>Factorises the signals.</summary>
    /// <param name="data">Signals, [samples, dimension], without negative entries.</param>
    /// <param name="context">Device, threads, progress; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current iteration.</param>
    /// <exception cref="ArgumentException">Negative entries, or more than fits in memory.</exception>
    public FactorizationResult Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        using var session = new FactorizationSession(data, Options.AtomCount, context, nameof(NmfLearner));
        int negative = session.Signals.AsSpan().IndexOfAnyInRange(float.MinValue, -float.Epsilon);
        if (negative >= 0)
        {
            Throw.Argument($"data holds {session.Signals[negative]} at row {negative / session.Dimension}, column {negative % session.Dimension}; a non-negative factorisation needs entries of at least 0. Use SemiNmfLearner for signed signals.", nameof(data));
        }

        Backend backend = session.Backend;
        session.Start(Options.Start, nonNegative: true, Options.Seed);

        // The codes begin at the correlations: not negative, and without the zeros that multiplicative updates could not leave.
        backend.Product(session.X, false, session.D, true, session.Z, ProductEpilogue.None);
        if (Options.Method == NmfMethod.Multiplicative)
        {
            backend.Map(MapOperation.Affine, session.Z, session.Z, null, 1e-3f, 1);
            backend.Map(MapOperation.Affine, session.D, session.D, null, 1e-3f, 1);
        }

        using DeviceMatrix right = backend.Allocate(session.AtomCount, session.Dimension);
        using DeviceMatrix bottom = backend.Allocate(session.AtomCount, session.Dimension);
        using DeviceMatrix work = backend.Allocate(session.Rows, session.AtomCount);
        double first = double.NaN, last = double.PositiveInfinity;
        for (int iteration = 1; iteration <= Options.Iterations; iteration++)
        {
            if (Options.Method == NmfMethod.Hals)
            {
                Hals(session, right);
            }
            else
            {
                Multiplicative(session, right, bottom, work);
            }

            double objective = session.Measure(iteration, Options.Iterations, Options.Lambda, cancellationToken);
            first = double.IsNaN(first) ? objective : first;
            if (Options.Tolerance > 0 && last - objective <= Options.Tolerance * first)
            {
                break;
            }

            last = objective;
            if (Options.Method == NmfMethod.Hals)
            {
                Revive(session, iteration);
            }
        }

        UInt128 b = (UInt128)session.Rows, n = (UInt128)session.AtomCount, m = (UInt128)session.Dimension;
        return session.Finish(session.Read(session.Z), session.Read(session.D), Options.Lambda, (4 * b * n * m) + (4 * b * n * n) + (2 * n * n * m), session.Objective);
    }

    private void Hals(FactorizationSession session, DeviceMatrix right)
    {
        Backend backend = session.Backend;
        backend.SymmetricProduct(session.D, session.Gram);
        backend.Product(session.X, false, session.D, true, session.Correlations, ProductEpilogue.None);
        float[] gram = session.Read(session.Gram), correlations = session.Read(session.Correlations), codes = session.Read(session.Z);
        const int BlockRows = 64;
        int n = session.AtomCount;
        ParallelBlocks.Run(ParallelBlocks.Count(session.Rows, BlockRows), session.Threads, block =>
        {
            for (int row = block * BlockRows; row < Math.Min(session.Rows, (block + 1) * BlockRows); row++)
            {
                NonNegativeSweep.Run(gram, correlations.AsSpan(row * n, n), Options.Lambda, codes.AsSpan(row * n, n));
            }
        });
        backend.Write(session.Z, 0, codes);
        backend.Product(session.Z, true, session.Z, false, session.Gram, ProductEpilogue.None);
        backend.Product(session.Z, true, session.X, false, right, ProductEpilogue.None);
        backend.UpdateAtoms(session.D, session.Gram, right, 0, unitBall: false, nonNegative: true);
    }

    private static void Multiplicative(FactorizationSession session, DeviceMatrix right, DeviceMatrix bottom, DeviceMatrix work)
    {
        Backend backend = session.Backend;
        backend.SymmetricProduct(session.D, session.Gram);
        backend.Product(session.X, false, session.D, true, session.Correlations, ProductEpilogue.None);
        backend.Product(session.Z, false, session.Gram, false, work, ProductEpilogue.None);
        backend.Map(MapOperation.Multiply, session.Z, session.Z, session.Correlations);
        backend.Map(MapOperation.Divide, session.Z, session.Z, work);
        backend.Product(session.Z, true, session.Z, false, session.Gram, ProductEpilogue.None);
        backend.Product(session.Z, true, session.X, false, right, ProductEpilogue.None);
        backend.Product(session.Gram, false, session.D, false, bottom, ProductEpilogue.None);
        backend.Map(MapOperation.Multiply, session.D, session.D, right);
        backend.Map(MapOperation.Divide, session.D, session.D, bottom);
    }

    /// <summary>Atoms without codes or of norm 0 become the worst represented signals; their codes are 0, so the objective stays.</summary>
    private void Revive(FactorizationSession session, int iteration)
    {
        float[] atoms = session.Read(session.D), codes = session.Read(session.Z);
        ReadOnlySpan<float> norms = new AtomDictionary(atoms, session.Dimension).NormValues;
        var found = new List<(int, ReplacementReason)>();
        for (int k = 0; k < session.AtomCount; k++)
        {
            bool used = false;
            for (int row = 0; row < session.Rows && !used; row++)
            {
                used = codes[(row * session.AtomCount) + k] > 0;
            }

            if (!used || !(norms[k] > 0))
            {
                found.Add((k, ReplacementReason.Unused));
            }
        }

        if (found.Count == 0)
        {
            return;
        }

        foreach ((int atom, _) in found)
        {
            for (int row = 0; row < session.Rows; row++)
            {
                codes[(row * session.AtomCount) + atom] = 0;
            }
        }

        AtomReplacer.Replace(atoms, session.Dimension, found, session.Signals, session.Errors(), new DictionaryLearningOptions { NonNegativeAtoms = true }, new RandomStream(Options.Seed, "nmf.replace", (ulong)iteration));
        session.Backend.Write(session.D, 0, atoms);
        session.Backend.Write(session.Z, 0, codes);
    }
}
