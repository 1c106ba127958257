namespace SparseCoding.Tests;

/// <summary>The losses of the documentation in double precision, written down from the formulas and not from the code.</summary>
internal sealed partial class PlainSae(SaeForm form, IReadOnlyDictionary<string, double[]> parameters, float[] signals, int[] dead)
{
    private const int D = SaeForm.Dimension, N = SaeForm.AtomCount;
    private double[][]? _error;

    /// <summary>Loss of the batch; what counts as constant (the error that dead latents code) is that of the first call.</summary>
    public double Loss()
    {
        double[][] pre = Pre(), codes = Select(pre);
        double[][] error = [.. codes.Select((z, row) => Target(row).Zip(Decode(z), (a, b) => a - b).ToArray())];
        _error ??= error;
        return OfCodes(codes, penalized: Penalized(pre)) + Auxiliary(pre) + OwnLoss(pre, codes);
    }

    /// <summary>
    /// The function whose derivative at <paramref name="logThresholds"/> the straight-through gradient is by definition: each place counts with the
    /// ramp of width ε around the threshold, times what the loss gains by θ there.
    /// </summary>
    public double ThresholdSurrogate(double[] logThresholds)
    {
        double[][] pre = Pre(), codes = Select(pre);
        var selection = (JumpReluSelection)form.Selection;
        double count = form.Penalty switch { null => 0.0025f, L0Penalty l0 => l0.Weight.Value, SquaredL0Penalty l0 => 2 * l0.Weight.Value * ((MeanCount(codes) / l0.Target) - 1) / l0.Target, _ => 0 }, sum = 0;
        for (int row = 0; row < codes.Length; row++)
        {
            for (int atom = 0; atom < N; atom++)
            {
                double keep = codes[row][atom];
                codes[row][atom] = keep + 1e-5;
                double above = OfCodes(codes, smooth: true);
                codes[row][atom] = keep - 1e-5;
                double gradient = (above - OfCodes(codes, smooth: true)) / 2e-5;
                codes[row][atom] = keep;
                double ramp = Ramp(selection.Kernel, (pre[row][atom] - Math.Exp(logThresholds[atom])) / selection.Bandwidth);
                sum += ((gradient * Math.Exp(parameters["encoder.log_threshold"][atom])) + (count / SaeForm.Rows)) * ramp;
            }
        }

        return sum + GapAt(logThresholds, pre);
    }

    private double OfCodes(double[][] codes, bool smooth = false, double[][]? penalized = null)
    {
        double loss = 0;
        for (int row = 0; row < codes.Length; row++)
        {
            loss += 0.5 * Target(row).Zip(Decode(codes[row]), (a, b) => (a - b) * (a - b)).Sum();
            foreach (int prefix in form.Prefixes ?? [])
            {
                loss += 0.5 * SaeForm.PrefixWeight * Target(row).Zip(Decode([.. codes[row].Select((z, atom) => atom < prefix ? z : 0)]), (a, b) => (a - b) * (a - b)).Sum();
            }

            for (int atom = 0; atom < N; atom++)
            {
                double z = (penalized ?? codes)[row][atom];
                loss += form.Penalty switch
                {
                    null => form.Selection switch { JumpReluSelection => smooth || z == 0 ? 0 : 0.0025f, { NeedsPenalty: true } => 0.0025f * Math.Abs(z), _ => 0 },
                    L0Penalty l0 => smooth || z == 0 ? 0 : l0.Weight.Value,
                    SquaredL0Penalty => 0,
                    TanhPenalty tanh => tanh.Weight.Value * Math.Tanh(tanh.Slope * (smooth ? z : Math.Abs(z)) * Norm(atom)),
                    _ when smooth && Math.Abs(z) < 1e-4 => 0,
                    L1Penalty l1 => l1.Weight.Value * Math.Abs(z) * (l1.TimesDecoderNorm ? Norm(atom) : 1),
                    LogPenalty log => log.Weight.Value * Math.Log(1 + (Math.Abs(z) * Norm(atom) / log.Offset)),
                    LpPenalty lp => lp.Weight.Value * (Math.Pow(Math.Abs(z) + lp.Offset, lp.Power) - Math.Pow(lp.Offset, lp.Power)),
                    _ => throw new NotSupportedException(),
                };
            }
        }

        double whole = form.Penalty is SquaredL0Penalty squared && !smooth ? squared.Weight.Value * Math.Pow((MeanCount(codes) / squared.Target) - 1, 2) : 0;
        return (loss / SaeForm.Rows) + whole;
    }

    private static double MeanCount(double[][] codes) => codes.Average(row => row.Count(z => z != 0));

    private double[] Target(int row) => [.. signals.Skip(row * D).Take(D).Select(x => x / 2.0)];

    private ArraySegment<double> Atom(int atom) => new(parameters["decoder.atoms"], atom * D, D);

    private double Norm(int atom) => form.UnitNorm ? 1 : Math.Sqrt(Atom(atom).Sum(v => v * v));

    private double[] Decode(double[] z) =>
        [.. Enumerable.Range(0, D).Select(j => (parameters.TryGetValue("decoder.bias", out double[]? b) ? b[j] : 0) + Enumerable.Range(0, N).Sum(atom => z[atom] * Atom(atom)[j]))];

    private double[][] Pre() =>
        [.. Enumerable.Range(0, SaeForm.Rows).Select(row =>
        {
            double[] u = Target(row);
            return Enumerable.Range(0, N).Select(atom => parameters.GetValueOrDefault("encoder.0.bias")?[atom] ?? 0)
                .Select((bias, atom) => bias + u.Select((x, j) => (x - (parameters.GetValueOrDefault("decoder.bias")?[j] ?? 0)) * parameters["encoder.0.weight"][(atom * D) + j]).Sum())
                .ToArray();
        })];

    private double[][] Select(double[][] pre)
    {
        switch (form.Selection)
        {
            case ReluSelection:
                return [.. pre.Select(row => row.Select(v => Math.Max(v, 0)).ToArray())];
            case JumpReluSelection:
                return [.. pre.Select(row => row.Select((v, j) => v > Math.Exp(parameters["encoder.log_threshold"][j]) ? v : 0).ToArray())];
            case BatchTopKSelection batch:
                double least = pre.SelectMany(row => row).OrderDescending().ElementAt((int)(batch.K * SaeForm.Rows) - 1);
                return [.. pre.Select(row => row.Select(v => v >= least && v > 0 ? v : 0).ToArray())];
            case AbsTopKSelection abs:
                return [.. pre.Select(row => row.Select(v => Math.Abs(v) >= row.Select(Math.Abs).OrderDescending().ElementAt(abs.K - 1) ? v : 0).ToArray())];
            case TopKSelection top:
                return [.. pre.Select(row => KeepLargest(row, top.K))];
            default:
                return SelectMore(pre);
        }
    }
}
