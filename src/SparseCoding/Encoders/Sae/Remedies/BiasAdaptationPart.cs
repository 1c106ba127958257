using SparseCoding.Backends;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>Group bias adaptation at work: see <see cref="BiasAdaptationRemedy"/>. Statistics stay on the device; the rule runs on the host, once for each buffer.</summary>
internal sealed class BiasAdaptationPart : RemedyPart
{
    private const float LeastLength = 1e-6f;
    private readonly BiasAdaptationRemedy _options;
    private readonly int[] _groups;
    private readonly DeviceMatrix _fired;
    private readonly DeviceMatrix _largest;
    private readonly DeviceMatrix _longest;
    private readonly DeviceMatrix _rows;
    private readonly DeviceMatrix _work;

    /// <summary>Draws the groups, which depend on the seed alone.</summary>
    public BiasAdaptationPart(SaeModel model, BiasAdaptationRemedy options)
        : base(model)
    {
        _options = options;
        int atoms = model.AtomCount;
        _fired = Backend.Allocate(1, atoms);
        _largest = Backend.Allocate(1, atoms);
        _work = Backend.Allocate(1, atoms);
        _longest = Backend.Allocate(1, 1);
        _rows = Backend.Allocate(1, 1);

        _groups = DrawGroups(model.Training!.Seed, atoms, options.Groups);
    }

    /// <summary>Group of each latent: equal groups (but for the remainder) of a random order, which depends on the seed alone.</summary>
    internal static int[] DrawGroups(long seed, int atoms, int count)
    {
        var order = new int[atoms];
        new RandomStream(seed, "sae.bias_adaptation.groups").SampleWithoutReplacement(atoms, order);
        var groups = new int[atoms];
        for (int i = 0; i < atoms; i++)
        {
            groups[order[i]] = (int)((long)i * count / atoms);
        }

        return groups;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() =>
        [("bias_adaptation.fired", _fired), ("bias_adaptation.largest", _largest), ("bias_adaptation.longest", _longest), ("bias_adaptation.rows", _rows)];

    /// <summary>With w = s d the atom takes the encoder's gradient too, s ∂L/∂w, and the encoder keeps what changes s: (∂L/∂w · d) d.</summary>
    public override void AddParameterGradient(SaeStep step)
    {
        if (!_options.TieEncoder)
        {
            return;
        }

        DeviceMatrix atoms = Model.Decoder.Atoms.Value, gradient = Model.Encoder.Weights.Gradient!;
        DeviceMatrix slope = step.Scratch("bias_adaptation.slope", Model.AtomCount, 1), change = step.Scratch("bias_adaptation.change", Model.AtomCount, atoms.Columns);
        Backend.Map(MapOperation.Multiply, change, gradient, Lengths(step, "bias_adaptation.before"));
        if (!Model.Decoder.Atoms.IsFrozen)
        {
            Backend.Map(MapOperation.Add, Model.Decoder.Atoms.Gradient!, Model.Decoder.Atoms.Gradient!, change);
        }

        Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachRow, slope, gradient, atoms);
        Backend.Map(MapOperation.Multiply, gradient, atoms, slope);
    }

    /// <summary>s of w = s d, at least 1e-6, [atoms, 1].</summary>
    private DeviceMatrix Lengths(SaeStep step, string name)
    {
        DeviceMatrix lengths = step.Scratch(name, Model.AtomCount, 1);
        Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachRow, lengths, Model.Encoder.Weights.Value, Model.Decoder.Atoms.Value);
        Backend.Map(MapOperation.Relu, lengths, lengths);
        Backend.Map(MapOperation.Affine, lengths, lengths, null, LeastLength, 1);
        return lengths;
    }

    /// <summary>Puts the encoder back on the directions of the atoms, and scales the biases as the rows: the share of signals above them stays as it was.</summary>
    private void Tie(SaeStep step)
    {
        DeviceMatrix before = step.Scratch("bias_adaptation.before", Model.AtomCount, 1), lengths = Lengths(step, "bias_adaptation.after");

        // Adam moves every entry of a row by about its rate, and so their common factor by √dimension times that: s would fall to 0 before anything is learned.
        float share = (float)(1 / Math.Sqrt(Model.InputDimension));
        Backend.Map(MapOperation.Add, lengths, lengths, before, share, 1 - share);
        Backend.Map(MapOperation.Multiply, Model.Encoder.Weights.Value, Model.Decoder.Atoms.Value, lengths);
        DeviceMatrix one = step.Scratch("bias_adaptation.one", 1, 1);
        Backend.Fill(one, 1);
        Backend.Map(MapOperation.Divide, before, lengths, before);
        Backend.Product(one, false, before, true, _work, ProductEpilogue.None);
        Backend.Map(MapOperation.Multiply, Model.Encoder.Bias!.Value, Model.Encoder.Bias.Value, _work);
    }

    /// <inheritdoc/>
    public override void CountPiece(SaeStep step)
    {
        step.Codes.CountActive(_work);
        Backend.Map(MapOperation.Add, _fired, _fired, _work);

        Backend.Reduce(ReduceOperation.MaxAbsolute, ReduceAxis.EachColumn, _work, step.Codes.Values);
        Raise(_largest, _work);
        DeviceMatrix lengths = step.Scratch("bias_adaptation.lengths", step.Rows, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, lengths, step.Input);
        Backend.Reduce(ReduceOperation.MaxAbsolute, ReduceAxis.All, step.Scalar, lengths);
        Raise(_longest, step.Scalar);
        Backend.Map(MapOperation.Affine, _rows, _rows, null, step.Rows, 1);
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step)
    {
        if (_options.TieEncoder)
        {
            Tie(step);
        }

        if (step.Number % _options.BufferSteps != 0)
        {
            return;
        }

        DeviceMatrix squares = step.Scratch("bias_adaptation.norms", Model.AtomCount, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, squares, Model.Encoder.Weights.Value);
        float[] bias = Host(Model.Encoder.Bias!.Value), norms = Host(squares);
        double rows = Host(_rows)[0], length = Math.Sqrt(Host(_longest)[0]);
        float[] rates = Array.ConvertAll(Host(_fired), fired => (float)(fired / rows));
        float[] floors = Array.ConvertAll(norms, square => (float)(-_options.Floor * Math.Sqrt(square) * length));
        Adapt(bias, rates, Host(_largest), _groups, floors, _options);
        Backend.Write(Model.Encoder.Bias.Value, 0, bias);
        foreach (DeviceMatrix matrix in (DeviceMatrix[])[_fired, _largest, _longest, _rows])
        {
            Backend.Fill(matrix, 0);
        }
    }

    /// <summary>The rule on the host; all spans [atoms].</summary>
    internal static void Adapt(Span<float> bias, ReadOnlySpan<float> rates, ReadOnlySpan<float> largest, ReadOnlySpan<int> groups, ReadOnlySpan<float> floors, BiasAdaptationRemedy options)
    {
        var sums = new double[options.Groups];
        var counts = new int[options.Groups];
        for (int i = 0; i < bias.Length; i++)
        {
            if (rates[i] > 0)
            {
                sums[groups[i]] += largest[i];
                counts[groups[i]]++;
            }
        }

        for (int i = 0; i < bias.Length; i++)
        {
            int group = groups[i];
            if (rates[i] > options.Target(group))
            {
                bias[i] = Math.Max(bias[i] - (options.DecreaseRate * largest[i]), floors[i]);
            }
            else if (rates[i] < options.DeadRate)
            {
                double mean = counts[group] > 0 ? sums[group] / counts[group] : 0;
                bias[i] = (float)Math.Min(bias[i] + (options.IncreaseRate * mean), 0);
            }
        }
    }

    /// <inheritdoc/>
    public override UInt128 Operations(long rows) =>
        (3 * (UInt128)(rows * Model.AtomCount))
        + (2 * (UInt128)(rows * Model.InputDimension))
        + (6 * (UInt128)Model.AtomCount)
        + (2 * (UInt128)((long)Model.AtomCount * Model.InputDimension))
        + (2 * (UInt128)rows)
        + 4
        + (_options.TieEncoder ? 12 * (UInt128)((long)Model.AtomCount * (Model.InputDimension + 1)) : 0);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _fired.Dispose();
        _largest.Dispose();
        _work.Dispose();
        _longest.Dispose();
        _rows.Dispose();
    }

    /// <summary>target = max(target, other), of numbers that are not negative: a + relu(b − a). The other is used up.</summary>
    private void Raise(DeviceMatrix target, DeviceMatrix other)
    {
        Backend.Map(MapOperation.Add, other, other, target, 1, -1);
        Backend.Map(MapOperation.Relu, other, other);
        Backend.Map(MapOperation.Add, target, target, other);
    }

    private float[] Host(DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        Backend.Read(matrix, 0, values);
        return values;
    }
}
