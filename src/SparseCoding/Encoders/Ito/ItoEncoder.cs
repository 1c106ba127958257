using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Inference-time optimisation: codes of each signal are optimised on a dictionary that is known, such as that of a trained SAE, whose
/// encoder is put aside. Starts cold or from the codes of any encoder (<see cref="EncodeRequest.WarmStart"/>), and really from them.
/// </summary>
/// <remarks>Immutable and thread-safe. Source: O'Neill and Klindt 2024, equation 6; the pursuits as in Nanda et al. 2024.</remarks>
public sealed partial class ItoEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>Inference on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Method, penalty or budget, and stops.</param>
    /// <exception cref="ArgumentException">An option that the method does not have, or more active atoms than the dictionary has.</exception>
    public ItoEncoder(IDictionary dictionary, ItoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        options.Validate(_dictionary.AtomCount);
        Options = options;
    }

    /// <summary>Method, penalty or budget, and stops.</summary>
    public ItoOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => _dictionary.AtomCount;

    /// <inheritdoc/>
    public int Dimension => _dictionary.Dimension;

    /// <summary>The dictionary.</summary>
    public AtomDictionary Dictionary => _dictionary;

    /// <inheritdoc/>
    public IDecoder Decoder => _dictionary;

    private int Iterations => Options.Iterations ?? (Options.Method == ItoMethod.Gradient ? 2000 : Options.MaxActive!.Value);

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        if (Options.Method == ItoMethod.Gradient)
        {
            return Gradient().Encode(signals, request, cancellationToken);
        }

        var parameters = new PursuitParameters
        {
            MaxActive = Options.MaxActive!.Value,
            MaxIterations = Iterations,
            SquaredErrorBound = (double)Options.ResidualTolerance * Options.ResidualTolerance,
            NonNegative = Options.NonNegative,
        };
        if (request?.WarmStart is { } warm)
        {
            CheckPursuitStart(warm, parameters);
        }

        bool gradient = Options.Method == ItoMethod.GradientPursuit;
        return new BatchSolver(
            _dictionary,
            nameof(ItoEncoder),
            "squared residual",
            gram => gradient ? new GradientPursuitRowSolver(gram, parameters) : new MatchingPursuitRowSolver(gram, parameters)).Encode(signals, request, cancellationToken);
    }

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples)
    {
        Throw.AtLeast(samples, 0, nameof(samples));
        return Options.Method == ItoMethod.Gradient
            ? GradientCodesCost.Inference(Dimension, AtomCount, Iterations, Options.GapTolerance > 0 ? GradientSolver.CheckEvery : 0, samples)
            : SolverCost.Pursuit(Dimension, AtomCount, Options.MaxActive!.Value, Iterations, samples);
    }

    /// <summary>"ItoEncoder(Gradient, 16 atoms)".</summary>
    public override string ToString() => $"ItoEncoder({Options.Method}, {AtomCount} atoms)";

    private GradientSolver Gradient() => new(
        _dictionary,
        new GradientSolverOptions
        {
            Lambda = Options.Lambda ?? ItoOptions.DefaultLambda,
            Parametrization = Options.Parametrization,
            Iterations = Iterations,
            LearningRate = Options.LearningRate,
            Adam = new AdamConstants(Options.Adam.Beta1, Options.Adam.Beta2, Options.Adam.Epsilon),
            Start = Options.InitialLogCode,
            GapTolerance = Options.GapTolerance,
        },
        nameof(ItoEncoder));

    private static void CheckPursuitStart(SparseCodes warm, PursuitParameters parameters)
    {
        for (int row = 0; row < warm.RowCount; row++)
        {
            if (warm[row].Count > parameters.MaxActive)
            {
                Throw.Argument($"WarmStart has {warm[row].Count} active atoms at row {row}, more than MaxActive = {parameters.MaxActive}; keep the largest with SparseCodes.Above, or raise MaxActive.", "request");
            }

            if (parameters.NonNegative && warm[row].Values.ContainsAnyInRange(float.MinValue, -float.Epsilon))
            {
                Throw.Argument($"WarmStart has a negative value at row {row}, but NonNegative is set.", "request");
            }
        }
    }
}
