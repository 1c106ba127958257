using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// Orthogonal matching pursuit with the decoder's atoms: see <see cref="OrthogonalPursuitSelection"/>. The chosen atoms of a row are made orthonormal as they come,
/// d_t = Σ_s R_st q_s, so that the code solves R z = (q_t · x). Backwards, with g the gradient of the code: h solves RᵀR h = g, p = Σ h_t d_t reaches the signal, and atom t gains
/// h_t r − z_t p with the last residual r. R is one column of numbers for each of its entries, and both solves are substitutions over those columns.
/// </summary>
internal sealed class OrthogonalPursuitPart(SaeModel model, OrthogonalPursuitSelection selection) : SelectionPart(model)
{
    /// <summary>Squared length below which what is left of a unit atom counts as nothing.</summary>
    private const float Dependent = 1e-8f;

    private static readonly SelectionRule s_largest = new(SelectionKind.AbsTopK, 1);
    private readonly List<DeviceMatrix> _owned = [];
    private DeviceCodes[] _path = [];
    private DeviceMatrix[] _basis = [];
    private DeviceMatrix[] _atoms = [];
    private DeviceMatrix[] _inverse = [];
    private DeviceMatrix[] _projections = [];
    private DeviceMatrix[] _values = [];
    private DeviceMatrix[,] _factor = new DeviceMatrix[0, 0];

    private DeviceMatrix AtomValues => Model.IsTraining ? Model.Decoder.Atoms.Value : Model.Encoder.Weights.Value;

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining);

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        Reserve(step.Rows);
        int steps = selection.Steps;
        DeviceMatrix residual = step.Scratch("omp.residual", step.Rows, Model.InputDimension), change = step.Scratch("omp.change", step.Rows, Model.InputDimension);
        DeviceMatrix pre = step.Codes.Places("omp.pre"), free = step.Codes.Places("omp.free"), one = step.Codes.Places("omp.one"), column = step.Scratch("omp.column", step.Rows, 1);
        Backend.Map(MapOperation.Scale, residual, step.Input);
        Backend.Fill(free, 1);
        for (int t = 0; t < steps; t++)
        {
            Backend.Product(residual, false, AtomValues, true, pre, ProductEpilogue.None);
            Backend.Map(MapOperation.ReluGradient, pre, pre, free);
            Backend.Select(pre, s_largest, _path[t]);

            // Ones at the chosen places: they take the atom out of the choice, and gather it.
            Backend.Map(MapOperation.Sign, column, _path[t].Values);
            Backend.Map(MapOperation.Multiply, column, column, column);
            DeviceCodes ones = _path[t].WithValues(column);
            Backend.Densify(ones, one);
            Backend.Map(MapOperation.Add, free, free, one, 1, -1);
            Backend.DecodeResidual(ones, AtomValues, null, null, _atoms[t]);
            Backend.Map(MapOperation.Scale, _basis[t], _atoms[t]);
            for (int s = 0; s < t; s++)
            {
                Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachRow, _factor[s, t], _basis[s], _basis[t]);
                Backend.Map(MapOperation.Multiply, change, _basis[s], _factor[s, t]);
                Backend.Map(MapOperation.Add, _basis[t], _basis[t], change, 1, -1);
            }

            Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, column, _basis[t]);
            Backend.Map(MapOperation.InverseSquareRoot, _inverse[t], column, null, Dependent);
            Backend.Map(MapOperation.Multiply, _basis[t], _basis[t], _inverse[t]);
            Backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachRow, _projections[t], _basis[t], residual);
            Backend.Map(MapOperation.Multiply, change, _basis[t], _projections[t]);
            Backend.Map(MapOperation.Add, residual, residual, change, 1, -1);
        }

        Substitute(step, _projections, _values, transposed: false);
        for (int t = 0; t < steps; t++)
        {
            Backend.Densify(_path[t].WithValues(_values[t]), t == 0 ? step.Codes.Values : one);
            if (t > 0)
            {
                Backend.Map(MapOperation.Add, step.Codes.Values, step.Codes.Values, one);
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        int steps = selection.Steps;
        DeviceMatrix residual = step.Scratch("omp.residual", step.Rows, Model.InputDimension), change = step.Scratch("omp.change", step.Rows, Model.InputDimension), p = step.Scratch("omp.p", step.Rows, Model.InputDimension);
        DeviceMatrix target = Model.Decoder.Atoms.Gradient!, sums = step.Scratch("omp.sums", 1, Model.AtomCount), sum = step.Scratch("omp.sum", 1, Model.AtomCount);
        DeviceMatrix[] h = [.. Enumerable.Range(0, steps).Select(t => step.Scratch($"omp.h{t}", step.Rows, 1))];
        for (int t = 0; t < steps; t++)
        {
            Backend.GatherAtSupport(step.Codes.Gradient, _path[t], h[t], 1);
        }

        Substitute(step, h, h, transposed: true);
        Substitute(step, h, h, transposed: false);
        Backend.Fill(p, 0);
        Backend.Fill(sums, 0);
        for (int t = 0; t < steps; t++)
        {
            Backend.Map(MapOperation.Multiply, change, _atoms[t], h[t]);
            Backend.Map(MapOperation.Add, p, p, change);
            Backend.SumCodes(_path[t].WithValues(h[t]), sum, 1);
            Backend.Map(MapOperation.Add, sums, sums, sum);
        }

        for (int t = 0; t < steps; t++)
        {
            Backend.WeightGradient(_path[t].WithValues(h[t]), residual, target, 1, add: true);
            Backend.WeightGradient(_path[t].WithValues(_values[t]), p, target, -1, add: true);
        }
    }

    /// <inheritdoc/>
    public override void AddOffsetGradient(SaeStep step, DeviceMatrix gradient) =>
        Backend.Product(step.Scratch("omp.sums", 1, Model.AtomCount), false, AtomValues, false, gradient, new ProductEpilogue { Alpha = -1, Beta = 1 });

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step) => Tie();

    /// <inheritdoc/>
    public override void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
        if (Model.IsTraining && vectors is null)
        {
            Tie();
        }
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount, d = (UInt128)Model.InputDimension, n = (UInt128)Model.AtomCount, k = (UInt128)selection.Steps;
        return (k * ((size * ((2 * d) + 8)) + ((UInt128)rows * ((k + 8) * ((8 * d) + 8))) + (2 * n))) + (3 * n * d);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        Release();
    }

    /// <summary>target = R⁻¹ source, or R⁻ᵀ source; a diagonal of 0 gives 0. The two may be one.</summary>
    private void Substitute(SaeStep step, DeviceMatrix[] source, DeviceMatrix[] target, bool transposed)
    {
        DeviceMatrix product = step.Scratch("omp.product", step.Rows, 1), sum = step.Scratch("omp.partial", step.Rows, 1);
        int steps = selection.Steps;
        for (int i = 0; i < steps; i++)
        {
            int t = transposed ? i : steps - 1 - i;
            Backend.Map(MapOperation.Scale, sum, source[t]);
            for (int j = 0; j < i; j++)
            {
                int s = transposed ? j : steps - 1 - j;
                Backend.Map(MapOperation.Multiply, product, transposed ? _factor[s, t] : _factor[t, s], target[s]);
                Backend.Map(MapOperation.Add, sum, sum, product, 1, -1);
            }

            Backend.Map(MapOperation.Multiply, target[t], sum, _inverse[t]);
        }
    }

    /// <summary>The encoder's weights are the atoms: what a snapshot takes and a trained encoder codes with.</summary>
    private void Tie() => Backend.Map(MapOperation.Scale, Model.Encoder.Weights.Value, Model.Decoder.Atoms.Value);

    private void Reserve(int rows)
    {
        if (_path.Length > 0 && _path[0].Rows == rows)
        {
            return;
        }

        Release();
        int steps = selection.Steps;
        DeviceMatrix[] Many(int columns) => [.. Enumerable.Range(0, steps).Select(_ => Own(Backend.Allocate(rows, columns)))];
        _path = [.. Enumerable.Range(0, steps).Select(_ => Backend.AllocateCodes(rows, Model.AtomCount, 1))];
        (_basis, _atoms) = (Many(Model.InputDimension), Many(Model.InputDimension));
        (_inverse, _projections, _values) = (Many(1), Many(1), Many(1));
        _factor = new DeviceMatrix[steps, steps];
        for (int t = 0; t < steps; t++)
        {
            for (int s = 0; s < t; s++)
            {
                _factor[s, t] = Own(Backend.Allocate(rows, 1));
            }
        }
    }

    private DeviceMatrix Own(DeviceMatrix matrix)
    {
        _owned.Add(matrix);
        return matrix;
    }

    private void Release()
    {
        foreach (DeviceCodes codes in _path)
        {
            codes.Dispose();
        }

        foreach (DeviceMatrix matrix in _owned)
        {
            matrix.Dispose();
        }

        _owned.Clear();
    }
}
