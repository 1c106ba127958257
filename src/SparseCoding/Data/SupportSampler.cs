using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Data;

/// <summary>
/// Draws which sources are active in a sample. Row r depends on the seed and r alone. Immutable after construction; one
/// <see cref="Workspace"/> for each thread.
/// </summary>
internal sealed class SupportSampler
{
    private const int ThinningBlock = 64;
    private const string Purpose = "synthetic.support";

    private readonly SyntheticDataOptions _options;
    private readonly ulong _seed;
    private readonly bool _isUniform;

    /// <summary>Weights of the sources, running sums for a fixed number of active ones.</summary>
    private readonly double[] _weights = [];
    private readonly double[] _cumulative = [];

    /// <summary>Probabilities of the sources and, for the copula, the thresholds Φ⁻¹(1 − p).</summary>
    private readonly double[] _probabilities = [];
    private readonly double[] _thresholds = [];

    /// <summary>Loadings √ρ u_j of the copula, [sources, rank].</summary>
    private readonly float[] _loadings = [];

    public SupportSampler(SyntheticDataOptions options)
    {
        _options = options;
        _seed = (ulong)options.Seed;
        int sources = options.Sources;
        _isUniform = options.ZipfExponent == 0 && options.CorrelationStrength == 0;
        if (!_isUniform || options.ActiveProbability is not null)
        {
            _weights = [.. Enumerable.Range(1, sources).Select(j => Math.Pow(j, -options.ZipfExponent))];
        }

        if (options.ActiveProbability is { } mean)
        {
            _probabilities = Probabilities(_weights, mean);
            _thresholds = options.CorrelationStrength == 0 ? [] : [.. _probabilities.Select(p => -NormalDistribution.Quantile(p))];
        }
        else if (!_isUniform)
        {
            _cumulative = new double[sources];
            double sum = 0;
            for (int j = 0; j < sources; j++)
            {
                _cumulative[j] = sum += _weights[j];
            }
        }

        if (options.CorrelationStrength > 0)
        {
            _loadings = Loadings(options);
        }
    }

    /// <summary>Probability of each source when sources are active on their own, [sources]; empty otherwise.</summary>
    public ReadOnlySpan<double> SourceProbabilities => _probabilities;

    /// <summary>Draws the active sources of a row, ascending, into the workspace.</summary>
    public ReadOnlySpan<int> Draw(int row, Workspace workspace)
    {
        var random = new RandomStream(_seed, Purpose, (ulong)row);
        workspace.Count = 0;
        if (_probabilities.Length > 0)
        {
            ReadOnlySpan<double> probabilities = _probabilities;
            if (_loadings.Length > 0)
            {
                Conditional(row, workspace);
                probabilities = workspace.Values;
            }

            Independent(random, probabilities, workspace);
            return workspace.Support;
        }

        int count = _options.MaxActive is { } most
            ? _options.Active + new RandomStream(_seed, "synthetic.count", (ulong)row).NextInt(most - _options.Active + 1)
            : _options.Active;
        if (_isUniform)
        {
            workspace.Count = count;
            random.SampleWithoutReplacement(_options.Sources, workspace.Indices.AsSpan(0, count));
        }
        else if (_loadings.Length > 0)
        {
            Urgencies(random, row, workspace);
            Race(count, workspace);
        }
        else
        {
            Successive(random, count, workspace);
        }

        workspace.Indices.AsSpan(0, workspace.Count).Sort();
        return workspace.Support;
    }

    /// <summary>Bernoulli draws. Within blocks of sources a geometric step with the block's greatest probability skips the silent ones, and each hit is thinned.</summary>
    private static void Independent(RandomStream random, ReadOnlySpan<double> probabilities, Workspace workspace)
    {
        for (int start = 0; start < probabilities.Length; start += ThinningBlock)
        {
            ReadOnlySpan<double> block = probabilities.Slice(start, Math.Min(ThinningBlock, probabilities.Length - start));
            double greatest = TensorPrimitives.Max(block);
            if (greatest <= 0)
            {
                continue;
            }

            double logMiss = greatest < 1 ? Math.Log(1 - greatest) : double.NegativeInfinity;
            double place = -1;
            while (true)
            {
                place += 1 + (greatest < 1 ? Math.Floor(Math.Log(1 - random.NextDouble()) / logMiss) : 0);
                if (!(place < block.Length))
                {
                    break;
                }

                if (random.NextDouble() * greatest < block[(int)place])
                {
                    workspace.Add(start + (int)place);
                }
            }
        }
    }

    /// <summary>Weighted draws without replacement, one after the other: repeats are drawn again; when those take over, a race of the rest goes on with the same law.</summary>
    private void Successive(RandomStream random, int count, Workspace workspace)
    {
        Span<bool> taken = workspace.Taken;
        taken.Clear();
        double total = _cumulative[^1];
        for (int left = (16 * count) + 64; left > 0 && workspace.Count < count; left--)
        {
            int j = Array.BinarySearch(_cumulative, random.NextDouble() * total);
            j = Math.Min(j < 0 ? ~j : j + 1, _cumulative.Length - 1);
            if (!taken[j])
            {
                taken[j] = true;
                workspace.Add(j);
            }
        }

        if (workspace.Count < count)
        {
            for (int j = 0; j < _weights.Length; j++)
            {
                workspace.Values[j] = taken[j] ? double.PositiveInfinity : Math.Log(-Math.Log(1 - random.NextDouble())) - Math.Log(_weights[j]);
            }

            Race(count - workspace.Count, workspace);
        }
    }

    /// <summary>Logarithm of an exponential waiting time with rate w_j for each source, the times tied together by the copula.</summary>
    private void Urgencies(RandomStream random, int row, Workspace workspace)
    {
        Factors(row, workspace);
        double own = Math.Sqrt(1 - _options.CorrelationStrength);
        for (int j = 0; j < _weights.Length; j++)
        {
            double g = Common(j, workspace) + (own * random.NextNormal());

            // −ln(1 − Φ(−g)) is exponential and small where g is large; the guard keeps the logarithm finite.
            double waiting = -Math.Log(Math.Max(NormalDistribution.FastCdf(g), double.Epsilon));
            workspace.Values[j] = Math.Log(Math.Max(waiting, double.Epsilon)) - Math.Log(_weights[j]);
        }
    }

    /// <summary>Adds the sources with the least values; ties go to the lower one.</summary>
    private static void Race(int count, Workspace workspace)
    {
        var queue = new PriorityQueue<int, (double, int)>(count + 1);
        for (int j = 0; j < workspace.Values.Length; j++)
        {
            // The worst of the kept ones is on top.
            (double, int) priority = (-workspace.Values[j], -j);
            if (queue.Count < count)
            {
                queue.Enqueue(j, priority);
            }
            else
            {
                queue.EnqueueDequeue(j, priority);
            }
        }

        while (queue.TryDequeue(out int j, out _))
        {
            workspace.Add(j);
        }
    }

    /// <summary>Probabilities given the common factors: Φ((√ρ ⟨ξ, u_j⟩ − t_j)/√(1 − ρ)).</summary>
    private void Conditional(int row, Workspace workspace)
    {
        Factors(row, workspace);
        double own = Math.Sqrt(1 - _options.CorrelationStrength);
        for (int j = 0; j < _thresholds.Length; j++)
        {
            workspace.Values[j] = NormalDistribution.FastCdf((Common(j, workspace) - _thresholds[j]) / own);
        }
    }

    private void Factors(int row, Workspace workspace) => new RandomStream(_seed, "synthetic.factors", (ulong)row).FillNormal(workspace.Factors);

    private double Common(int source, Workspace workspace) =>
        TensorPrimitives.Dot(_loadings.AsSpan(source * _options.CorrelationRank, _options.CorrelationRank), workspace.Factors);

    private static float[] Loadings(SyntheticDataOptions options)
    {
        int rank = options.CorrelationRank;
        var loadings = new float[checked(options.Sources * rank)];
        var random = new RandomStream((ulong)options.Seed, "synthetic.loadings");
        random.FillNormal(loadings);
        for (int j = 0; j < options.Sources; j++)
        {
            Span<float> row = loadings.AsSpan(j * rank, rank);
            TensorPrimitives.Multiply(row, (float)Math.Sqrt(options.CorrelationStrength) / TensorPrimitives.Norm<float>(row), row);
        }

        return loadings;
    }

    /// <summary>min(1, c · w_j) with c such that the mean is as wanted.</summary>
    private static double[] Probabilities(double[] weights, double mean)
    {
        double wanted = mean * weights.Length;
        var probabilities = new double[weights.Length];

        // Weights descend: the first are cut to 1 until what is left fits below 1.
        for (int cut = 0; cut <= weights.Length; cut++)
        {
            double rest = weights.AsSpan(cut).Length == 0 ? 0 : TensorPrimitives.Sum<double>(weights.AsSpan(cut));
            double factor = rest == 0 ? 0 : (wanted - cut) / rest;
            if (cut == weights.Length || factor * weights[cut] <= 1)
            {
                for (int j = 0; j < weights.Length; j++)
                {
                    probabilities[j] = j < cut ? 1 : factor * weights[j];
                }

                break;
            }
        }

        return probabilities;
    }

    /// <summary>Memory of one thread.</summary>
    internal sealed class Workspace(SyntheticDataOptions options)
    {
        private readonly bool[] _taken = new bool[options.Sources];
        private readonly double[] _values = new double[options.Sources];
        private readonly float[] _factors = new float[options.CorrelationRank];

        public int[] Indices { get; } = new int[options.Sources];

        public int Count { get; set; }

        public ReadOnlySpan<int> Support => Indices.AsSpan(0, Count);

        public Span<bool> Taken => _taken;

        public Span<double> Values => _values;

        public Span<float> Factors => _factors;

        public void Add(int source) => Indices[Count++] = source;
    }
}
