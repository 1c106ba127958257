using SparseCoding.Backends;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>û = b + a K₁ + λ₂ a² K₂ + λ₃ a³ K₃ with a = zU: see <see cref="PolynomialDecoderOptions"/>. <see cref="Atoms"/> is U.</summary>
internal sealed class PolynomialPart : DecoderPart
{
    private readonly PolynomialDecoderOptions _options;
    private readonly float[]? _initialOffset;
    private readonly Parameter _linear;
    private readonly Term[] _terms;
    private readonly QrRetraction _retraction;

    /// <summary>Allocates.</summary>
    public PolynomialPart(SaeModel model, PolynomialDecoderOptions options, NetworkSpec spec)
        : base(model)
    {
        _options = options;
        _initialOffset = spec.InitialOffset;
        int rank = options.AtomWidth(model.InputDimension, model.AtomCount), dimension = model.OutputDimension;
        _retraction = new QrRetraction(Backend, model.AtomCount, rank);
        Atoms = new Parameter(Backend, "decoder.atoms", model.AtomCount, rank) { Retraction = Orthonormalize };
        _linear = new Parameter(Backend, "decoder.linear", rank, dimension);
        Term[] terms = _terms = [new Term(Backend, 2, "quadratic", rank, Math.Min(rank, options.QuadraticRank), dimension), new Term(Backend, 3, "cubic", rank, Math.Min(rank, options.CubicRank), dimension)];
        Offset = spec.DecoderBias ? new Parameter(Backend, "decoder.bias", 1, dimension) : null;
        Parameters = [Atoms, _linear, .. terms.SelectMany(term => (Parameter[])[term.Weights, term.Factor]), .. Offset is null ? Array.Empty<Parameter>() : [Offset]];
    }

    /// <inheritdoc/>
    public override Parameter Atoms { get; }

    /// <inheritdoc/>
    public override Parameter? Offset { get; }

    /// <inheritdoc/>
    public override bool IsLinear => false;

    /// <summary>Rows of U K₁ have free norms; no penalty that asks for norms is allowed.</summary>
    public override bool HasUnitNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public override void Initialize(long seed)
    {
        Backend.FillNormal(Atoms.Value, new RandomStream(seed, "network.atoms"), 1);
        Orthonormalize(Atoms.Value);
        double deviation = 1 / Math.Sqrt(Atoms.Value.Columns);
        Backend.FillNormal(_linear.Value, new RandomStream(seed, "polynomial.linear"), deviation);
        foreach (Term term in _terms)
        {
            Backend.FillNormal(term.Weights.Value, new RandomStream(seed, "polynomial." + term.Name), 1 / Math.Sqrt(term.Weights.Value.Rows));
            Backend.Fill(term.Factor.Value, term.Power == 2 ? _options.QuadraticWeight : _options.CubicWeight);
        }

        if (Offset is not null && _initialOffset is not null)
        {
            Backend.Write(Offset.Value, 0, _initialOffset);
        }
    }

    /// <summary>To the rows of U K₁, so that a signal equal to an effective atom has the code 1.</summary>
    public override bool TieEncoder(DeviceMatrix weights)
    {
        using DeviceMatrix effective = Backend.Allocate(Model.AtomCount, Model.OutputDimension);
        Backend.Product(Atoms.Value, false, _linear.Value, false, effective, ProductEpilogue.None);
        TieToFreeNorms(weights, effective);
        return true;
    }

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        DeviceMatrix a = Projections(step), part = step.Scratch("polynomial.part", step.Rows, Model.OutputDimension);
        step.Codes.Decode(Atoms.Value, null, null, a);
        Backend.Map(MapOperation.Scale, step.Residual, step.Target);
        Backend.Product(a, false, _linear.Value, false, step.Residual, new ProductEpilogue { Beta = -1, Bias = Offset?.Value });
        foreach (Term term in _terms)
        {
            DeviceMatrix power = term.Powers(step, a);
            Backend.Product(power, false, term.Weights.Value, false, part, ProductEpilogue.None);
            Backend.Map(MapOperation.Multiply, part, part, term.Factor.Value);
            Backend.Map(MapOperation.Add, step.Residual, step.Residual, part);
        }
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        DeviceMatrix a = Projections(step), gradient = step.Scratch("polynomial.gradient", step.Rows, Atoms.Value.Columns);
        DeviceMatrix part = step.Scratch("polynomial.part", step.Rows, Model.OutputDimension);
        Backend.Product(step.Residual, false, _linear.Value, true, gradient, new ProductEpilogue { Alpha = step.Mean });
        Backend.Product(a, true, step.Residual, false, _linear.Gradient!, new ProductEpilogue { Alpha = step.Mean });
        foreach (Term term in _terms)
        {
            // With s = a_{1:r}^p: ∂λ = ⟨R, sK⟩, ∂K = λ sᵀR, ∂s = λ R Kᵀ, ∂a = p a^{p−1} ∂s; all times 1/rows.
            DeviceMatrix power = term.Powers(step, a), first = term.First(step);
            DeviceMatrix slope = step.Scratch("polynomial.slope" + term.Name, step.Rows, power.Columns);
            Backend.Product(power, false, term.Weights.Value, false, part, ProductEpilogue.None);
            Backend.Reduce(ReduceOperation.Dot, ReduceAxis.All, term.Factor.Gradient!, step.Residual, part, step.Mean);
            Backend.Map(MapOperation.Multiply, part, step.Residual, term.Factor.Value, step.Mean);
            Backend.Product(power, true, part, false, term.Weights.Gradient!, ProductEpilogue.None);
            Backend.Product(part, false, term.Weights.Value, true, slope, ProductEpilogue.None);
            for (int i = 1; i < term.Power; i++)
            {
                Backend.Map(MapOperation.Multiply, slope, slope, first, i == 1 ? term.Power : 1);
            }

            Backend.Product(slope, false, term.Prefix, true, gradient, new ProductEpilogue { Beta = 1 });
        }

        step.Codes.ReceiveGradient(gradient, Atoms.Value, 1);
        step.Codes.ValuesTransposedTimes(gradient, Atoms.Gradient!, 1);
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => _retraction.Apply(Atoms.Value);

    /// <inheritdoc/>
    public override IDecoder Snapshot(SignalUnits input, SignalUnits output)
    {
        float[] linear = Read(_linear.Value), quadratic = Read(_terms[0].Weights.Value), cubic = Read(_terms[1].Weights.Value);
        float[]? offset = Offset is null ? null : Read(Offset.Value);
        for (int i = 0; offset is not null && i < offset.Length; i++)
        {
            offset[i] *= output.Scale;
        }

        if (output.Rows is { } rows)
        {
            rows.ScaleRows(linear);
            rows.ScaleRows(quadratic);
            rows.ScaleRows(cubic);
            offset = rows.Offset(offset);
        }

        return new PolynomialDecoder(Model.AtomCount, Model.OutputDimension, Read(Atoms.Value), linear, quadratic, cubic, Read(_terms[0].Factor.Value)[0], Read(_terms[1].Factor.Value)[0], offset, output.Scale);
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        // Beside the linear decoder, which the plain step has: a bound.
        int atoms = Model.AtomCount, rank = Atoms.Value.Columns, dimension = Model.OutputDimension;
        UInt128 total = (3 * OperationCost.Product(rows, rank, atoms, bias: true, mask: true))
            + (3 * OperationCost.Product(rows, dimension, rank, beta: true, bias: true))
            + OperationCost.Optimize(atoms, rank)
            + OperationCost.Optimize(rank, dimension)
            + QrRetraction.Operations(atoms, rank);
        foreach (Term term in _terms)
        {
            long r = term.Weights.Value.Rows;
            total += (4 * OperationCost.Product(rows, dimension, r)) + (3 * OperationCost.Product(rows, r, rank, beta: true)) + (8 * (UInt128)(rows * (dimension + r))) + OperationCost.Optimize(r, dimension) + OperationCost.Optimize(1, 1);
        }

        return total;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _retraction.Dispose();
        foreach (Term term in _terms)
        {
            term.Prefix.Dispose();
        }
    }

    private DeviceMatrix Projections(SaeStep step) => step.Scratch("polynomial.a", step.Rows, Atoms.Value.Columns);

    /// <summary>λ a_{1:r}^p K.</summary>
    /// <summary>From anywhere, not only from near: an average of orthonormal matrices, or normal numbers.</summary>
    private void Orthonormalize(DeviceMatrix matrix)
    {
        for (int pass = 0; pass < 3; pass++)
        {
            _retraction.Apply(matrix);
        }
    }

    private sealed class Term
    {
        public Term(Backend backend, int power, string name, int rank, int width, int dimension)
        {
            Power = power;
            Name = name;
            Weights = new Parameter(backend, "decoder." + name, width, dimension);
            Factor = new Parameter(backend, "decoder." + name + "_weight", 1, 1);

            // The first columns, as a product: [rank, width] with ones on the diagonal.
            Prefix = backend.Allocate(rank, width);
            var ones = new float[rank * width];
            for (int i = 0; i < width; i++)
            {
                ones[(i * width) + i] = 1;
            }

            backend.Write(Prefix, 0, ones);
        }

        public int Power { get; }

        public string Name { get; }

        public Parameter Weights { get; }

        public Parameter Factor { get; }

        public DeviceMatrix Prefix { get; }

        /// <summary>a_{1:r}, as <see cref="Powers"/> has left it.</summary>
        public DeviceMatrix First(SaeStep step) => step.Scratch("polynomial.first" + Power, step.Rows, Prefix.Columns);

        /// <summary>a_{1:r} to the power.</summary>
        public DeviceMatrix Powers(SaeStep step, DeviceMatrix a)
        {
            DeviceMatrix first = First(step), power = step.Scratch("polynomial.power" + Power, step.Rows, Prefix.Columns);
            step.Backend.Product(a, false, Prefix, false, first, ProductEpilogue.None);
            step.Backend.Map(MapOperation.Multiply, power, first, first);
            if (Power == 3)
            {
                step.Backend.Map(MapOperation.Multiply, power, power, first);
            }

            return power;
        }
    }
}
