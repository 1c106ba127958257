using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>Resampling at work: see <see cref="ResamplingRemedy"/>. It goes through the host, every so many steps.</summary>
internal sealed class ResamplingPart : RemedyPart
{
    private readonly ResamplingRemedy _options;
    private readonly float _scale;

    /// <summary>Takes the scale of new encoder rows from the options, or from the kind of the selection.</summary>
    public ResamplingPart(SaeModel model, ResamplingRemedy options)
        : base(model)
    {
        _options = options;
        _scale = options.EncoderScale ?? (model.Options.Selection.NeedsPenalty ? 0.2f : 1);
    }

    /// <inheritdoc/>
    public override void AfterStep(SaeStep step)
    {
        if (step.Number % _options.Every != 0 || step.Number > _options.UntilShare * Model.TotalSteps)
        {
            return;
        }

        float[] silent = Host(Model.Latents!.Silent);
        long window = _options.Window!.Value;
        int[] dead = [.. Enumerable.Range(0, silent.Length).Where(i => silent[i] >= window)];
        if (dead.Length == 0)
        {
            return;
        }

        DeviceMatrix column = step.Scratch("resampling.rows", step.Rows, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, column, step.Residual);
        int[] rows = Draw(Host(column), dead.Length, new RandomStream(Model.Training!.Seed, "sae.resampling", (ulong)step.Number));
        Array.Resize(ref dead, rows.Length);
        float norm = _scale * LiveNorm(step, silent, window);
        float[] inputs = Host(step.Input), targets = step.Target == step.Signals ? inputs : Host(step.Target);
        float[]? offset = targets == inputs || Model.Decoder.Offset is null ? null : Host(Model.Decoder.Offset.Value);
        var direction = new float[Model.InputDimension];
        var atom = new float[Model.OutputDimension];
        for (int i = 0; i < dead.Length; i++)
        {
            Unit(inputs.AsSpan(rows[i] * direction.Length, direction.Length), default, norm, direction);
            Unit(targets.AsSpan(rows[i] * atom.Length, atom.Length), offset, 1, atom);
            Model.Encoder.Weights.SetRow(Backend, dead[i], direction);
            Model.Decoder.Atoms.SetRow(Backend, dead[i], atom);
            silent[dead[i]] = 0;
        }

        Model.Encoder.Bias?.SetEntries(Backend, dead, 0);
        Model.Selection.Restart(dead);
        Backend.Write(Model.Latents.Silent, 0, silent);
    }

    /// <inheritdoc/>
    public override UInt128 Operations(long rows) =>
        OperationCost.Reduce(ReduceOperation.SumSquares, rows * Model.OutputDimension)
        + OperationCost.Reduce(ReduceOperation.SumSquares, (long)Model.AtomCount * Model.InputDimension);

    /// <summary>
    /// At most <paramref name="count"/> rows without repetition, in the order drawn, with probability ∝ the square of the loss: the smallest of
    /// −log(u)/w are such a draw (Efraimidis and Spirakis 2006). Rows of loss 0 are never drawn; ties go to the lower row.
    /// </summary>
    internal static int[] Draw(ReadOnlySpan<float> losses, int count, RandomStream stream)
    {
        var keys = new List<(double Key, int Row)>(losses.Length);
        for (int row = 0; row < losses.Length; row++)
        {
            double exponential = -Math.Log(1 - stream.NextDouble()), weight = (double)losses[row] * losses[row];
            if (weight > 0)
            {
                keys.Add((exponential / weight, row));
            }
        }

        keys.Sort();
        return [.. keys.Take(count).Select(key => key.Row)];
    }

    /// <summary>Mean norm of the live rows of the encoder; of all rows where none is live.</summary>
    private float LiveNorm(SaeStep step, float[] silent, long window)
    {
        DeviceMatrix squares = step.Scratch("resampling.atoms", Model.AtomCount, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, squares, Model.Encoder.Weights.Value);
        float[] host = Host(squares);
        double[] live = [.. host.Where((_, i) => silent[i] < window).Select(square => Math.Sqrt(square))];
        return (float)(live.Length > 0 ? live.Average() : host.Average(square => Math.Sqrt(square)));
    }

    /// <summary>target = norm · (signal − offset)/‖signal − offset‖; 0 stays 0.</summary>
    private static void Unit(ReadOnlySpan<float> signal, ReadOnlySpan<float> offset, float norm, Span<float> target)
    {
        double squares = 0;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = signal[i] - (offset.IsEmpty ? 0 : offset[i]);
            squares += (double)target[i] * target[i];
        }

        double factor = squares > 0 ? norm / Math.Sqrt(squares) : 0;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)(target[i] * factor);
        }
    }

    private float[] Host(DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        Backend.Read(matrix, 0, values);
        return values;
    }
}
