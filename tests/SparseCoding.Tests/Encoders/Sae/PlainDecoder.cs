namespace SparseCoding.Tests;

/// <summary>Loss and reconstruction of every decoder in double precision, written down from the documentation and not from the code.</summary>
internal sealed class PlainDecoder
{
    private const int N = DecoderForm.AtomCount, D = DecoderForm.Dimension;
    private readonly DecoderForm _form;
    private readonly IReadOnlyDictionary<string, double[]> _parameters;
    private readonly double[][] _points;
    private readonly (double[] Mean, double[] Scale)[] _inputs;
    private readonly (double[] Mean, double[] Scale)[] _outputs;
    private readonly double[][] _signals;
    private readonly double[][] _targets;

    public PlainDecoder(DecoderForm form, IReadOnlyDictionary<string, double[]> parameters, double[][] points)
    {
        _form = form;
        _parameters = parameters;
        _points = points;
        double[][] x = Rows(DecoderForm.Signals(DecoderForm.Rows, D, 11)), y = form.IsPaired ? Rows(DecoderForm.Signals(DecoderForm.Rows, DecoderForm.Targets, 12)) : x;
        _inputs = Units(x);
        _outputs = form.IsPaired ? Units(y) : _inputs;
        _signals = Apply(x, _inputs);
        _targets = Apply(y, _outputs);
    }

    /// <summary>Loss of the batch.</summary>
    public double Loss()
    {
        double loss = 0;
        for (int row = 0; row < DecoderForm.Rows; row++)
        {
            double[] z = Code(row);
            loss += 0.5 * _targets[row].Zip(Decode(row, z), (a, b) => (a - b) * (a - b)).Sum();
            loss += _form.Penalty is TanhPenalty tanh
                ? Enumerable.Range(0, N).Sum(atom => tanh.Weight.Value * Math.Tanh(tanh.Slope * Math.Abs(z[atom]) * Norm(atom)))
                : _form.Selection is ReluSelection ? z.Sum(v => 0.0025f * v) : 0;
        }

        return loss / DecoderForm.Rows;
    }

    /// <summary>Code of a signal.</summary>
    public double[] Code(int row)
    {
        bool centred = !_form.IsPaired && _parameters.ContainsKey("decoder.bias");
        double[] pre = [.. Enumerable.Range(0, N).Select(atom =>
            (_parameters.GetValueOrDefault("encoder.0.bias")?[atom] ?? 0)
            + Enumerable.Range(0, D).Sum(j => (_signals[row][j] - (centred ? _parameters["decoder.bias"][j] : 0)) * _parameters["encoder.0.weight"][(atom * D) + j]))];
        double least = _form.Selection is TopKSelection top ? pre.OrderDescending().ElementAt(top.K - 1) : double.NegativeInfinity;
        return [.. pre.Select(v => v > 0 && v >= least ? v : 0)];
    }

    /// <summary>Reconstruction in the units of the signals (or targets).</summary>
    public double[] Reconstruction(int row) => [.. Decode(row, Code(row)).Select((v, j) => _outputs[row].Mean[j] + (_outputs[row].Scale[j] * v))];

    private double[] Decode(int row, double[] z)
    {
        int width = _form.OutputDimension;
        var made = new double[width];
        _parameters.GetValueOrDefault("decoder.bias")?.CopyTo(made, 0);
        if (_form.Decoder is PolynomialDecoderOptions)
        {
            double[] basis = _parameters["decoder.atoms"];
            int rank = basis.Length / N;
            double[] a = [.. Enumerable.Range(0, rank).Select(r => Enumerable.Range(0, N).Sum(atom => z[atom] * basis[(atom * rank) + r]))];
            foreach ((string name, int power, double factor) in ((string, int, double)[])[("linear", 1, 1), ("quadratic", 2, _parameters["decoder.quadratic_weight"][0]), ("cubic", 3, _parameters["decoder.cubic_weight"][0])])
            {
                double[] matrix = _parameters["decoder." + name];
                for (int i = 0; i < matrix.Length; i++)
                {
                    made[i % width] += factor * Math.Pow(a[i / width], power) * matrix[i];
                }
            }

            return made;
        }

        for (int atom = 0; atom < N; atom++)
        {
            double[] d = Atom(atom);
            for (int j = 0; j < width; j++)
            {
                made[j] += z[atom] * d[j];
            }
        }

        if (_parameters.GetValueOrDefault("decoder.skip") is { } skip)
        {
            for (int i = 0; i < skip.Length; i++)
            {
                made[i / D] += skip[i] * _signals[row][i % D];
            }
        }

        return made;
    }

    private double[] Atom(int atom)
    {
        int width = _form.OutputDimension;
        if (_form.Decoder is not ArchetypalDecoderOptions)
        {
            return [.. _parameters["decoder.atoms"].Skip(atom * width).Take(width)];
        }

        double[] weights = _parameters["decoder.weights"], slack = _parameters["decoder.slack"];
        double factor = Math.Exp(_parameters["decoder.multiplier"][0]);
        return [.. Enumerable.Range(0, width).Select(j => factor * (slack[(atom * width) + j] + _points.Select((point, p) => weights[(atom * _points.Length) + p] * point[j]).Sum()))];
    }

    private double Norm(int atom)
    {
        double[] d = Atom(atom);
        return _form.Decoder switch
        {
            TranscoderDecoderOptions { UnitNorm: true } => 1,
            CrosscoderDecoderOptions => Math.Abs(d[0]) + Math.Sqrt(d.Skip(1).Sum(v => v * v)),
            _ => Math.Sqrt(d.Sum(v => v * v)),
        };
    }

    /// <summary>Mean and scale of each coordinate, for each row.</summary>
    private (double[] Mean, double[] Scale)[] Units(double[][] rows)
    {
        int width = rows[0].Length;
        double[] zero = new double[width], one = [.. Enumerable.Repeat(1.0, width)];
        double Typical(int from, int count) => rows.Average(row => Math.Sqrt(row.Skip(from).Take(count).Sum(v => v * v))) / Math.Sqrt(count);
        switch (_form.Normalization)
        {
            case InputNormalization.MeanNorm:
                double typical = Typical(0, width);
                double[] factor = _form.Decoder is CrosscoderDecoderOptions
                    ? [Typical(0, 1), .. Enumerable.Repeat(Typical(1, 3), 3)]
                    : [.. Enumerable.Repeat(typical, width)];
                return [.. rows.Select(_ => (zero, factor))];
            case InputNormalization.Constant:
                return [.. rows.Select(_ => (zero, one.Select(_ => 1 / 0.5).ToArray()))];
            case InputNormalization.RowNorm:
                return [.. rows.Select(row => (zero, one.Select(_ => Math.Sqrt(row.Sum(v => v * v) / width)).ToArray()))];
            case InputNormalization.LayerNorm:
                return [.. rows.Select(row =>
                {
                    double mean = row.Average(), deviation = Math.Sqrt(row.Sum(v => (v - mean) * (v - mean)) / (width - 1));
                    return (one.Select(_ => mean).ToArray(), one.Select(_ => deviation + 1e-5).ToArray());
                })];
            case InputNormalization.Standardize:
                double[] means = [.. Enumerable.Range(0, width).Select(j => rows.Average(row => row[j]))];
                double[] deviations = [.. Enumerable.Range(0, width).Select(j => Math.Sqrt(rows.Average(row => Math.Pow(row[j] - means[j], 2))))];
                return [.. rows.Select(_ => (means, deviations))];
            default:
                return [.. rows.Select(_ => (zero, one))];
        }
    }

    private static double[][] Apply(double[][] rows, (double[] Mean, double[] Scale)[] units) =>
        [.. rows.Select((row, r) => row.Select((v, j) => (v - units[r].Mean[j]) / units[r].Scale[j]).ToArray())];

    private static double[][] Rows(float[,] values) =>
        [.. Enumerable.Range(0, values.GetLength(0)).Select(r => Enumerable.Range(0, values.GetLength(1)).Select(j => (double)values[r, j]).ToArray())];
}
