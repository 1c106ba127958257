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

    /// <summary>Allocates from the specification.</summary>
    public LinearDecoderPart(SaeModel model, bool unitNorm, NetworkSpec spec)
        : base(model)
    {
        IDictionary? known = _known = spec.KnownDictionary;
        _initialOffset = spec.InitialOffset;
        _unitNorm = known is null && unitNorm;
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
        step.Codes.ReceiveGradient(step.Residual, Atoms.Value, step.Mean);
        if (!Atoms.IsFrozen)
        {
            step.Codes.ValuesTransposedTimes(step.Residual, Atoms.Gradient!, step.Mean);
        }
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
