using System.Numerics.Tensors;

namespace SparseCoding.Benchmarks;

/// <summary>The benchmark of the LISTA papers: Gaussian atoms of norm 1, codes Bernoulli(0.1) x N(0, 1), no noise; training data never repeat.</summary>
internal sealed class ListaWorld
{
    private const int Chunk = 4096;
    private const long TestSeed = 7_000_000;
    private readonly int _batchSize;
    private readonly SignalBatch _batch;
    private SparseCodes? _codes;
    private float[] _signals = [];
    private long _chunk = -1;

    /// <summary>Makes the dictionary and the unseen signals.</summary>
    public ListaWorld(int dimension, int atoms, int testSamples, int batchSize, long seed)
    {
        (Dimension, Atoms, Seed) = (dimension, atoms, seed);
        Dictionary = SyntheticData.Generate(Options(1, seed)).Dictionary;
        TestCodes = SyntheticData.Generate(Options(testSamples, TestSeed + seed)).Codes;
        TestSignals = Dictionary.Decode(TestCodes);
        _batchSize = batchSize;
        _batch = new SignalBatch(batchSize, dimension);
    }

    public int Dimension { get; }

    public int Atoms { get; }

    public long Seed { get; }

    public AtomDictionary Dictionary { get; }

    public SparseCodes TestCodes { get; }

    public Tensor<float> TestSignals { get; }

    /// <summary>The batch of a step (from 0), with its codes: a function of its number alone, so that a resumed run sees the same ones.</summary>
    public SignalBatch Batch(long number)
    {
        long perChunk = Chunk / _batchSize, chunk = number / perChunk;
        if (chunk != _chunk)
        {
            _codes = SyntheticData.Generate(Options(Chunk, 1_000_000 + (Seed * 1_000_000) + chunk)).Codes;
            Tensor<float> signals = Dictionary.Decode(_codes);
            _signals = new float[signals.FlattenedLength];
            signals.FlattenTo(_signals);
            _chunk = chunk;
        }

        int first = (int)(number % perChunk) * _batchSize;
        _batch.Count = _batchSize;
        _signals.AsSpan(first * Dimension, _batchSize * Dimension).CopyTo(_batch.Signals);
        _batch.Codes = _codes!.Slice(first, _batchSize);
        return _batch;
    }

    /// <summary>10 log10(Σ‖z − z*‖² / Σ‖z*‖²) over the unseen signals.</summary>
    public double Decibel(SparseCodes codes)
    {
        double error = 0, size = 0;
        var difference = new double[Atoms];
        for (int row = 0; row < TestCodes.RowCount; row++)
        {
            Array.Clear(difference);
            SparseRow truth = TestCodes[row], code = codes[row];
            for (int i = 0; i < truth.Count; i++)
            {
                difference[truth.Atoms[i]] = truth.Values[i];
                size += (double)truth.Values[i] * truth.Values[i];
            }

            for (int i = 0; i < code.Count; i++)
            {
                difference[code.Atoms[i]] -= code.Values[i];
            }

            error += TensorPrimitives.SumOfSquares<double>(difference);
        }

        return 10 * Math.Log10(error / size);
    }

    private SyntheticDataOptions Options(int samples, long seed) => new()
    {
        Sources = Atoms,
        Measurements = Dimension,
        ActiveProbability = 0.1,
        Codes = CodeDistribution.Normal,
        Samples = samples,
        Seed = seed,
    };
}
