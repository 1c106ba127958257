using SparseCoding.Backends;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// A linear decoder with losses of prefixes: see <see cref="MatryoshkaDecoderOptions"/>. An atom of the block between two prefixes is in every longer one, so that its gradients
/// are those of a plain decoder for the sum of their residuals: one sampled product for each block, from the last to the first.
/// </summary>
internal sealed class MatryoshkaDecoderPart : DecoderPart
{
    private readonly MatryoshkaDecoderOptions _options;
    private readonly LinearDecoderPart _linear;
    private readonly float[] _host;
    private int[] _prefixes;

    /// <summary>Allocates as a linear decoder does.</summary>
    public MatryoshkaDecoderPart(SaeModel model, MatryoshkaDecoderOptions options, NetworkSpec spec)
        : base(model)
    {
        _options = options;
        _linear = new LinearDecoderPart(model, options.UnitNorm, spec);
        _prefixes = [.. options.Prefixes];
        _host = new float[model.AtomCount];
    }

    /// <inheritdoc/>
    public override Parameter Atoms => _linear.Atoms;

    /// <inheritdoc/>
    public override Parameter? Offset => _linear.Offset;

    /// <inheritdoc/>
    public override bool HasUnitNorm => _linear.HasUnitNorm;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _linear.Parameters;

    /// <summary>Lengths of the random prefixes of a step, ascending: a function of seed and step, so that a resumed run draws the same.</summary>
    public static int[] Draw(long seed, long step, int count, int atomCount)
    {
        var stream = new RandomStream(seed, "sae.matryoshka.prefixes", (ulong)step);
        var lengths = new SortedSet<int>();
        double most = 1 - (1 / Math.Sqrt(atomCount));
        while (lengths.Count < count)
        {
            double root = 1 / (1 - (stream.NextDouble() * most));
            int length = Math.Clamp((int)(root * root), 1, atomCount - 1);

            // Where nearly all lengths are wanted, the next free one instead of drawing for ever.
            while (!lengths.Add(length))
            {
                length = (length % (atomCount - 1)) + 1;
            }
        }

        return [.. lengths];
    }

    /// <inheritdoc/>
    public override void Initialize(long seed) => _linear.Initialize(seed);

    /// <inheritdoc/>
    public override bool TieEncoder(DeviceMatrix weights) => _linear.TieEncoder(weights);

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        if (_options.RandomPrefixes > 0)
        {
            _prefixes = Draw(Model.Training!.Seed, step.Number, _options.RandomPrefixes, Model.AtomCount);
        }

        _linear.Forward(step);
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        CodeBatch codes = step.Codes;
        DeviceMatrix sum = OffsetResidual(step), gradient = codes.Places("matryoshka.gradient"), part = codes.Places("matryoshka.part"), row = step.Scratch("matryoshka.mask", 1, Model.AtomCount);
        DeviceMatrix? added = codes.AddedToGradient;
        Backend.Map(MapOperation.Scale, sum, step.Residual);
        Backend.Fill(gradient, 0);
        for (int block = _prefixes.Length; block >= 0; block--)
        {
            DeviceMatrix mask = Mask(codes, row, block == 0 ? 0 : _prefixes[block - 1], block == _prefixes.Length ? Model.AtomCount : _prefixes[block]);
            codes.AddedToGradient = added;
            codes.ReceiveGradient(sum, Atoms.Value, step.Mean);
            Backend.Map(MapOperation.Multiply, part, codes.Gradient, mask);
            Backend.Map(MapOperation.Add, gradient, gradient, part);
            if (!Atoms.IsFrozen)
            {
                Backend.Map(MapOperation.Multiply, part, codes.Values, mask);
                codes.PlacesTransposedTimes(part, sum, Atoms.Gradient!, step.Mean, add: block < _prefixes.Length);
            }

            if (block > 0)
            {
                Backend.Map(MapOperation.Add, sum, sum, PrefixResidual(step, _prefixes[block - 1]), 1, _options.PrefixWeight);
            }
        }

        Backend.Map(MapOperation.Scale, codes.Gradient, gradient);
    }

    /// <inheritdoc/>
    public override DeviceMatrix OffsetResidual(SaeStep step) => step.Scratch("matryoshka.sum", step.Rows, Model.OutputDimension);

    /// <inheritdoc/>
    public override double ExtraLoss(SaeStep step)
    {
        double total = 0;
        foreach (int prefix in _prefixes)
        {
            total += step.Total(ReduceOperation.SumSquares, PrefixResidual(step, prefix), null, step.Mean);
        }

        return 0.5 * _options.PrefixWeight * total;
    }

    /// <inheritdoc/>
    public override DeviceMatrix? AtomNorms(SaeStep step) => _linear.AtomNorms(step);

    /// <inheritdoc/>
    public override void AddNormGradient(SaeStep step, DeviceMatrix normGradient) => _linear.AddNormGradient(step, normGradient);

    /// <inheritdoc/>
    public override IDecoder Snapshot(SignalUnits input, SignalUnits output) => _linear.Snapshot(input, output);

    /// <inheritdoc/>
    public override void Restore(IDecoder decoder, float inputScale) => _linear.Restore(decoder, inputScale);

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount, m = (UInt128)Model.OutputDimension, blocks = (UInt128)Math.Max(_prefixes.Length, _options.RandomPrefixes) + 1;
        return (blocks * ((size * ((6 * m) + 6)) + (6 * (UInt128)rows * m))) + size;
    }

    /// <summary>The first atoms' reconstruction − target.</summary>
    private DeviceMatrix PrefixResidual(SaeStep step, int prefix)
    {
        DeviceMatrix residual = step.Scratch("matryoshka.residual", step.Rows, Model.OutputDimension), part = step.Codes.Places("matryoshka.part");
        DeviceMatrix mask = Mask(step.Codes, step.Scratch("matryoshka.mask", 1, Model.AtomCount), 0, prefix);
        Backend.Map(MapOperation.Multiply, part, step.Codes.Values, mask);
        step.Codes.DecodePlaces(part, Atoms.Value, Offset?.Value, step.Target, residual);
        return residual;
    }

    /// <summary>1 at the places of atoms from first to before end, else 0.</summary>
    private DeviceMatrix Mask(CodeBatch codes, DeviceMatrix row, int first, int end)
    {
        _host.AsSpan().Clear();
        _host.AsSpan(first, end - first).Fill(1);
        Backend.Write(row, 0, _host);
        return codes.PerPlace(row, "matryoshka.place");
    }
}
