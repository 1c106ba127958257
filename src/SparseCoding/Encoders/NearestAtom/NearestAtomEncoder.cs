using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// A baseline: one atom for each signal u = (x − offset)/scale. One-hot codes are those of k-means and vector quantisation, the atom nearest in distance with value 1;
/// projections are those of gain-shape quantisation, the atom that explains most with its best coefficient: the first step of OMP.
/// </summary>
/// <remarks>Immutable and thread-safe. Ties go to the lower index. One pass: a warm start is refused.</remarks>
public sealed partial class NearestAtomEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>Nearest-atom codes on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Coding and sign.</param>
    public NearestAtomEncoder(IDictionary dictionary, NearestAtomOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        if (options.Coding == NearestAtomCoding.OneHot && options.NonNegative)
        {
            Throw.Argument("NonNegative belongs to Coding = Projection; a one-hot code is never negative.", nameof(options));
        }

        Options = options;
    }

    /// <summary>Coding and sign.</summary>
    public NearestAtomOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => _dictionary.AtomCount;

    /// <inheritdoc/>
    public int Dimension => _dictionary.Dimension;

    /// <summary>The dictionary.</summary>
    public AtomDictionary Dictionary => _dictionary;

    /// <inheritdoc/>
    public IDecoder Decoder => _dictionary;

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        float[] squares = Array.ConvertAll(_dictionary.NormValues.ToArray(), norm => norm * norm);
        bool oneHot = Options.Coding == NearestAtomCoding.OneHot;
        return CorrelationSolver.Encode(
            _dictionary,
            nameof(NearestAtomEncoder),
            (correlations, atoms, values) => oneHot ? Nearest(correlations, squares, atoms, values) : Project(correlations, squares, atoms, values),
            signals,
            request,
            cancellationToken);
    }

    /// <summary>Exact: the correlations and one comparison for each atom, 2MN + 2N.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.OnePass(Dimension, AtomCount, 2, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"NearestAtomEncoder(16 atoms, OneHot)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"NearestAtomEncoder({AtomCount} atoms, {Options.Coding}{(Options.NonNegative ? ", non-negative" : string.Empty)})");

    /// <summary>argmin ‖u − d_j‖² = argmax c_j − ½‖d_j‖².</summary>
    private static int Nearest(ReadOnlySpan<float> correlations, float[] squares, Span<int> atoms, Span<float> values)
    {
        int best = 0;
        for (int j = 1; j < correlations.Length; j++)
        {
            if (correlations[j] - (0.5f * squares[j]) > correlations[best] - (0.5f * squares[best]))
            {
                best = j;
            }
        }

        atoms[0] = best;
        values[0] = 1;
        return 1;
    }

    /// <summary>argmax c_j² / ‖d_j‖², with coefficient c_j / ‖d_j‖²; the zero code where nothing correlates.</summary>
    private int Project(ReadOnlySpan<float> correlations, float[] squares, Span<int> atoms, Span<float> values)
    {
        int best = -1;
        float most = 0;
        for (int j = 0; j < correlations.Length; j++)
        {
            float size = Options.NonNegative ? correlations[j] : Math.Abs(correlations[j]), score = size > 0 && squares[j] > 0 ? size / MathF.Sqrt(squares[j]) : 0;
            if (score > most)
            {
                most = score;
                best = j;
            }
        }

        if (best < 0)
        {
            return 0;
        }

        atoms[0] = best;
        values[0] = correlations[best] / squares[best];
        return 1;
    }
}
