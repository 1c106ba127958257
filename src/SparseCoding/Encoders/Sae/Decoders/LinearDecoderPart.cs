using SparseCoding.Backends;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>û = zD + b: see <see cref="LinearDecoderOptions"/>. A known dictionary stays as it is.</summary>
internal class LinearDecoderPart : DecoderPart
{
    private readonly IDictionary? _known;
    private readonly float[]? _initialOffset;
    private readonly bool _unitNorm;
    private readonly int _refitSteps;
    private readonly Schedule? _refitShare;

    /// <summary>Allocates from the specification.</summary>
    public LinearDecoderPart(SaeModel model, bool unitNorm, NetworkSpec spec)
        : base(model)
    {
        IDictionary? known = _known = spec.KnownDictionary;
        _initialOffset = spec.InitialOffset;
        _unitNorm = known is null && unitNorm;
        if (model.Options.Decoder is LinearDecoderOptions { RefitSteps: > 0 and var steps } options)
        {
            (_refitSteps, _refitShare) = (steps, options.RefitShare);
        }

        Atoms = new Parameter(Backend, "decoder.atoms", model.AtomCount, model.OutputDimension, known is not null)
        {
            IsAtoms = true,
            HasUnitRows = _unitNorm,
            ProjectsGradient = _unitNorm && model.Training!.ProjectAtomGradients,
        };

        // Subtracted before the encoder, the offset is a bias of every latent: where the biases hold firing rates, no gradient may move it either. A transcoder subtracts none.
        bool held = known is not null || (model.Options.Decoder is not TranscoderDecoderOptions && model.Options.Remedies.Any(remedy => remedy.OwnsEncoderBias));
        Offset = spec.DecoderBias ? new Parameter(Backend, "decoder.bias", 1, model.OutputDimension, held) : null;
        Parameters = Offset is null ? [Atoms] : [Atoms, Offset];
    }

    /// <inheritdoc/>
    public override Parameter Atoms { get; }

    /// <inheritdoc/>
    public override Parameter? Offset { get; }

    /// <inheritdoc/>
    public override bool HasUnitNorm => _unitNorm;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override void Initialize(long seed)
    {
        if (_known is not null)
        {
            var atoms = new float[Atoms.Value.Length];
            _known.CopyAtoms(0, atoms);
            Backend.Write(Atoms.Value, 0, atoms);
        }
        else
        {
            Backend.FillNormal(Atoms.Value, new RandomStream(seed, "network.atoms"), 1);
            Backend.NormalizeRows(Atoms.Value);
        }

        if (Offset is not null && _initialOffset is not null)
        {
            Backend.Write(Offset.Value, 0, _initialOffset);
        }
    }

    /// <inheritdoc/>
    public override bool TieEncoder(DeviceMatrix weights)
    {
        if (weights.Columns != Atoms.Value.Columns)
        {
            return false;
        }

        Backend.Map(MapOperation.Scale, weights, Atoms.Value);
        return true;
    }

    /// <inheritdoc/>
    public override void Forward(SaeStep step) => step.Codes.Decode(Atoms.Value, Offset?.Value, step.Target, step.Residual);

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        if (!Atoms.IsFrozen)
        {
            float share = _refitSteps == 0 ? 0 : _refitShare?.At(step.Number, Model.TotalSteps) ?? 1;
            if (share > 0)
            {
                AddRefitGradient(step, share);
            }

            if (share < 1)
            {
                step.Codes.ValuesTransposedTimes(step.Residual, Atoms.Gradient!, step.Mean * (1 - share), add: share > 0);
            }
        }

        step.Codes.ReceiveGradient(step.Residual, Atoms.Value, step.Mean);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        long places = rows * (Model.Selection.EntriesPerRow is > 0 and var entries ? entries : Model.AtomCount);
        int m = Model.OutputDimension;
        UInt128 step = (4 * (UInt128)(places * m)) + (7 * (UInt128)places) + (7 * (UInt128)(rows * m)) + (2 * (UInt128)rows);
        return _refitSteps == 0 ? 0 : ((UInt128)_refitSteps * step) + (3 * (UInt128)(places * m)) + (UInt128)places + (UInt128)(rows * m);
    }

    /// <summary>
    /// Writes share · (gradient of the atoms) with the values z' and the residual r' that steps of steepest descent reach on the codes' support: g = r'Dᵀ there, z' −= αg and r' −= αgD with α = ‖g‖²/‖gD‖² of
    /// each row, the step to the least error along g. Where a row's g is 0 (nothing active, or the least error reached) nothing moves. The codes' gradient is overwritten.
    /// </summary>
    private void AddRefitGradient(SaeStep step, float share)
    {
        CodeBatch codes = step.Codes;
        DeviceMatrix values = codes.Places("refit.values"), gradient = codes.Gradient, length = step.Scratch("refit.length", step.Rows, 1), square = step.Scratch("refit.square", step.Rows, 1);
        DeviceMatrix residual = step.Scratch("refit.residual", step.Rows, Atoms.Value.Columns), change = step.Scratch("refit.change", step.Rows, Atoms.Value.Columns);

        // What a penalty has put there belongs to the gradient of the codes, which comes later.
        DeviceMatrix? added = codes.AddedToGradient;
        codes.AddedToGradient = null;
        Backend.Map(MapOperation.Scale, values, codes.Values);
        Backend.Map(MapOperation.Scale, residual, step.Residual);
        for (int i = 0; i < _refitSteps; i++)
        {
            codes.ReceiveGradient(residual, Atoms.Value, 1);
            Backend.Map(MapOperation.Mask, gradient, gradient, codes.Values);
            codes.GradientTimes(Atoms.Value, change);
            Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, length, gradient);
            Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, square, change);
            Backend.Map(MapOperation.Divide, length, length, square);
            Backend.Map(MapOperation.Multiply, gradient, gradient, length);
            Backend.Map(MapOperation.Multiply, change, change, length);
            Backend.Map(MapOperation.Add, values, values, gradient, 1, -1);
            Backend.Map(MapOperation.Add, residual, residual, change, 1, -1);
        }

        codes.PlacesTransposedTimes(values, residual, Atoms.Gradient!, step.Mean * share);
        codes.AddedToGradient = added;
    }

    /// <inheritdoc/>
    public override DeviceMatrix? AtomNorms(SaeStep step)
    {
        if (_unitNorm)
        {
            return null;
        }

        // ‖d‖ = ‖d‖²·(1/‖d‖), and as a row by a product with [1, 1].
        DeviceMatrix squares = step.Scratch("norms.squares", Model.AtomCount, 1), inverse = step.Scratch("norms.inverse", Model.AtomCount, 1);
        DeviceMatrix one = One(step), row = step.Scratch("norms", 1, Model.AtomCount);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, squares, Atoms.Value);
        Backend.Map(MapOperation.InverseSquareRoot, inverse, squares, null, 0);
        Backend.Map(MapOperation.Multiply, squares, squares, inverse);
        Backend.Product(one, false, squares, true, row, ProductEpilogue.None);
        return row;
    }

    /// <inheritdoc/>
    public override void AddNormGradient(SaeStep step, DeviceMatrix normGradient)
    {
        if (_unitNorm || Atoms.IsFrozen)
        {
            return;
        }

        // ∂‖d‖/∂d = d/‖d‖; AtomNorms of this step has left 1/‖d‖.
        DeviceMatrix column = step.Scratch("norms.squares", Model.AtomCount, 1), inverse = step.Scratch("norms.inverse", Model.AtomCount, 1);
        Backend.Product(normGradient, true, One(step), false, column, ProductEpilogue.None);
        Backend.Map(MapOperation.Multiply, column, column, inverse);
        DeviceMatrix change = step.Scratch("norms.change", Model.AtomCount, Atoms.Value.Columns);
        Backend.Map(MapOperation.Multiply, change, Atoms.Value, column);
        Backend.Map(MapOperation.Add, Atoms.Gradient!, Atoms.Gradient!, change);
    }

    /// <inheritdoc/>
    public override IDecoder Snapshot(SignalUnits input, SignalUnits output)
    {
        float[]? offset = Offset is null ? null : Read(Offset.Value);
        if (_known is null)
        {
            return output.Dictionary(Read(Atoms.Value), Model.OutputDimension, offset);
        }

        // Divided and multiplied again the offset may be off by a bit; a known dictionary stays as it is.
        if (offset is not null)
        {
            _known.CopyOffset(offset);
        }

        return new AtomDictionary(Read(Atoms.Value), Model.OutputDimension, offset, output.Scale);
    }

    /// <inheritdoc/>
    public override void Restore(IDecoder decoder, float inputScale)
    {
        var dictionary = (AtomDictionary)decoder;
        Backend.Write(Atoms.Value, 0, dictionary.AtomValues);
        if (Offset is not null && dictionary.HasOffset)
        {
            float[] offset = dictionary.OffsetValues.ToArray();
            for (int i = 0; i < offset.Length; i++)
            {
                offset[i] /= inputScale;
            }

            Backend.Write(Offset.Value, 0, offset);
        }
    }

    /// <summary>The number 1 on the device.</summary>
    protected DeviceMatrix One(SaeStep step)
    {
        DeviceMatrix one = step.Scratch("norms.one", 1, 1);
        Backend.Fill(one, 1);
        return one;
    }
}
