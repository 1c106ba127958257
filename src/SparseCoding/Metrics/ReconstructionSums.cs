namespace SparseCoding.Metrics;

/// <summary>Running sums of reconstruction errors, in float64, added row by row in order.</summary>
internal sealed class ReconstructionSums(int dimension)
{
    /// <summary>The first signal: variances are summed around it, so that a large common offset does not cancel digits.</summary>
    private double[]? _shift;
    private readonly double[] _sums = new double[dimension];
    private double _squares;
    private double _shiftedSquares;
    private double _decoded;
    private double _inner;
    private double _errors;
    private double _cosines;
    private double _ratios;
    private long _nonZero;
    private long _rows;

    /// <summary>Adds signals and their reconstructions, both [rows, dimension].</summary>
    public void Add(ReadOnlySpan<float> signals, ReadOnlySpan<float> reconstruction)
    {
        if (_shift is null && signals.Length > 0)
        {
            _shift = new double[dimension];
            for (int i = 0; i < dimension; i++)
            {
                _shift[i] = signals[i];
            }
        }

        for (int start = 0; start < signals.Length; start += dimension)
        {
            AddRow(signals.Slice(start, dimension), reconstruction.Slice(start, dimension));
        }
    }

    /// <summary>The metrics of all rows so far.</summary>
    public ReconstructionMetrics Result()
    {
        double variance = _shiftedSquares;
        foreach (double sum in _sums)
        {
            variance -= sum * sum / _rows;
        }

        // What rounding leaves of constant signals is no variance.
        double total = variance > 1e-12 * _shiftedSquares ? variance : 0;
        return new ReconstructionMetrics
        {
            Samples = _rows,
            Mse = _errors / ((double)_rows * dimension),
            Nmse = Ratio(_errors, _squares),
            Fvu = Ratio(_errors, total),
            Cosine = _cosines / _rows,
            NormRatio = Ratio(_ratios, _nonZero),
            RelativeBias = Ratio(_decoded, _inner),
        };
    }

    private static double Ratio(double numerator, double denominator) => denominator == 0 ? double.NaN : numerator / denominator;

    private void AddRow(ReadOnlySpan<float> signal, ReadOnlySpan<float> reconstruction)
    {
        double squares = 0, decoded = 0, inner = 0, errors = 0, shifted = 0;
        double[] shift = _shift!;
        for (int i = 0; i < signal.Length; i++)
        {
            double x = signal[i], y = reconstruction[i], centred = x - shift[i];
            squares += x * x;
            decoded += y * y;
            inner += x * y;
            errors += (x - y) * (x - y);
            shifted += centred * centred;
            _sums[i] += centred;
        }

        _squares += squares;
        _decoded += decoded;
        _inner += inner;
        _errors += errors;
        _shiftedSquares += shifted;
        _rows++;
        if (squares > 0)
        {
            _ratios += Math.Sqrt(decoded / squares);
            _nonZero++;
            _cosines += decoded > 0 ? inner / Math.Sqrt(squares * decoded) : 0;
        }
    }
}
