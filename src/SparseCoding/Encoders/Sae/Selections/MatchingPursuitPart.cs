using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// Matching pursuit with the decoder's atoms: see <see cref="MatchingPursuitSelection"/>. Step t takes c = ⟨r_t, d⟩ and leaves r_{t+1} = r_t − c d. Backwards, with ρ_t the gradient at r_t and g that of
/// the codes: γ = g − ⟨ρ_{t+1}, d⟩ at c, ρ_t = ρ_{t+1} + γ d, and the atom gains γ r_t − c ρ_{t+1}.
/// </summary>
internal sealed class MatchingPursuitPart(SaeModel model, MatchingPursuitSelection selection) : SelectionPart(model)
{
    private static readonly SelectionRule s_largest = new(SelectionKind.TopK, 1);
    private DeviceCodes[] _path = [];
    private DeviceMatrix[] _residuals = [];

    private DeviceMatrix AtomValues => Model.IsTraining ? Model.Decoder.Atoms.Value : Model.Encoder.Weights.Value;

    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining);

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        Reserve(step.Rows);
        DeviceMatrix values = step.Codes.Values, one = step.Codes.Places("pursuit.one"), atoms = AtomValues;
        Backend.Map(MapOperation.Scale, _residuals[0], step.Input);
        for (int t = 0; t < _path.Length; t++)
        {
            Backend.EncodeAndSelect(_residuals[t], atoms, null, s_largest, _path[t]);
            Backend.Densify(_path[t], t == 0 ? values : one);
            if (t > 0)
            {
                Backend.Map(MapOperation.Add, values, values, one);
            }

            if (t + 1 < _path.Length)
            {
                Backend.DecodeResidual(_path[t], atoms, null, _residuals[t], _residuals[t + 1]);
                Backend.Map(MapOperation.Scale, _residuals[t + 1], _residuals[t + 1], null, -1);
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        DeviceMatrix atoms = AtomValues, target = Model.Decoder.Atoms.Gradient!;
        DeviceMatrix rho = step.Scratch("pursuit.rho", step.Rows, atoms.Columns), change = step.Scratch("pursuit.change", step.Rows, atoms.Columns);
        DeviceMatrix gamma = step.Scratch("pursuit.gamma", step.Rows, 1), through = step.Scratch("pursuit.through", step.Rows, 1);
        DeviceMatrix sums = step.Scratch("pursuit.sums", 1, Model.AtomCount), sum = step.Scratch("pursuit.sum", 1, Model.AtomCount);
        Backend.Fill(rho, 0);
        Backend.Fill(sums, 0);
        for (int t = _path.Length - 1; t >= 0; t--)
        {
            DeviceCodes codes = _path[t], slopes = codes.WithValues(gamma);
            Backend.GatherAtSupport(step.Codes.Gradient, codes, gamma, 1);
            Backend.SampledProduct(codes, atoms, rho, through, -1);
            Backend.Map(MapOperation.Add, gamma, gamma, through);
            Backend.WeightGradient(slopes, _residuals[t], target, 1, add: true);
            Backend.WeightGradient(codes, rho, target, -1, add: true);
            Backend.DecodeResidual(slopes, atoms, null, null, change);
            Backend.Map(MapOperation.Add, rho, rho, change);
            Backend.SumCodes(slopes, sum, 1);
            Backend.Map(MapOperation.Add, sums, sums, sum);
        }
    }

    /// <inheritdoc/>
    public override void AddOffsetGradient(SaeStep step, DeviceMatrix gradient) =>
        Backend.Product(step.Scratch("pursuit.sums", 1, Model.AtomCount), false, AtomValues, false, gradient, new ProductEpilogue { Alpha = -1, Beta = 1 });

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
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount, d = (UInt128)Model.InputDimension, n = (UInt128)Model.AtomCount;
        UInt128 one = OperationCost.EncodeAndSelect(rows, Model.AtomCount, Model.InputDimension, false) + size + ((UInt128)rows * ((13 * d) + 4)) + n;
        return ((UInt128)selection.Steps * one) + (3 * n * d);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        Release();
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
        _path = [.. Enumerable.Range(0, selection.Steps).Select(_ => Backend.AllocateCodes(rows, Model.AtomCount, 1))];
        _residuals = [.. Enumerable.Range(0, selection.Steps).Select(_ => Backend.Allocate(rows, Model.InputDimension))];
    }

    private void Release()
    {
        foreach (DeviceCodes codes in _path)
        {
            codes.Dispose();
        }

        foreach (DeviceMatrix matrix in _residuals)
        {
            matrix.Dispose();
        }
    }
}
