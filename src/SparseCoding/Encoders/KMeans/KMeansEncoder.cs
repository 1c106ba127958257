using SparseCoding.Diagnostics;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>
/// k-means as a sparse code: the atoms are centres that Fit learns by Lloyd's rounds or by mini-batches, a code has one active atom, the nearest. Euclidean codes are one-hot with
/// value 1; spherical ones are the signal's coefficient on the centre of the nearest direction, never negative. On a dictionary that is known the same codes are those of
/// <see cref="NearestAtomEncoder"/>.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. The loss ½ mean ‖x − c‖² (spherical: of signals and centres of norm 1, which is 1 − cos) does not rise from one of Lloyd's rounds to the next. An empty
/// cluster takes the signal that is farthest from its centre. Cost of a round: 2NMK + O(NM). Sources: Lloyd 1982; Arthur and Vassilvitskii 2007; Sculley 2010; Dhillon and Modha 2001.
/// </remarks>
public sealed partial class KMeansEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>A recipe. No work is done here.</summary>
    /// <param name="options">Number of clusters, geometry, start and stop.</param>
    public KMeansEncoder(KMeansOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
    }

    internal KMeansEncoder(KMeansOptions options, AtomDictionary dictionary, TrainingRecord? record)
        : this(options)
    {
        _dictionary = dictionary;
        Training = record;
    }

    /// <summary>Number of clusters, geometry, start and stop.</summary>
    public KMeansOptions Options { get; }

    /// <summary>What its training did; null before Fit. Its curve has the loss of every iteration of every restart.</summary>
    public TrainingRecord? Training { get; }

    /// <inheritdoc/>
    public int AtomCount => Options.AtomCount;

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The centres.</summary>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public AtomDictionary Dictionary => _dictionary ?? throw new InvalidOperationException("This KMeansEncoder is not fitted. Fit returns the trained encoder and leaves the recipe as it was: write 'var trained = encoder.Fit(data)'.");

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    private NearestAtomEncoder Coder => Options.Spherical
        ? new(Dictionary, new NearestAtomOptions { Coding = NearestAtomCoding.Projection, NonNegative = true })
        : new(AroundTheirMean(Dictionary), new NearestAtomOptions { Coding = NearestAtomCoding.OneHot });

    /// <summary>Learns the centres. Returns the trained encoder; this one stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension]; in memory unless there are mini-batches.</param>
    /// <param name="context">Device, threads, progress; null for defaults. Checkpoints are refused.</param>
    /// <param name="cancellationToken">Stops after the current iteration.</param>
    /// <exception cref="ArgumentException">No signals, or more than the memory budget holds.</exception>
    public KMeansEncoder Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        using var session = new KMeansSession(Options, data, context, cancellationToken);
        (AtomDictionary dictionary, TrainingRecord record) = session.Run(null);
        return new KMeansEncoder(Options, dictionary, record);
    }

    /// <summary>Learns the centres from given ones: one run, whatever Start and Restarts say.</summary>
    /// <param name="data">Signals, [samples, dimension]; in memory unless there are mini-batches.</param>
    /// <param name="start">First centres, as many as AtomCount, without offset and scale.</param>
    /// <param name="context">Device, threads, progress; null for defaults. Checkpoints are refused.</param>
    /// <param name="cancellationToken">Stops after the current iteration.</param>
    /// <exception cref="ArgumentException">No signals, more than the memory budget holds, or a start of another shape.</exception>
    public KMeansEncoder FitFrom(ActivationSource data, IDictionary start, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        AtomDictionary centres = Signals.InMemory(start, nameof(start));
        if (centres.AtomCount != AtomCount || centres.Dimension != data.Dimension)
        {
            Throw.Argument($"start has shape [{centres.AtomCount}, {centres.Dimension}], but [{AtomCount}, {data.Dimension}] is needed.", nameof(start));
        }

        if (centres.Scale != 1 || centres.OffsetValues.ContainsAnyExcept(0f))
        {
            Throw.NotSupported("The start has an offset or a scale, which centres do not have. Pass its atoms alone, or scale the signals.");
        }

        using var session = new KMeansSession(Options, data, context, cancellationToken);
        (AtomDictionary dictionary, TrainingRecord record) = session.Run((Options.Spherical ? centres.Normalized() : centres).AtomArray);
        return new KMeansEncoder(Options, dictionary, record);
    }

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        if (request?.WarmStart is not null)
        {
            Throw.NotSupported("KMeansEncoder takes one pass, so a warm start would be ignored. Leave it out.");
        }

        return Coder.EncodeDetailed(signals, request, cancellationToken);
    }

    /// <summary>Exact: the correlations and one comparison for each centre, 2MN + 2N.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) => Coder.EncodingFlops(samples);

    /// <summary>The same centres, as differences from their mean: distances far from 0 are then not lost in the rounding of large products.</summary>
    private static AtomDictionary AroundTheirMean(AtomDictionary centres)
    {
        var sum = new double[centres.Dimension];
        for (int i = 0; i < centres.AtomArray.Length; i++)
        {
            sum[i % sum.Length] += centres.AtomArray[i];
        }

        float[] mean = Array.ConvertAll(sum, value => (float)(value / centres.AtomCount)), differences = new float[centres.AtomArray.Length];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = centres.AtomArray[i] - mean[i % mean.Length];
        }

        return new AtomDictionary(SignalView.FromRows(differences, mean.Length), mean);
    }

    /// <summary>"KMeansEncoder(16 atoms, spherical)".</summary>
    public override string ToString() => $"KMeansEncoder({AtomCount} atoms{(Options.Spherical ? ", spherical" : string.Empty)})";
}
