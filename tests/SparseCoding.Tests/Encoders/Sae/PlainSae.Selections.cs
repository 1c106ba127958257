using SparseCoding.Encoders;
using SparseCoding.Numerics;

namespace SparseCoding.Tests;

/// <content>Selections that came later. What a gradient takes as a constant, or straight through, has the values of the first call.</content>
internal sealed partial class PlainSae
{
    private readonly Dictionary<string, double[]> _constants = [];

    /// <summary>∫ K from −∞ to u.</summary>
    private static double Ramp(StraightThroughKernel kernel, double u)
    {
        double v = Math.Clamp(u, -1, 1);
        return kernel switch
        {
            StraightThroughKernel.Triangle => 0.5 + v - (Math.Sign(v) * v * v / 2),
            StraightThroughKernel.Epanechnikov => 0.5 + (0.75 * (v - (v * v * v / 3))),
            StraightThroughKernel.Quartic => 0.5 + (15.0 / 16 * (v - (2 * v * v * v / 3) + (Math.Pow(v, 5) / 5))),
            StraightThroughKernel.Gaussian => Enumerable.Range(0, 20_000).Sum(i => Math.Exp(-Math.Pow(-10 + ((i + 0.5) * (u + 10) / 20_000), 2) / 2)) * (u + 10) / 20_000 / Math.Sqrt(2 * Math.PI),
            _ => Math.Clamp(u + 0.5, 0, 1),
        };
    }

    /// <summary>What the penalty looks at where it is not the codes.</summary>
    private double[][]? Penalized(double[][] pre) => form.Selection is GatedSelection ? [.. pre.Select(row => row.Select(v => Math.Max(v, 0)).ToArray())] : null;

    private double OwnLoss(double[][] pre, double[][] codes)
    {
        double loss = 0;
        for (int row = 0; row < codes.Length; row++)
        {
            loss += form.Selection switch
            {
                GatedSelection => GateLoss(row, pre[row]),
                TopAfaSelection afa => afa.LossWeight * Math.Pow(Math.Sqrt(codes[row].Select((z, atom) => Math.Pow(z * Norm(atom), 2)).Sum()) - Constant($"norm {row}", () => [Length(Input(row))])[0], 2),
                VariationalTopKSelection variational => 0.5 * variational.DivergenceWeight * pre[row].Select((mean, atom) => (mean * mean) + Divergence(variational, row, atom)).Sum(),
                _ => 0,
            };
        }

        return loss / SaeForm.Rows;
    }

    private double Divergence(VariationalTopKSelection selection, int row, int atom) => selection.Deviation is null ? Math.Exp(LogVariance(row, atom)) - 1 - LogVariance(row, atom) : 0;

    private double GateLoss(int row, double[] pre)
    {
        double[] atoms = Constant("atoms", () => [.. parameters["decoder.atoms"]]), offset = Constant("offset", () => [.. parameters.GetValueOrDefault("decoder.bias") ?? new double[D]]);
        return 0.5 * Target(row).Select((x, j) => Math.Pow(offset[j] + pre.Select((v, atom) => Math.Max(v, 0) * atoms[(atom * D) + j]).Sum() - x, 2)).Sum();
    }

    private double[][] SelectMore(double[][] pre)
    {
        switch (form.Selection)
        {
            case GroupMaxSelection group:
                return [.. pre.Select(row => row.Select((v, atom) => v > 0 && v >= row.Where((_, other) => Group(other) == Group(atom)).Max() ? v : 0).ToArray())];
                int Group(int atom) => Enumerable.Range(0, group.Groups).Last(g => atom >= g * N / group.Groups);
            case FeatureChoiceSelection choice:
                float[] quotas = choice.Quotas(N, SaeForm.Rows);
                return [.. pre.Select(row => row.Select((v, atom) => v > 0 && pre.Count(other => other[atom] > v) < quotas[atom] ? v : 0).ToArray())];
            case SoftThresholdSelection soft:
                return [.. pre.Select(row => row.Select(v => Math.Sign(v) * Math.Max(Math.Abs(v) - soft.Threshold, 0)).ToArray())];
            case HardThresholdSelection hard:
                return [.. pre.Select(row => row.Select(v => Math.Abs(v) > hard.Threshold ? v : 0).ToArray())];
            case ProLuSelection prolu:
                return [.. pre.Select((row, r) => row.Select((shifted, atom) => ProLu(prolu, r, atom, shifted)).ToArray())];
            case GatedSelection:
                return [.. pre.Select(row => row.Select((gate, atom) => gate <= 0 ? 0
                    : Math.Max((Math.Exp(parameters[GatedSelection.ScaleName][atom]) * (gate - Bias(atom))) + parameters[GatedSelection.BiasName][atom], 0)).ToArray())];
            case TopAfaSelection:
                return [.. pre.Select(ToNorm)];
            case MatchingPursuitSelection pursuit:
                return [.. Enumerable.Range(0, SaeForm.Rows).Select(row => Pursue(Input(row), pursuit.Steps))];
            case OrthogonalPursuitSelection pursuit:
                return [.. Enumerable.Range(0, SaeForm.Rows).Select(row => PursueOrthogonally(Input(row), pursuit.Steps))];
            case VariationalTopKSelection variational:
                return [.. pre.Select((row, r) => KeepLargest([.. row.Select((mean, atom) => mean + Noise(variational, r, atom))], variational.K))];
            default:
                throw new NotSupportedException();
        }
    }

    private double ProLu(ProLuSelection selection, int row, int atom, double shifted)
    {
        double product = shifted - Bias(atom), bias = Constant("bias", () => [.. parameters["encoder.0.bias"]])[atom], start = Constant($"shifted {row} {atom}", () => [shifted])[0];
        if (product <= 0 || shifted <= 0)
        {
            return 0;
        }

        return selection.StraightThrough ? product * (1 + shifted - start) : product + Bias(atom) - bias;
    }

    private double[] ToNorm(double[] pre, int row)
    {
        double norm = Length(Input(row));
        int[] order = [.. Enumerable.Range(0, N).Where(atom => pre[atom] > 0).OrderByDescending(atom => pre[atom] * Norm(atom))];
        int best = Enumerable.Range(1, order.Length).DefaultIfEmpty().MinBy(n => Math.Abs(Length([.. order.Take(n).Select(atom => pre[atom] * Norm(atom))]) - norm));
        return [.. pre.Select((v, atom) => order.Take(best).Contains(atom) ? v : 0)];
    }

    private double[] Pursue(double[] residual, int steps)
    {
        var code = new double[N];
        for (int t = 0; t < steps; t++)
        {
            double[] products = [.. Enumerable.Range(0, N).Select(atom => Atom(atom).Zip(residual, (a, b) => a * b).Sum())];
            int best = Array.IndexOf(products, products.Max());
            if (products[best] <= 0)
            {
                break;
            }

            code[best] += products[best];
            residual = [.. residual.Select((x, j) => x - (products[best] * Atom(best)[j]))];
        }

        return code;
    }

    private double[] PursueOrthogonally(double[] signal, int steps)
    {
        var support = new List<int>();
        double[] code = new double[N], residual = signal;
        for (int t = 0; t < steps; t++)
        {
            double[] size = [.. Enumerable.Range(0, N).Select(atom => support.Contains(atom) ? -1 : Math.Abs(Atom(atom).Zip(residual, (a, b) => a * b).Sum()))];
            support.Add(Array.IndexOf(size, size.Max()));

            // The normal equations of the support, by Gauss-Jordan.
            int k = support.Count;
            double[][] rows = [.. support.Select(a => support.Select(b => Atom(a).Zip(Atom(b), (x, y) => x * y).Sum()).Append(Atom(a).Zip(signal, (x, y) => x * y).Sum()).ToArray())];
            for (int p = 0; p < k; p++)
            {
                for (int i = 0; i < k; i++)
                {
                    double factor = i == p ? 0 : rows[i][p] / rows[p][p];
                    rows[i] = [.. rows[i].Select((v, j) => v - (factor * rows[p][j]))];
                }
            }

            code = new double[N];
            for (int i = 0; i < k; i++)
            {
                code[support[i]] = rows[i][k] / rows[i][i];
            }

            residual = [.. signal.Select((x, j) => x - Enumerable.Range(0, N).Sum(atom => code[atom] * Atom(atom)[j]))];
        }

        return code;
    }

    private double Noise(VariationalTopKSelection selection, int row, int atom)
    {
        double[] noise = Constant("noise", () =>
        {
            var stream = new RandomStream(0L, VariationalTopKPart.NoisePurpose, 1);
            var values = new List<double>();
            for (int r = 0; r < SaeForm.Rows; r++)
            {
                var drawn = new float[N];
                stream.FillNormal(drawn, selection.Deviation ?? 1);
                values.AddRange(drawn.Select(v => (double)v));
            }

            return [.. values];
        });
        return noise[(row * N) + atom] * (selection.Deviation is null ? Math.Exp(LogVariance(row, atom) / 2) : 1);
    }

    private double LogVariance(int row, int atom) =>
        parameters["encoder.log_variance.bias"][atom] + Input(row).Select((x, j) => x * parameters["encoder.log_variance.weight"][(atom * D) + j]).Sum();

    private double Bias(int atom) => parameters.GetValueOrDefault("encoder.0.bias")?[atom] ?? 0;

    private double[] Input(int row) => [.. Target(row).Select((x, j) => x - (parameters.GetValueOrDefault("decoder.bias")?[j] ?? 0))];

    private double[] Constant(string name, Func<double[]> now) => _constants.TryGetValue(name, out double[]? value) ? value : _constants[name] = now();

    private static double Length(double[] vector) => Math.Sqrt(vector.Sum(v => v * v));

    private static double[] KeepLargest(double[] row, int k) => [.. row.Select(v => v > 0 && v >= row.OrderDescending().ElementAt(k - 1) ? v : 0)];
}
