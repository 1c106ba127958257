using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// A baseline: correlations of u = (x − offset)/scale with the atoms, thresholded, z_j = S_λ(c_j) / ‖d_j‖², and of those the K largest. The exact Lasso code where atoms are
/// orthogonal; scikit-learn's transform_algorithm='threshold' for atoms of norm 1 (it does not divide by the squared norm).
/// </summary>
/// <remarks>Immutable and thread-safe. Ties go to the lower index. One pass: a warm start is refused.</remarks>
public sealed partial class ThresholdEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>Thresholded correlations on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Threshold, budget and sign.</param>
    /// <exception cref="ArgumentException">More active atoms than the dictionary has.</exception>
    public ThresholdEncoder(IDictionary dictionary, ThresholdOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        if (options.MaxActive is { } active)
        {
            Throw.MoreActiveThanAtoms(active, _dictionary.AtomCount);
        }

        Options = options;
    }

    /// <summary>Threshold, budget and sign.</summary>
    public ThresholdOptions Options { get; }

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
        ThresholdOptions options = Options;
        float[] norms = _dictionary.NormValues.ToArray();
        return CorrelationSolver.Encode(_dictionary, nameof(ThresholdEncoder), (correlations, atoms, values) => Code(options, norms, correlations, atoms, values), signals, request, cancellationToken);
    }

    /// <summary>Exact up to the selection: the correlations, the threshold and one comparison for each atom, 2MN + 4N.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.OnePass(Dimension, AtomCount, 4, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"ThresholdEncoder(16 atoms, lambda 0.05, at most 3 active)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ThresholdEncoder({AtomCount} atoms, lambda {Options.Lambda}{(Options.Hard ? ", hard" : string.Empty)}{(Options.MaxActive is { } active ? $", at most {active} active" : string.Empty)}{(Options.NonNegative ? ", non-negative" : string.Empty)})");

    /// <summary>Correlations become thresholded coefficients times the norms, of which the largest are kept.</summary>
    private static int Code(ThresholdOptions options, float[] norms, Span<float> correlations, Span<int> atoms, Span<float> values)
    {
        for (int j = 0; j < correlations.Length; j++)
        {
            float size = (options.NonNegative ? correlations[j] : Math.Abs(correlations[j])) - options.Lambda;
            float kept = options.Hard ? Math.Abs(correlations[j]) : size;
            correlations[j] = size > 0 && norms[j] > 0 ? MathF.CopySign(kept / norms[j], correlations[j]) : 0;
        }

        int count = LargestEntries<float>.Select(correlations, options.MaxActive ?? correlations.Length, options.NonNegative, 0, atoms);
        for (int i = 0; i < count; i++)
        {
            values[i] = correlations[atoms[i]] / norms[atoms[i]];
        }

        return count;
    }
}
