using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Training;

/// <summary>
/// A multi-layer encoder and its dictionary on a device, with hand-derived gradients; at least one hidden layer. The loss of a batch is mean over rows of
/// ½‖u − û‖² + λ‖z‖₁ with u = x/scale, û = zD + b and the encoder working on u − b.
/// </summary>
internal sealed partial class Network : TrainableNetwork
{
    private readonly Backend _backend;
    private readonly NetworkSpec _spec;
    private readonly TrainingOptions _options;
    private readonly Parameter[] _weights;
    private readonly Parameter?[] _biases;
    private readonly Parameter[] _all;
    private readonly ParameterSet _updates;
    private readonly float _lambda;
    private bool _decoderHasGradient;

    /// <summary>Allocates and initialises on the backend.</summary>
    public Network(Backend backend, NetworkSpec spec, TrainingOptions options)
    {
        _backend = backend;
        _spec = spec;
        _options = options;
        _lambda = options.Lambda ?? DefaultLambda(spec.Selection);
        IReadOnlyList<int> widths = spec.Widths;
        _weights = new Parameter[widths.Count - 1];
        _biases = new Parameter?[widths.Count - 1];
        for (int i = 0; i < _weights.Length; i++)
        {
            _weights[i] = new Parameter(backend, $"encoder.{i}.weight", widths[i + 1], widths[i]);
            _biases[i] = spec.EncoderBias ? new Parameter(backend, $"encoder.{i}.bias", 1, widths[i + 1]) : null;
        }

        bool known = spec.KnownDictionary is not null;
        Atoms = new Parameter(backend, "decoder.atoms", spec.AtomCount, spec.Dimension, known)
        {
            IsAtoms = true,
            HasUnitRows = !known && !spec.FreeNorm,
            ProjectsGradient = !spec.FreeNorm && options.ProjectAtomGradients,
        };
        Offset = spec.DecoderBias ? new Parameter(backend, "decoder.bias", 1, spec.Dimension, known) : null;
        _all = [.. _weights, .. _biases.OfType<Parameter>(), Atoms, .. Offset is null ? Array.Empty<Parameter>() : [Offset]];
        _updates = new ParameterSet(backend, options, _all);
        Initialize();
    }

    /// <summary>The atoms, [atoms, dimension].</summary>
    public Parameter Atoms { get; }

    /// <summary>Decoder bias in scaled units, [1, dimension]; null without one.</summary>
    public Parameter? Offset { get; }

    /// <summary>Weight λ of the penalty.</summary>
    public float Lambda => _lambda;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _all;

    /// <inheritdoc/>
    public override ParameterSet Updates => _updates;

    /// <summary>λ that a selection has when the options leave it open.</summary>
    public static float DefaultLambda(Selection selection) => selection is TopKSelection ? 0 : 0.0025f;

    /// <inheritdoc/>
    public override void Optimize(long step) =>
        // A loss on known codes says nothing of the decoder; a gradient of an earlier step must not move it.
        _updates.Step(step, _decoderHasGradient ? null : parameter => parameter != Atoms && parameter != Offset);

    /// <inheritdoc/>
    public override FlopCount StepFlops(long rows, bool onCodes) => NetworkCost.TrainingStep(_spec.Widths, rows, new NetworkCostSettings
    {
        EncoderBias = _spec.EncoderBias,
        DecoderBias = _spec.DecoderBias,
        Scaled = _spec.InputScale != 1,
        TopK = _spec.Selection is TopKSelection top ? top.K : 0,
        KnownDictionary = _spec.KnownDictionary is not null,
        OnCodes = onCodes,
        SquaredCodeLoss = _options.CodeLoss == CodeLoss.SquaredError,
        Projected = _options.ProjectAtomGradients,
        FreeNorm = _spec.FreeNorm,
        Penalized = _lambda != 0,
    });

    /// <summary>The network as it stands (the average of its weights, where one is kept), on the host.</summary>
    public NetworkState Snapshot() => _updates.OnAverages(ReadState);

    private NetworkState ReadState()
    {
        var layers = new LinearLayer[_weights.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i] = new LinearLayer(_weights[i].Value.Columns, (int)_weights[i].Value.Rows, Host(_weights[i].Value), _biases[i] is { } bias ? Host(bias.Value) : null);
        }

        float[]? offset = Offset is null ? null : Host(Offset.Value);
        if (offset is not null)
        {
            for (int i = 0; i < offset.Length; i++)
            {
                offset[i] *= _spec.InputScale;
            }

            // Divided and multiplied again it may be off by a bit; a known dictionary stays as it is.
            _spec.KnownDictionary?.CopyOffset(offset);
        }

        return new NetworkState
        {
            Layers = layers,
            Selection = _spec.Selection,
            Dictionary = new AtomDictionary(Host(Atoms.Value), _spec.Dimension, offset, _spec.InputScale),
            InputOffset = offset,
            InputScale = _spec.InputScale,
        };
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.Dispose();
        }

        _updates.Dispose();
        DisposeWork();
    }

    private float[] Host(DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        _backend.Read(matrix, 0, values);
        return values;
    }

    private void Initialize()
    {
        if (_spec.Start is { } start)
        {
            Restore(start);
            return;
        }

        long seed = _options.Seed;
        if (_spec.KnownDictionary is { } known)
        {
            var atoms = new float[Atoms.Value.Length];
            known.CopyAtoms(0, atoms);
            _backend.Write(Atoms.Value, 0, atoms);
        }
        else
        {
            _backend.FillNormal(Atoms.Value, new RandomStream(seed, "network.atoms"), 1);
            _backend.NormalizeRows(Atoms.Value);
        }

        for (int i = 0; i < _weights.Length; i++)
        {
            DeviceMatrix weight = _weights[i].Value;
            double bound = 1 / Math.Sqrt(weight.Columns);
            _backend.FillUniform(weight, new RandomStream(seed, "network.weight", (ulong)i), -bound, bound);
            if (_biases[i] is { } bias && _options.Initialization == Initialization.Independent)
            {
                _backend.FillUniform(bias.Value, new RandomStream(seed, "network.bias", (ulong)i), -bound, bound);
            }
        }

        if (Offset is not null && _spec.InitialOffset is { } initial)
        {
            _backend.Write(Offset.Value, 0, initial);
        }
    }

    private void Restore(NetworkState start)
    {
        if (start.Layers.Count != _weights.Length || start.Dimension != _spec.Dimension || start.AtomCount != _spec.AtomCount)
        {
            Throw.Argument($"The state to start from has {start.Layers.Count} layers from {start.Dimension} to {start.AtomCount}, but the options ask for {_weights.Length} from {_spec.Dimension} to {_spec.AtomCount}.");
        }

        for (int i = 0; i < _weights.Length; i++)
        {
            if (start.Layers[i].Outputs != _spec.Widths[i + 1])
            {
                Throw.Argument($"Layer {i} of the state to start from has {start.Layers[i].Outputs} outputs, but the options ask for {_spec.Widths[i + 1]}.");
            }
        }

        for (int i = 0; i < _weights.Length; i++)
        {
            _backend.Write(_weights[i].Value, 0, start.Layers[i].Weights);
            if (_biases[i] is { } bias && start.Layers[i].Bias is { } values)
            {
                _backend.Write(bias.Value, 0, values);
            }
        }

        _backend.Write(Atoms.Value, 0, start.Dictionary.AtomValues);
        if (Offset is not null && start.Dictionary.HasOffset)
        {
            float[] offset = start.Dictionary.OffsetValues.ToArray();
            for (int i = 0; i < offset.Length; i++)
            {
                offset[i] /= _spec.InputScale;
            }

            _backend.Write(Offset.Value, 0, offset);
        }
    }
}
