using System.Globalization;
using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// Follows the proof constructively for z = ReLU(xWᵀ + b), x = offset + sD, N > M, K ≥ 2. With A = D Wᵀ and β = b + W·offset the answer
/// to s is ReLU(sA + β). Suppose all sources of one or two active atoms of magnitude 1 had relative error ≤ ε. Singles: |A_ll + β_l − 1| ≤ ε
/// and A_jl + β_l ≤ ε. Pairs: |A_ll + A_jl + β_l − 1| ≤ √2 ε. So |A_jl| ≤ (1 + √2)ε, β_l ≤ (2 + √2)ε and A_ll ≥ 1 − (3 + √2)ε: at ε = 0
/// A is diagonal with rank N > M, a contradiction, with a bias as well as without. For ε > 0, dividing the columns by A_ll leaves the
/// rank ≤ M, and N − M ≤ ‖A' − I‖_F² ≤ N² (1 + √2)² ε² / (1 − (3 + √2)ε)² gives ε ≥ g / (1 + (3 + √2)g), g = √(N − M) / ((1 + √2) N)
/// (<see cref="GuaranteedError"/>; without a bias β = 0 and ε ≥ g). The same holds at every magnitude t, with β/t for β. Any subset of
/// more than M atoms will do, and 2M atoms give the best guarantee.
/// </summary>
internal sealed class CounterexampleSearch
{
    private const int Candidates = 12;
    private static readonly double[] FillLevels = [1, 0.5, 0.1, 0.01, 0.001];
    private readonly LinearModel _model;
    private readonly EncoderAlignment _alignment;
    private readonly Func<float[], float[]> _encode;
    private readonly int _active;
    private readonly Matrix64 _weights;
    private readonly double[] _plainBias;
    private readonly double[] _biasMagnitude;
    private readonly double[] _bias;
    private readonly int[] _subset;
    private readonly Matrix64 _responses;

    /// <summary>Prepares the search.</summary>
    /// <param name="model">D [N, M] and offset.</param>
    /// <param name="weights">W [latents, M].</param>
    /// <param name="bias">b [latents].</param>
    /// <param name="alignment">Which latent answers for which atom.</param>
    /// <param name="active">K ≥ 2: sources are filled up to K active atoms.</param>
    /// <param name="biasMagnitude">Sum of the magnitudes that were added up to each bias, [latents]: what the encoder's own rounding scales with; empty takes |b|.</param>
    /// <param name="encode">Runs the real encoder on one signal [M] → [latents].</param>
    public CounterexampleSearch(
        LinearModel model, Matrix64 weights, ReadOnlySpan<double> bias, EncoderAlignment alignment, int active, Func<float[], float[]> encode, ReadOnlySpan<double> biasMagnitude = default)
    {
        _model = model;
        _alignment = alignment;
        _encode = encode;
        _active = active;
        _weights = alignment.Weights(weights);
        _plainBias = alignment.Bias(bias);
        _biasMagnitude = biasMagnitude.IsEmpty ? [.. _plainBias.Select(Math.Abs)] : alignment.Bias(biasMagnitude);
        _bias = new double[model.AtomCount];
        for (int i = 0; i < _bias.Length; i++)
        {
            _bias[i] = _plainBias[i] + TensorPrimitives.Dot<double>(_weights.Row(i), model.Offset);
        }

        int size = Math.Min(model.AtomCount, Math.Max(2 * model.Dimension, 256));
        _subset = [.. Enumerable.Range(0, size).Select(i => (int)((long)i * model.AtomCount / size))];
        _responses = Matrix64.MultiplyTransposed(model.Atoms.SelectRows(_subset), _weights.SelectRows(_subset));
    }

    /// <summary>
    /// Some source of at most two active atoms has at least this relative error, whatever the encoder: g without a bias,
    /// g / (1 + (3 + √2)g) with one; 0 for N ≤ M, where nothing is claimed.
    /// </summary>
    public static double GuaranteedError(int atoms, int dimension, bool bias)
    {
        // Any subset of S > M atoms obeys the same bound, which is largest at S = 2M.
        double size = Math.Min(atoms, 2.0 * dimension);
        double g = size > dimension ? Math.Sqrt(size - dimension) / ((1 + Math.Sqrt(2)) * size) : 0;
        return bias ? g / (1 + ((3 + Math.Sqrt(2)) * g)) : g;
    }

    /// <summary>
    /// The worst source found at magnitude 1. Only where a huge bias drowns it in round-off, one at a magnitude where the bias is small:
    /// the guarantee holds at each.
    /// </summary>
    public TheoremCounterexample Find()
    {
        TheoremCounterexample natural = FindAt(1);
        double bias = TensorPrimitives.Norm<double>(_bias);
        if (natural.IsVerified || bias == 0)
        {
            return natural;
        }

        double wanted = GuaranteedError(_model.AtomCount, _model.Dimension, bias: true);
        TheoremCounterexample far = FindAt(Math.Min(1e15, Math.Max(2, 20 * bias / wanted)));
        return far.IsVerified ? far : natural;
    }

    private TheoremCounterexample FindAt(double magnitude)
    {
        TheoremCounterexample? best = null;
        foreach ((int first, int second) in Ranked(magnitude))
        {
            int[] witness = second < 0 ? [_subset[first]] : [_subset[first], _subset[second]];
            TheoremCounterexample found = Run(Source(witness, magnitude, 0), witness);
            if (best is null || (found.RelativeError > best.RelativeError && found.IsVerified) || (!best.IsVerified && found.IsVerified))
            {
                best = found;
            }
        }

        return Filled(best!, magnitude);
    }

    // Exactly K active atoms, where that keeps at least half of the error and does not fall below what is guaranteed: then the source is legal under every reading of
    // "K-sparse". The step is that of the source before: the active atoms that were added carry no part of the contradiction.
    private TheoremCounterexample Filled(TheoremCounterexample found, double magnitude)
    {
        int[] witness = [.. found.Witness];
        double guaranteed = GuaranteedError(_model.AtomCount, _model.Dimension, bias: true), least = Math.Max(0.5 * found.RelativeError, Math.Min(guaranteed, found.RelativeError));
        foreach (double level in FillLevels)
        {
            if (witness.Length >= _active)
            {
                break;
            }

            TheoremCounterexample filled = Run(Source(witness, magnitude, level * magnitude), witness);
            if (filled.IsVerified && filled.RelativeError >= least)
            {
                return filled with { Step = found.Step };
            }
        }

        return found;
    }

    private float[] Source(int[] witness, double magnitude, double fill)
    {
        var source = new float[_model.AtomCount];
        foreach (int i in witness)
        {
            source[i] = (float)magnitude;
        }

        int left = fill > 0 ? _active - witness.Length : 0;
        for (int i = 0; i < source.Length && left > 0; i++)
        {
            if (source[i] == 0)
            {
                source[i] = (float)fill;
                left--;
            }
        }

        return source;
    }

    // The most promising singles and pairs by predicted error. Pairs are ranked by their own two latents, which is what the bound needs.
    private List<(int First, int Second)> Ranked(double magnitude)
    {
        int n = _subset.Length;
        var queue = new PriorityQueue<(int, int), double>();
        for (int i = 0; i < n; i++)
        {
            double squares = 0;
            for (int l = 0; l < n; l++)
            {
                double error = Math.Max(0, _responses[i, l] + (_bias[_subset[l]] / magnitude)) - (l == i ? 1 : 0);
                squares += error * error;
            }

            Offer(queue, (i, -1), Score(squares));
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
            {
                double atI = Math.Max(0, _responses[i, i] + _responses[j, i] + (_bias[_subset[i]] / magnitude)) - 1;
                double atJ = Math.Max(0, _responses[j, j] + _responses[i, j] + (_bias[_subset[j]] / magnitude)) - 1;
                Offer(queue, (i, j), Score(0.5 * ((atI * atI) + (atJ * atJ))));
            }
        }

        var ranked = new List<(int, int)>(queue.Count);
        while (queue.TryDequeue(out (int, int) candidate, out _))
        {
            ranked.Add(candidate);
        }

        ranked.Reverse();
        return ranked;
    }

    private static double Score(double squares) => double.IsNaN(squares) ? double.PositiveInfinity : squares;

    private static void Offer(PriorityQueue<(int, int), double> queue, (int, int) candidate, double score)
    {
        if (queue.Count < Candidates)
        {
            queue.Enqueue(candidate, score);
        }
        else if (queue.TryPeek(out _, out double least) && score > least)
        {
            queue.DequeueEnqueue(candidate, score);
        }
    }

    private TheoremCounterexample Run(float[] source, int[] witness)
    {
        float[] signal = _model.Signal(source);
        float[] answer = _alignment.Apply(_encode((float[])signal.Clone()));
        double squares = 0, norm = 0, worst = -1;
        int at = 0;
        for (int i = 0; i < source.Length; i++)
        {
            double error = (double)answer[i] - source[i];
            squares += error * error;
            norm += (double)source[i] * source[i];
            if (Math.Abs(error) > worst)
            {
                worst = Math.Abs(error);
                at = i;
            }
        }

        ProofStep step = witness.Length > 1 ? ProofStep.Pair : at == witness[0] ? ProofStep.OwnLatent : ProofStep.OtherLatent;
        return new TheoremCounterexample
        {
            Source = source,
            Witness = witness,
            Signal = signal,
            Answer = answer,
            Latents = _alignment.Latents,
            Factors = _alignment.Factors,
            Error = Math.Sqrt(squares),
            RelativeError = Math.Sqrt(squares / norm),
            RoundOff = RoundOff(signal, source),
            Step = step,
            Explanation = $"Source with {source.Count(v => v != 0)} active atoms ({string.Join(", ", witness.Select(i => $"s[{i}] = {Text(source[i])}"))}): "
                + $"latent {at} should be {Text(source[at])} and is {Text(answer[at])}; relative error {Text(Math.Sqrt(squares / norm))}.",
        };
    }

    // Forward error of a float product of length M in any order, of the rounding of x itself, and of the last scaling and conversion.
    private double RoundOff(float[] signal, float[] source)
    {
        const double Unit = 5.9604644775390625e-8;
        double magnitude = 0;
        for (int i = 0; i < source.Length; i++)
        {
            ReadOnlySpan<double> row = _weights.Row(i);
            double sum = Math.Max(Math.Abs(_plainBias[i]), _biasMagnitude[i]);
            for (int k = 0; k < row.Length; k++)
            {
                sum += Math.Abs(row[k]) * (Math.Abs((double)signal[k]) + Math.Abs(_model.Offset[k]));
            }

            magnitude += sum * sum;
        }

        return (_model.Dimension + 6) * Unit * Math.Sqrt(magnitude);
    }

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
