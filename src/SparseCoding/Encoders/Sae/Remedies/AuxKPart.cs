using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>AuxK and AuxZipf at work: see <see cref="AuxKRemedy"/>. Only the rows of dead latents are gathered, so nothing is paid where none is dead.</summary>
internal sealed class AuxKPart : RemedyPart
{
    private readonly float _weight;
    private readonly bool _normalize;
    private readonly DeadLatents _dead;
    private readonly int _k;
    private SparseCodeBatch? _codes;
    private double _scale;
    private DeviceMatrix? _error;
    private DeviceMatrix? _factor;

    /// <summary>AuxK: starts with no dead latents.</summary>
    public AuxKPart(SaeModel model, AuxKRemedy options)
        : this(model, options.K, options.Weight, options.Normalize, new DeadLatents(model, "auxk", options.DeadAfter))
    {
    }

    /// <summary>AuxZipf: the list has latents that are used too little as well.</summary>
    public AuxKPart(SaeModel model, AuxZipfRemedy options)
        : this(model, options.K, options.Weight, options.Normalize, new DeadLatents(model, "auxzipf", options.DeadAfter, new LatentUsage(model, options)))
    {
    }

    private AuxKPart(SaeModel model, int k, float weight, bool normalize, DeadLatents dead)
        : base(model)
    {
        _k = k > 0 ? k : Math.Max(1, model.OutputDimension / 2);
        _weight = weight;
        _normalize = normalize;
        _dead = dead;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _dead.StateMatrices();

    /// <inheritdoc/>
    public override void AddParameterGradient(SaeStep step)
    {
        _error = null;
        if (_dead.Count == 0 || _weight == 0)
        {
            return;
        }

        int padded = _dead.Padded, rows = step.Rows, capacity = Math.Min(_k, padded);
        if (_codes is null || _codes.Rows != rows || _codes.AtomCount != padded)
        {
            _codes?.Dispose();
            _codes = new SparseCodeBatch(Backend, rows, padded, capacity);
        }

        LinearEncoder encoder = Model.Encoder;
        DecoderPart decoder = Model.Decoder;
        DeviceMatrix weights = step.Scratch("auxk.weights", padded, Model.InputDimension);
        DeviceMatrix atoms = step.Scratch("auxk.atoms", padded, decoder.Atoms.Value.Columns);
        _dead.GatherRows(encoder.Weights.Value, weights);
        _dead.GatherRows(decoder.Atoms.Value, atoms);
        DeviceMatrix? bias = null;
        if (encoder.Bias is not null)
        {
            bias = step.Scratch("auxk.bias", 1, padded);
            _dead.GatherRow(encoder.Bias.Value, bias);
        }

        // ê − e with e = target − û, which is minus the residual.
        Backend.EncodeAndSelect(step.Input, weights, bias, Model.Selection.AuxiliaryRule(Math.Min(_k, _dead.Count)), _codes.Codes);
        _error = step.Scratch("auxk.error", rows, Model.OutputDimension);
        _codes.Decode(atoms, null, null, _error);
        Backend.Map(MapOperation.Add, _error, _error, step.Residual);

        _factor = _normalize ? Factor(step) : null;
        if (_factor is not null)
        {
            Backend.Map(MapOperation.Multiply, _error, _error, _factor);
        }

        _scale = _weight * Math.Min((double)_dead.Count / _k, 1);
        float mean = (float)(_scale * step.Mean);
        _codes.ReceiveGradient(_error, atoms, mean);
        _codes.GradientTransposedTimes(step.Input, weights);
        _dead.AddRows(weights, encoder.Weights.Gradient!);
        if (encoder.GradientSums is { } sums)
        {
            DeviceMatrix row = step.Scratch("auxk.bias", 1, padded);
            _codes.SumPerAtom(_codes.Gradient, row);
            _dead.AddRow(row, sums);
        }

        if (!decoder.Atoms.IsFrozen)
        {
            _codes.ValuesTransposedTimes(_error, atoms, mean);
            _dead.AddRows(atoms, decoder.Atoms.Gradient!);
        }
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => _dead.AfterStep(step);

    /// <inheritdoc/>
    public override void AfterRestore() => _dead.AfterRestore();

    /// <inheritdoc/>
    public override double Value(SaeStep step)
    {
        if (_error is null)
        {
            return 0;
        }

        // The error is kept times the factor, so its square has the factor once too often.
        double factor = _factor is null ? 1 : Backend.ReadLagged(_factor);
        return factor == 0 ? 0 : 0.5 * _scale * step.Mean * step.Total(ReduceOperation.SumSquares, _error) / factor;
    }

    /// <inheritdoc/>
    public override UInt128 Operations(long rows)
    {
        if (_dead.Count == 0)
        {
            return _dead.Operations;
        }

        int padded = _dead.Padded, d = Model.InputDimension, m = Model.OutputDimension;
        long entries = rows * Math.Min(_k, _dead.Count);
        return _dead.Operations
            + OperationCost.Map(MapOperation.Multiply, (long)padded * (d + m))
            + OperationCost.EncodeAndSelect(rows, padded, d, Model.Encoder.Bias is not null)
            + OperationCost.DecodeResidual(entries, rows, m, false, false)
            + OperationCost.Map(MapOperation.Add, rows * m)
            + (_normalize ? (8 * (UInt128)(rows * m)) + (UInt128)(rows * m) + 1 : 0)
            + OperationCost.SampledProduct(entries, m)
            + OperationCost.WeightGradient(entries, d)
            + OperationCost.WeightGradient(entries, m)
            + OperationCost.ScatterAdd(padded, d + m)
            + OperationCost.PerEntry(entries)
            + OperationCost.Map(MapOperation.Add, Model.AtomCount);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _dead.Dispose();
        _codes?.Dispose();
    }

    /// <summary>s = Σ‖x − x̄‖² / Σ‖r − r̄‖² of the batch as [1, 1]; 0 where the error does not vary.</summary>
    private DeviceMatrix Factor(SaeStep step)
    {
        DeviceMatrix factor = step.Scratch("auxk.factor", 1, 1);
        Variation(step, step.Target, factor);
        Variation(step, step.Residual, step.Scalar);
        Backend.Map(MapOperation.Divide, factor, factor, step.Scalar);
        return factor;
    }

    private void Variation(SaeStep step, DeviceMatrix rows, DeviceMatrix sum)
    {
        DeviceMatrix mean = step.Scratch("auxk.mean", 1, rows.Columns), centred = step.Scratch("auxk.centred", rows.Rows, rows.Columns);
        Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, mean, rows, null, step.Mean);
        Backend.Map(MapOperation.Add, centred, rows, mean, 1, -1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.All, sum, centred);
    }
}
