using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>Measures the amortisation gap of any encoder on signals made of known sources: encoder minus optimum, signal by signal.</summary>
internal sealed class GapMeasurement
{
    private const int FewestExhaustive = 32;
    private const long LargestGram = 64_000_000;
    private readonly LinearModel _model;
    private readonly int _active;
    private readonly bool _nonNegative;
    private readonly TheoremOptions _options;

    /// <summary>Prepares for sources of at most <paramref name="active"/> active atoms.</summary>
    public GapMeasurement(LinearModel model, int active, bool nonNegative, TheoremOptions options)
    {
        _model = model;
        _active = active;
        _nonNegative = nonNegative;
        _options = options;
    }

    /// <summary>Draws sources with exactly K active atoms, uniform supports, half-normal values [samples, N].</summary>
    public static SparseCodes Draw(int atoms, int active, TheoremOptions options)
    {
        var builder = new SparseCodesBuilder(atoms, options.Samples);
        var supports = new RandomStream(options.Seed, "theory.sources.supports");
        var magnitudes = new RandomStream(options.Seed, "theory.sources.values");
        var support = new int[active];
        var values = new float[active];
        for (int i = 0; i < options.Samples; i++)
        {
            supports.SampleWithoutReplacement(atoms, support);
            for (int k = 0; k < active; k++)
            {
                // The tiny floor keeps "exactly K active": a drawn zero would be no entry.
                values[k] = Math.Max(1e-6f, (float)Math.Abs(magnitudes.NextNormal()));
            }

            builder.AddUnordered(support, values);
        }

        return builder.Build();
    }

    /// <summary>Runs the encoder and the optimum on the signals of the sources.</summary>
    /// <param name="sources">Codes [samples, N].</param>
    /// <param name="encoder">Any encoder over M dimensions.</param>
    /// <param name="alignment">Latents and factors that answer for the atoms; null compares codes as they are where that has a meaning.</param>
    /// <param name="sharesAtoms">Whether the encoder decodes with the dictionary's atoms.</param>
    public AmortisationGapEstimate Run(SparseCodes sources, IEncoder encoder, EncoderAlignment? alignment, bool sharesAtoms)
    {
        double cost = OptimalCode.Cost(_model.AtomCount, _active);
        int affordable = (int)Math.Min(sources.RowCount, _options.Budget / cost);
        bool exhaustive = affordable >= Math.Min(FewestExhaustive, sources.RowCount);
        int rows = exhaustive ? affordable : sources.RowCount;
        float[] signals = Signals(sources, rows);
        int m = _model.Dimension;
        SparseCodes codes = encoder.Encode(SignalView.FromRows(signals, m));
        float[] decoded = new float[(long)rows * m];
        encoder.Decoder.Decode(codes, SignalView.FromRows(signals, m)).FlattenTo(decoded);

        var optimum = exhaustive ? new OptimalCode(_model.Atoms, _active, _nonNegative) : null;
        LassoReference? lasso = sharesAtoms && (long)_model.AtomCount * _model.AtomCount <= LargestGram ? new LassoReference(_model, _options.Lambda) : null;
        var encoderError = new double[rows];
        var optimalError = new double[rows];
        var codeError = new double[rows];
        var difference = new double[rows];
        double lassoGap = 0, slack = 0;
        bool comparable = alignment is not null || (sharesAtoms && encoder.AtomCount == _model.AtomCount);
        alignment ??= EncoderAlignment.Identity(_model.AtomCount, encoder.AtomCount);
        var answer = new float[encoder.AtomCount];
        var best = new double[_model.AtomCount];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> signal = signals.AsSpan(row * m, m);
            double[] centred = new double[m];
            for (int k = 0; k < m; k++)
            {
                centred[k] = signal[k] - _model.Offset[k];
                double error = (double)signal[k] - decoded[(row * m) + k];
                encoderError[row] += error * error;
            }

            Array.Clear(best);
            optimalError[row] = Optimum(optimum, centred, sources[row], best);
            encoderError[row] /= m;
            optimalError[row] /= m;
            difference[row] = encoderError[row] - optimalError[row];

            Array.Clear(answer);
            SparseRow code = codes[row];
            for (int i = 0; i < code.Count; i++)
            {
                answer[code.Atoms[i]] = code.Values[i];
            }

            codeError[row] = comparable ? RelativeError(alignment.Apply(answer), best) : double.NaN;
            if (lasso is not null)
            {
                (double excess, double gap) = lasso.Excess(centred, code, m * encoderError[row]);
                lassoGap += excess;
                slack += gap;
            }
        }

        (double mean, double half) = MeanInterval.Of(difference, _options.Confidence);
        return new AmortisationGapEstimate
        {
            Mean = mean,
            Low = mean - half,
            High = mean + half,
            Confidence = _options.Confidence,
            Samples = rows,
            EncoderError = TensorPrimitives.Average<double>(encoderError),
            OptimalError = TensorPrimitives.Average<double>(optimalError),
            Optimum = exhaustive ? GapOptimum.Exhaustive : GapOptimum.Source,
            EncoderActive = codes.NonZeroCount / (double)rows,
            CodeError = TensorPrimitives.Average<double>(codeError),
            LassoGap = lasso is null ? double.NaN : lassoGap / rows,
            LassoSlack = lasso is null ? double.NaN : slack / rows,
        };
    }

    private double Optimum(OptimalCode? optimum, double[] centred, SparseRow source, double[] best)
    {
        if (optimum is not null)
        {
            OptimalCodeResult result = optimum.Solve(centred);
            for (int i = 0; i < result.Support.Length; i++)
            {
                best[result.Support[i]] = result.Values[i];
            }

            return result.SquaredError;
        }

        double[] residual = (double[])centred.Clone();
        for (int i = 0; i < source.Count; i++)
        {
            best[source.Atoms[i]] = source.Values[i];
            TensorPrimitives.MultiplyAdd(_model.Atoms.Row(source.Atoms[i]), -(double)source.Values[i], residual, residual);
        }

        return TensorPrimitives.SumOfSquares<double>(residual);
    }

    private static double RelativeError(float[] answer, double[] best)
    {
        double error = 0, norm = 0;
        for (int i = 0; i < best.Length; i++)
        {
            error += (answer[i] - best[i]) * (answer[i] - best[i]);
            norm += best[i] * best[i];
        }

        return norm > 0 ? error / norm : error > 0 ? 1 : 0;
    }

    private float[] Signals(SparseCodes sources, int rows)
    {
        int m = _model.Dimension;
        var signals = new float[(long)rows * m];
        var source = new float[_model.AtomCount];
        var noise = new RandomStream(_options.Seed, "theory.noise");
        for (int row = 0; row < rows; row++)
        {
            SparseRow code = sources[row];
            Array.Clear(source);
            for (int i = 0; i < code.Count; i++)
            {
                source[code.Atoms[i]] = code.Values[i];
            }

            Span<float> signal = signals.AsSpan(row * m, m);
            _model.Signal(source).CopyTo(signal);
            for (int k = 0; k < m && _options.Noise > 0; k++)
            {
                signal[k] += (float)(_options.Noise * noise.NextNormal());
            }
        }

        return signals;
    }

    // ½‖x − zD‖² + λ‖z‖₁ of a code against the Lasso's own solution, with the duality gap as certificate.
    private sealed class LassoReference(LinearModel model, double lambda)
    {
        private readonly DenseGram<double> _gram = new(model.Atoms.GramOfRows().Values, model.AtomCount);
        private readonly CoordinateDescentCore<double> _core = new(model.AtomCount);

        public (double Excess, double Gap) Excess(double[] signal, SparseRow code, double squaredError)
        {
            double l1 = TensorPrimitives.SumOfMagnitudes(code.Values), least = code.Count == 0 ? 0 : TensorPrimitives.Min(code.Values);
            var parameters = new LassoParameters { Lambda = lambda, NonNegative = least >= 0, GapTolerance = 1e-9 };
            LassoOutcome outcome = _core.Solve(_gram, model.Atoms.Multiply(signal), TensorPrimitives.SumOfSquares<double>(signal), parameters);
            double lasso = (0.5 * outcome.SquaredError) + (lambda * TensorPrimitives.SumOfMagnitudes(_core.Coefficients));
            return ((0.5 * squaredError) + (lambda * l1) - lasso, outcome.Gap);
        }
    }
}
