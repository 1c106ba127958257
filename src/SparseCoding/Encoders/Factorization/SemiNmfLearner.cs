using System.Numerics.Tensors;
using SparseCoding.Backends;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>
/// Semi-non-negative factorisation X ≈ ZD of signed signals: codes that only add, signed atoms, of which the largest entries may be kept alone. In each iteration
/// D = (ZᵀZ + εI)⁻¹ZᵀX, the largest entries of each atom, then Z ← Z∘√(((XDᵀ)⁺ + ZG⁻)/((XDᵀ)⁻ + ZG⁺ + ε)) with G = DDᵀ and M± = (|M| ± M)/2. The best iteration is kept.
/// </summary>
/// <remarks>Immutable and thread-safe. Source: Ding, Li and Jordan 2010. Cost of an iteration: 4BNM + 6BN² + N³/3 + 4N²M.</remarks>
public sealed class SemiNmfLearner
{
    private const float Epsilon = 1e-6f;

    /// <summary>A recipe; no work is done here.</summary>
    /// <param name="options">Rank, sparsity of the atoms and stops.</param>
    public SemiNmfLearner(SemiNmfOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
    }

    /// <summary>Rank, sparsity of the atoms and stops.</summary>
    public SemiNmfOptions Options { get; }

    /// <summary>Factorises the signals.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current iteration.</param>
    /// <exception cref="ArgumentException">No signals, or more than fits in memory.</exception>
    public FactorizationResult Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        using var session = new FactorizationSession(data, Options.AtomCount, context, nameof(SemiNmfLearner));
        Backend backend = session.Backend;
        session.Start(Options.Start, nonNegative: false, Options.Seed);
        backend.Product(session.X, false, session.D, true, session.Z, new ProductEpilogue { Relu = true });
        backend.Map(MapOperation.Affine, session.Z, session.Z, null, 1e-3f, 1);
        float[] codes = [], atoms = [];
        double best = double.PositiveInfinity;
        int stalled = 0;
        for (int iteration = 1; iteration <= Options.Iterations && stalled < Options.Patience; iteration++)
        {
            Atoms(session);
            Codes(session);
            double objective = session.Measure(iteration, Options.Iterations, 0, cancellationToken);
            stalled = best - objective > Options.Tolerance * Math.Abs(best) || iteration == 1 ? 0 : stalled + 1;
            if (objective < best)
            {
                (codes, atoms, best) = (session.Read(session.Z), session.Read(session.D), objective);
            }
        }

        UInt128 b = (UInt128)session.Rows, n = (UInt128)session.AtomCount, m = (UInt128)session.Dimension;
        return session.Finish(codes, atoms, 0, (4 * b * n * m) + (6 * b * n * n) + (n * n * n / 3) + (4 * n * n * m), best);
    }

    /// <summary>Least-squares atoms, the largest entries of each, and the scale moved into the atoms so that the columns of Z have norm 1.</summary>
    private void Atoms(FactorizationSession session)
    {
        Backend backend = session.Backend;
        int n = session.AtomCount, m = session.Dimension;
        double ridge = Epsilon;
        do
        {
            backend.Product(session.Z, true, session.Z, false, session.Gram, ProductEpilogue.None);
            backend.Product(session.Z, true, session.X, false, session.D, ProductEpilogue.None);
        }
        while (!backend.FactorAndSolve(session.Gram, ridge, session.D) && (ridge *= 10) < 1e30);
        float[] gram = session.Read(session.Gram), atoms = session.Read(session.D);
        using DeviceMatrix inverse = backend.Allocate(1, n);
        var scales = new float[n];
        int kept = Math.Max(1, (int)Math.Ceiling(Options.AtomDensity * m));
        int[] order = new int[m];
        for (int k = 0; k < n; k++)
        {
            Span<float> atom = atoms.AsSpan(k * m, m);
            if (kept < m)
            {
                KeepLargest(atom, kept, order);
            }

            float norm = MathF.Sqrt(Math.Max(0, gram[(k * n) + k]));
            scales[k] = norm > 0 ? 1 / norm : 0;
            TensorPrimitives.Multiply(atom, norm, atom);
        }

        backend.Write(session.D, 0, atoms);
        backend.Write(inverse, 0, scales);
        backend.Map(MapOperation.Multiply, session.Z, session.Z, inverse);
    }

    private static void Codes(FactorizationSession session)
    {
        Backend backend = session.Backend;
        int n = session.AtomCount;
        backend.SymmetricProduct(session.D, session.Gram);
        backend.Product(session.X, false, session.D, true, session.Correlations, ProductEpilogue.None);
        float[] codes = session.Read(session.Z), correlations = session.Read(session.Correlations), gram = session.Read(session.Gram);
        using DeviceMatrix part = backend.Allocate(n, n), top = backend.Allocate(session.Rows, n), bottom = backend.Allocate(session.Rows, n);
        backend.Map(MapOperation.Relu, part, session.Gram);
        backend.Product(session.Z, false, part, false, bottom, ProductEpilogue.None);
        TensorPrimitives.Negate(gram, gram);
        backend.Write(part, 0, gram);
        backend.Map(MapOperation.Relu, part, part);
        backend.Product(session.Z, false, part, false, top, ProductEpilogue.None);
        float[] above = session.Read(top), below = session.Read(bottom);
        for (int i = 0; i < codes.Length; i++)
        {
            float c = correlations[i];
            codes[i] *= MathF.Sqrt((Math.Max(c, 0) + above[i]) / (Math.Max(-c, 0) + below[i] + Epsilon));
        }

        backend.Write(session.Z, 0, codes);
    }

    /// <summary>Sets all but the largest magnitudes to 0; ties go to the lower index.</summary>
    private static void KeepLargest(Span<float> atom, int kept, int[] order)
    {
        float[] magnitudes = new float[atom.Length];
        TensorPrimitives.Abs(atom, magnitudes);
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => magnitudes[a] != magnitudes[b] ? magnitudes[b].CompareTo(magnitudes[a]) : a.CompareTo(b));
        for (int i = kept; i < order.Length; i++)
        {
            atom[order[i]] = 0;
        }
    }
}
