using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Training;

/// <summary>
/// An unrolled encoder and its dictionary on a device, with hand-derived gradients. The loss of a batch is, behind the last layer in use, the mean over rows of
/// ½‖u − û‖² + λ‖z‖₁ with u = x/scale, û = zD + b and layers that work on u − b; or the loss on known codes. Before training its layers are those of ISTA.
/// </summary>
internal sealed partial class UnrolledNetwork : TrainableNetwork
{
    private readonly Backend _backend;
    private readonly NetworkSpec _spec;
    private readonly UnrolledSpec _unrolled;
    private readonly TrainingOptions _options;
    private readonly Parameter[] _weights;
    private readonly Parameter?[] _recurrent;
    private readonly Parameter[] _thresholds;
    private readonly Parameter?[] _steps;
    private readonly Parameter[] _all;
    private readonly Dictionary<Parameter, (int Layer, bool Shared)> _places = [];
    private readonly ParameterSet _updates;
    private readonly DeviceMatrix _layerwise;
    private readonly DeviceLayer[] _layers;
    private UnrolledPhase _phase;
    private bool _decoderHasGradient;
    private double _layerwiseShare;

    /// <summary>Allocates and initialises on the backend; goes on from <paramref name="start"/> where it is given, all layers together.</summary>
    public UnrolledNetwork(Backend backend, NetworkSpec spec, UnrolledSpec unrolled, TrainingOptions options, UnrolledState? start)
    {
        (_backend, _spec, _unrolled, _options) = (backend, spec, unrolled, options);
        int layers = unrolled.LayerCount, atoms = spec.AtomCount;
        bool analytic = unrolled.Weights == ListaWeights.Analytic;
        _weights = new Parameter[layers];
        _recurrent = new Parameter?[layers];
        _thresholds = new Parameter[layers];
        _steps = new Parameter?[layers];
        for (int i = 0; i < layers; i++)
        {
            _weights[i] = i > 0 && unrolled.SharesWeights ? _weights[0] : Place(new Parameter(backend, $"encoder.{i}.weight", atoms, spec.Dimension, analytic), i, unrolled.SharesWeights);
            if (unrolled.Weights == ListaWeights.Free && i > 0)
            {
                _recurrent[i] = i > 1 && unrolled.Tied ? _recurrent[1] : Place(new Parameter(backend, $"encoder.{i}.recurrent", atoms, atoms), i, unrolled.Tied);
            }

            _thresholds[i] = Place(new Parameter(backend, $"encoder.{i}.threshold", 1, unrolled.ThresholdPerAtom ? atoms : 1), i, false);
            _steps[i] = analytic ? Place(new Parameter(backend, $"encoder.{i}.step", 1, 1), i, false) : null;
        }

        bool known = spec.KnownDictionary is not null;
        Atoms = new Parameter(backend, "decoder.atoms", atoms, spec.Dimension, known) { IsAtoms = true, HasUnitRows = !known, ProjectsGradient = options.ProjectAtomGradients };
        Offset = spec.DecoderBias ? new Parameter(backend, "decoder.bias", 1, spec.Dimension, known) : null;
        _all = [.. _places.Keys, Atoms, .. Offset is null ? Array.Empty<Parameter>() : [Offset]];
        _updates = new ParameterSet(backend, options, _all);
        _layerwise = backend.Allocate(1, 1);
        _layerwiseShare = start is null ? unrolled.LayerwiseShare : 0;
        backend.Fill(_layerwise, start is null ? 1 : 0);
        if (start is null)
        {
            Initialize();
        }
        else
        {
            Restore(start);
        }

        _layers = [.. Enumerable.Range(0, layers).Select(i => new DeviceLayer(_weights[i].Value, _recurrent[i]?.Value, _thresholds[i].Value, _steps[i]?.Value, unrolled.Kept(i, atoms)))];
        _phase = PhaseOf(options.Steps + 1);
    }

    /// <summary>The atoms, [atoms, dimension].</summary>
    public Parameter Atoms { get; }

    /// <summary>Decoder bias in scaled units, [1, dimension]; null without one.</summary>
    public Parameter? Offset { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _all;

    /// <inheritdoc/>
    public override ParameterSet Updates => _updates;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [.. base.StateMatrices(), ("plan.layerwise", _layerwise)];

    /// <inheritdoc/>
    public override void AfterRestore()
    {
        var flag = new float[1];
        _backend.Read(_layerwise, 0, flag);
        _layerwiseShare = flag[0] != 0 ? _unrolled.LayerwiseShare : 0;
    }

    /// <inheritdoc/>
    public override void Optimize(long step)
    {
        if (step == _phase.FirstStep && step > 1)
        {
            // A phase has an optimiser of its own: what moved last in another one has moments of another loss.
            foreach (Parameter parameter in _all)
            {
                if (Moves(parameter))
                {
                    _backend.Fill(parameter.First!, 0);
                    if (parameter.Second is { } second)
                    {
                        _backend.Fill(second, 0);
                    }
                }
            }
        }

        (_updates.MomentsSince, _updates.RateFactor) = (_phase.FirstStep - 1, _phase.RateFactor);
        _updates.Step(step, Moves);
        foreach (Parameter threshold in _thresholds)
        {
            if (Moves(threshold))
            {
                _backend.Map(MapOperation.Relu, threshold.Value, threshold.Value);
            }
        }
    }

    /// <inheritdoc/>
    public override FlopCount StepFlops(long rows, bool onCodes) => PhaseFlops(PhaseOf(_options.Steps + 1), rows, onCodes);

    /// <inheritdoc/>
    public override FlopCount RunFlops(long steps, long rows, bool onCodes)
    {
        FlopCount total = FlopCount.Zero;
        for (long step = 1; step <= steps;)
        {
            UnrolledPhase phase = PhaseOf(step);
            long end = Math.Min(phase.EndStep, steps + 1);
            total += PhaseFlops(phase, rows, onCodes) * (end - step);
            step = end;
        }

        return total;
    }

    /// <summary>The network as it stands (the average of its weights, where one is kept), on the host.</summary>
    public UnrolledState Snapshot() => _updates.OnAverages(ReadState);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (Parameter parameter in _all)
        {
            parameter.Dispose();
        }

        _updates.Dispose();
        _layerwise.Dispose();
        DisposeWork();
    }

    private UnrolledPhase PhaseOf(long step) => UnrolledPhase.At(step, _options.Steps, _unrolled.LayerCount, _layerwiseShare);

    private FlopCount PhaseFlops(UnrolledPhase phase, long rows, bool onCodes) => UnrolledCost.TrainingStep(
        UnrolledState.CostOf(_unrolled, _spec.Dimension, _spec.AtomCount) with { Offset = _spec.DecoderBias, Scaled = _spec.InputScale != 1 },
        rows,
        new UnrolledStepSettings
        {
            Depth = phase.Depth,
            NewestOnly = phase.NewestOnly,
            KnownDictionary = _spec.KnownDictionary is not null,
            OnCodes = onCodes,
            SquaredCodeLoss = _options.CodeLoss == CodeLoss.SquaredError,
            Projected = _options.ProjectAtomGradients,
            Penalized = _unrolled.Lambda != 0,
        });

    private Parameter Place(Parameter parameter, int layer, bool shared)
    {
        _places[parameter] = (layer, shared);
        return parameter;
    }

    /// <summary>Whether the step of the current phase has a gradient for the parameter and may move it.</summary>
    private bool Moves(Parameter parameter)
    {
        if (parameter.IsFrozen)
        {
            return false;
        }

        if (!_places.TryGetValue(parameter, out (int Layer, bool Shared) place))
        {
            // A loss on known codes says nothing of the decoder; a new layer is trained on the dictionary as it is.
            return _decoderHasGradient && !_phase.NewestOnly;
        }

        return place.Shared || !_phase.NewestOnly ? place.Layer < _phase.Depth : place.Layer == _phase.Depth - 1;
    }

    private UnrolledState ReadState()
    {
        var read = new Dictionary<Parameter, float[]>();
        float[] Host(Parameter parameter)
        {
            if (!read.TryGetValue(parameter, out float[]? values))
            {
                values = new float[parameter.Value.Length];
                _backend.Read(parameter.Value, 0, values);
                read[parameter] = values;
            }

            return values;
        }

        float[]? offset = Offset is null ? null : Host(Offset);
        if (offset is not null)
        {
            for (int i = 0; i < offset.Length; i++)
            {
                offset[i] *= _spec.InputScale;
            }

            // Divided and multiplied again it may be off by a bit; a known dictionary stays as it is.
            _spec.KnownDictionary?.CopyOffset(offset);
        }

        return new UnrolledState
        {
            Spec = _unrolled,
            Layers = [.. Enumerable.Range(0, _unrolled.LayerCount).Select(i => new UnrolledLayer(Host(_weights[i]), _recurrent[i] is { } own ? Host(own) : null, Host(_thresholds[i]), _steps[i] is { } step ? Host(step)[0] : 1))],
            Dictionary = new AtomDictionary(Host(Atoms), _spec.Dimension, offset, _spec.InputScale),
        };
    }

    /// <summary>ISTA: W = D/L, V = I − DDᵀ/L, θ = λ/L with L the largest eigenvalue of DDᵀ. Analytic weights begin with θ = λγ and the longest γ that is stable by itself.</summary>
    private void Initialize()
    {
        var atoms = new float[Atoms.Value.Length];
        if (_spec.KnownDictionary is { } known)
        {
            known.CopyAtoms(0, atoms);
            _backend.Write(Atoms.Value, 0, atoms);
        }
        else
        {
            _backend.FillNormal(Atoms.Value, new RandomStream(_options.Seed, "network.atoms"), 1);
            _backend.NormalizeRows(Atoms.Value);
            _backend.Read(Atoms.Value, 0, atoms);
        }

        if (Offset is not null && _spec.InitialOffset is { } initial)
        {
            _backend.Write(Offset.Value, 0, initial);
        }

        float step = (float)(1 / new AtomDictionary(atoms, _spec.Dimension).SpectralBound());
        if (_unrolled.Weights == ListaWeights.Analytic)
        {
            (float[] analytic, step) = AnalyticWeights.Compute(atoms, _spec.AtomCount, _spec.Dimension);
            _backend.Write(_weights[0].Value, 0, analytic);
        }

        float[]? recurrent = null;
        if (_unrolled.Weights == ListaWeights.Free && _unrolled.LayerCount > 1)
        {
            recurrent = new float[_recurrent[1]!.Value.Length];
            _backend.Product(Atoms.Value, false, Atoms.Value, true, _recurrent[1]!.Value, new ProductEpilogue { Alpha = -step });
            _backend.Read(_recurrent[1]!.Value, 0, recurrent);
            for (int i = 0; i < _spec.AtomCount; i++)
            {
                recurrent[i * (_spec.AtomCount + 1)] += 1;
            }
        }

        foreach ((Parameter parameter, _) in _places)
        {
            if (Array.IndexOf(_thresholds, parameter) >= 0)
            {
                _backend.Fill(parameter.Value, _unrolled.Lambda * step);
            }
            else if (Array.IndexOf(_steps, parameter) >= 0)
            {
                _backend.Fill(parameter.Value, step);
            }
            else if (Array.IndexOf(_recurrent, parameter) >= 0)
            {
                _backend.Write(parameter.Value, 0, recurrent);
            }
            else if (_unrolled.Weights != ListaWeights.Analytic)
            {
                _backend.Map(MapOperation.Scale, parameter.Value, Atoms.Value, null, step);
            }
        }
    }

    private void Restore(UnrolledState start)
    {
        if (start.Spec != _unrolled || start.Dictionary.Dimension != _spec.Dimension || start.Dictionary.AtomCount != _spec.AtomCount)
        {
            Throw.Argument($"The state to start from has {start.Layers.Count} layers from {start.Dictionary.Dimension} to {start.Dictionary.AtomCount}, but the options ask for {_unrolled.LayerCount} from {_spec.Dimension} to {_spec.AtomCount}.");
        }

        for (int i = 0; i < start.Layers.Count; i++)
        {
            UnrolledLayer layer = start.Layers[i];
            _backend.Write(_weights[i].Value, 0, layer.Weights);
            _backend.Write(_thresholds[i].Value, 0, layer.Threshold);
            if (_recurrent[i] is { } recurrent)
            {
                _backend.Write(recurrent.Value, 0, layer.Recurrent);
            }

            if (_steps[i] is { } step)
            {
                _backend.Fill(step.Value, layer.Step);
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
