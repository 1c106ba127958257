using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// An SAE on a device, made of parts. The loss of a batch is the mean over rows of ½‖target − û‖² + penalty + auxiliary losses, with u = x/scale,
/// û = decode(select(encode(u − b))).
/// </summary>
internal sealed partial class SaeNetwork : TrainableNetwork
{
    private readonly Backend _backend;
    private readonly NetworkSpec _spec;
    private readonly TrainingOptions _options;
    private readonly SaeModel _model;
    private readonly LinearEncoder _encoder;
    private readonly SelectionPart _selection;
    private readonly DecoderPart _decoder;
    private readonly PenaltyPart? _penalty;
    private readonly RemedyPart[] _remedies;
    private readonly Parameter[] _all;
    private readonly Parameter[] _decoderParameters;
    private readonly SignalScaler _inputUnits;
    private readonly SignalScaler? _targetUnits;
    private readonly ParameterSet _updates;
    private SaeStep? _step;
    private bool _decoderHasGradient;

    /// <summary>Allocates and initialises on the backend; goes on from a trained encoder where one is given.</summary>
    public SaeNetwork(Backend backend, NetworkSpec spec, SaeOptions options, TrainingOptions training, SaeState? start = null)
    {
        _backend = backend;
        _spec = spec;
        _options = training;
        bool ownsBias = options.Remedies.Any(remedy => remedy.OwnsEncoderBias);
        bool trainsOffset = spec.DecoderBias && spec.KnownDictionary is null && spec.TargetDimension is null;
        _encoder = new LinearEncoder(backend, spec.AtomCount, spec.Dimension, spec.EncoderBias, options.Selection.IsTied, ownsBias, trainsOffset);
        _model = new SaeModel
        {
            Backend = backend,
            Options = options,
            Training = training,
            InputDimension = spec.Dimension,
            OutputDimension = spec.TargetDimension ?? spec.Dimension,
            Encoder = _encoder,
        };
        _inputUnits = new SignalScaler(backend, "input", spec.Dimension, options.Normalization, spec.InputScale, SaeSpec.HasInputRows(options), spec.InputRows);
        _targetUnits = spec.TargetDimension is { } targets ? new SignalScaler(backend, "target", targets, InputNormalization.None, 1, SaeSpec.HasTargetRows(options), spec.TargetRows) : null;
        _model.Selection = _selection = SaeParts.Selection(_model);
        _model.Decoder = _decoder = SaeParts.Decoder(_model, spec);
        _model.Latents = options.Remedies.Any(remedy => remedy.Window is not null) ? new LatentActivity(backend, spec.AtomCount) : null;
        _penalty = SaeParts.Penalty(_model);
        _remedies = SaeParts.Remedies(_model);
        _decoderParameters = [.. _decoder.Parameters];
        _all =
        [
            _encoder.Weights,
            .. _encoder.Bias is null ? Array.Empty<Parameter>() : [_encoder.Bias],
            .. _selection.Parameters,
            .. _remedies.SelectMany(remedy => remedy.Parameters),
            .. _decoderParameters,
        ];
        _updates = new ParameterSet(backend, training, _all);
        if (start is null)
        {
            Initialize();
        }
        else
        {
            Restore(start);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _all;

    /// <inheritdoc/>
    public override ParameterSet Updates => _updates;

    /// <inheritdoc/>
    public override double DeadShare
    {
        get
        {
            if (_model.Latents is null)
            {
                return double.NaN;
            }

            long window = _model.Options.Remedies.First(remedy => remedy.Window is not null).Window!.Value;
            return Host(_model.Latents.Silent).Count(steps => steps >= window) / (double)_spec.AtomCount;
        }
    }

    /// <summary>The atoms, [atoms, dimension].</summary>
    public Parameter Atoms => _decoder.Atoms;

    /// <summary>Decoder bias in scaled units, [1, dimension]; null without one.</summary>
    public Parameter? Offset => _decoder.Offset;

    /// <summary>Whether batches are shown to the averaged weights now and then.</summary>
    private bool ObservesAverages => _options.AveragingDecay > 0 && _selection.HasBatchStatistic;

    /// <summary>Whether the encoder subtracts the decoder's bias: where it reconstructs what it encodes.</summary>
    private bool IsCentred => Offset is not null && _targetUnits is null;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() =>
    [
        .. base.StateMatrices(),
        .. _selection.StateMatrices(),
        .. _inputUnits.StateMatrices(),
        .. _targetUnits?.StateMatrices() ?? [],
        .. _decoder.StateMatrices(),
        .. _penalty?.StateMatrices() ?? [],
        .. _remedies.SelectMany(remedy => remedy.StateMatrices()),
        .. _model.Latents?.StateMatrices() ?? [],
    ];

    /// <inheritdoc/>
    public override void AfterRestore()
    {
        _decoder.AfterRestore();
        _penalty?.AfterRestore();
        foreach (RemedyPart remedy in _remedies)
        {
            remedy.AfterRestore();
        }
    }

    /// <inheritdoc/>
    public override void Optimize(long step)
    {
        SaeStep work = _step!;
        work.Number = step;
        if (_decoderHasGradient)
        {
            _penalty?.CountPiece(work);
            _model.Latents?.Count(work);
            foreach (RemedyPart remedy in _remedies)
            {
                remedy.CountPiece(work);
            }
        }

        // A loss on known codes says nothing of the decoder; a gradient of an earlier step must not move it.
        _updates.Step(step, _decoderHasGradient ? null : parameter => !_decoderParameters.Contains(parameter));
        if (!_updates.CompletesBatch)
        {
            return;
        }

        _selection.AfterStep(work);
        if (!_decoderHasGradient)
        {
            return;
        }

        _decoder.AfterStep(work);
        _penalty?.AfterStep(work);
        _model.Latents?.Update();
        foreach (RemedyPart remedy in _remedies)
        {
            remedy.AfterStep(work);
        }
    }

    /// <summary>The network as it stands (the average of its weights, where one is kept), on the host.</summary>
    public SaeState Snapshot() => _updates.OnAverages(ReadState);

    private SaeState ReadState()
    {
        SignalUnits input = _inputUnits.Snapshot();
        IDecoder decoder = _decoder.Snapshot(input, _targetUnits?.Snapshot() ?? input);

        // What the encoder subtracts is the decoder's offset, in the units of the signals; a mean of the coordinates that is left over is subtracted too.
        float[]? offset = null;
        if (IsCentred)
        {
            offset = decoder is AtomDictionary { HasOffset: true } dictionary ? dictionary.OffsetValues.ToArray() : [.. Host(Offset!.Value).Select(value => value * input.Scale)];
        }

        float[] weights = Host((_spec.Selection.IsTied ? _decoder.Atoms : _encoder.Weights).Value);
        if (input.Rows is { } rows)
        {
            offset = decoder is AtomDictionary || !IsCentred ? offset : rows.Offset(offset);
            offset ??= rows.Mean;
            rows.DivideRows(weights);
        }

        var state = new SaeState
        {
            Encoder = new LinearLayer(_spec.Dimension, _spec.AtomCount, weights, _encoder.Bias is { } bias ? Host(bias.Value) : null),
            Selection = _spec.Selection,
            Decoder = decoder,
            InputOffset = offset,
            InputScale = _spec.InputScale,
            Vectors = _selection.Snapshot(),
        };
        state = _model.Options.Decoder is LinearDecoderOptions { FoldNorm: true } ? NormFolding.Fold(state) : state;
        InputNormalization mode = _model.Options.Normalization;
        return RowNormalizer.IsByRow(mode) ? state with { Decoder = new RowNormalizedDecoder(state.Decoder, mode), Normalization = mode } : state;
    }

    /// <inheritdoc/>
    public override FlopCount StepFlops(long rows, bool onCodes)
    {
        var settings = new NetworkCostSettings
        {
            EncoderBias = _spec.EncoderBias,
            DecoderBias = _spec.DecoderBias,
            Scaled = _spec.InputScale != 1,
            TopK = _selection.EntriesPerRow,
            KnownDictionary = _spec.KnownDictionary is not null,
            OnCodes = onCodes,
            SquaredCodeLoss = _options.CodeLoss == CodeLoss.SquaredError,
            Projected = _options.ProjectAtomGradients,
            FreeNorm = !_decoder.HasUnitNorm,
            Penalized = _penalty is L1Part,
        };
        FlopCount plain = NetworkCost.TrainingStep(_spec.Widths, rows, settings);
        UInt128 extra = _selection.ExtraOperations(rows);

        // Every so many steps: a share of each.
        extra += ObservesAverages ? ((OperationCost.EncodeAndSelect(rows, _spec.AtomCount, _spec.Dimension, _spec.EncoderBias) + extra) / BatchStatistic.AverageSteps) + 1 : 0;
        if (!onCodes)
        {
            extra += _decoder.ExtraOperations(rows) + _inputUnits.Operations(rows) + (_targetUnits?.Operations(rows) ?? 0) + (_penalty?.Operations(rows) ?? 0);
            extra += _model.Latents?.Operations(settings.TopK > 0 ? rows * settings.TopK : rows * _spec.AtomCount) ?? 0;
            foreach (RemedyPart remedy in _remedies)
            {
                extra += remedy.Operations(rows);
            }
        }

        return extra == 0 ? plain : new FlopCount(plain.Value + extra, plain.AsPublished, true);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _updates.Dispose();
        _encoder.Dispose();
        _selection.Dispose();
        _decoder.Dispose();
        _inputUnits.Dispose();
        _targetUnits?.Dispose();
        _model.Latents?.Dispose();
        _penalty?.Dispose();
        foreach (RemedyPart remedy in _remedies)
        {
            remedy.Dispose();
        }

        DisposeStep();
    }

    private float[] Host(DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        _backend.Read(matrix, 0, values);
        return values;
    }

    private void Initialize()
    {
        _decoder.Initialize(_options.Seed);
        if (_spec.DataPoints is { } points)
        {
            DataPointStart.Apply(_backend, points, _options, _decoder.Atoms, _encoder.Weights);
            _selection.Initialize(null);
            return;
        }

        double bound = 1 / Math.Sqrt(_spec.Dimension);
        if (_options.Initialization != Initialization.Tied || !_decoder.TieEncoder(_encoder.Weights.Value))
        {
            _backend.FillUniform(_encoder.Weights.Value, new RandomStream(_options.Seed, "network.weight", 0), -bound, bound);
            if (_encoder.Bias is { } bias && _options.Initialization == Initialization.Independent)
            {
                _backend.FillUniform(bias.Value, new RandomStream(_options.Seed, "network.bias", 0), -bound, bound);
            }
        }

        _selection.Initialize(null);
    }

    private void Restore(SaeState start)
    {
        if (start.Dimension != _spec.Dimension || start.AtomCount != _spec.AtomCount)
        {
            Throw.Argument($"The state to start from is an encoder from {start.Dimension} to {start.AtomCount}, but the options ask for {_spec.Dimension} to {_spec.AtomCount}.");
        }

        _backend.Write(_encoder.Weights.Value, 0, start.Encoder.Weights);
        if (_encoder.Bias is { } bias && start.Encoder.Bias is { } values)
        {
            _backend.Write(bias.Value, 0, values);
        }

        _selection.Initialize(start.Vectors);
        _decoder.Restore(start.Decoder, _spec.InputScale);
    }
}
