using System.Numerics.Tensors;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <summary>
/// The laws of encoding that every encoder keeps. An encoder joins with a subclass of five lines; another device joins by overriding
/// <see cref="Device"/>. The laws of Fit are in <see cref="FitContract{TEncoder}"/>.
/// </summary>
/// <typeparam name="TEncoder">The encoder.</typeparam>
public abstract partial class EncoderContract<TEncoder>
    where TEncoder : class, IEncoder
{
    /// <summary>Where heavy work runs.</summary>
    protected virtual ComputeDevice Device => ContractDevice.Device;

    /// <summary>Whether codes never have a negative entry.</summary>
    protected virtual bool NonNegative => false;

    /// <summary>Whether the FLOP count is an upper bound because the work depends on the data.</summary>
    protected virtual bool FlopsAreBound => true;

    /// <summary>The most active atoms of a code.</summary>
    protected virtual int MaxActive => Atoms;

    /// <summary>Whether a warm start can be used; otherwise it must be refused by name.</summary>
    protected virtual bool TakesWarmStart => true;

    /// <summary>How far codes of the same row may differ between two batches, in which a product may be cut in another way.</summary>
    protected virtual float RowTolerance => 1e-4f;

    /// <summary>An encoder that can encode, on the given dictionary.</summary>
    protected abstract TEncoder Create(AtomDictionary dictionary);

    /// <summary>The same with fewer iterations, for many signals; by default the same.</summary>
    protected virtual TEncoder CreateQuick(AtomDictionary dictionary) => Create(dictionary);

    /// <summary>Saves the encoder.</summary>
    protected abstract void Save(TEncoder encoder, string path);

    /// <summary>Loads an encoder.</summary>
    protected abstract TEncoder Load(string path);

    private protected EncodeRequest Request(int threads = 2) => new() { Context = new RunContext { Device = Device, Threads = threads } };

    [Test]
    public void Encode_Signals_HasShapesAndAscendingFiniteEntries()
    {
        TEncoder encoder = Create(Plain);
        SparseCodes codes = encoder.Encode(Signals, Request());
        Assert.Multiple(() =>
        {
            Assert.That((encoder.AtomCount, encoder.Dimension), Is.EqualTo((Atoms, Dimension)));
            Assert.That((codes.RowCount, codes.AtomCount), Is.EqualTo((Rows, Atoms)));
            Assert.That(codes.NonZeroCount, Is.GreaterThan(0));
            Assert.That((encoder.Decoder.InputDimension, encoder.Decoder.OutputDimension), Is.EqualTo((Dimension, Dimension)));
            Assert.That(encoder.Decoder.Decode(codes).Lengths.ToArray(), Is.EqualTo(new nint[] { Rows, Dimension }));
            Assert.That(encoder.ToString(), Does.StartWith(typeof(TEncoder).Name).And.Contains("12"));
        });
        for (int row = 0; row < codes.RowCount; row++)
        {
            int[] atoms = codes[row].Atoms.ToArray();
            Assert.That(atoms, Is.Ordered.Ascending.And.Unique.And.All.InRange(0, Atoms - 1));
            Assert.That(atoms, Has.Length.AtMost(MaxActive));
            Assert.That(codes[row].Values.ToArray(), Has.All.Matches<float>(v => float.IsFinite(v) && v != 0));
        }
    }

    [Test]
    public void Encode_SignalsAndTheirNegatives_HasThePromisedSigns()
    {
        TEncoder encoder = Create(Plain);
        SparseCodes codes = encoder.Encode(Signals, Request()), opposite = encoder.Encode(Negated(Signals), Request());
        if (NonNegative)
        {
            Assert.That(codes.Values.ToArray().Concat(opposite.Values.ToArray()), Has.All.GreaterThan(0f));
            return;
        }

        // A signed problem is symmetric: the code of −x is minus that of x.
        SparseCodes mirrored = SparseCodes.FromRows(Atoms, opposite.RowOffsets, opposite.Atoms, Array.ConvertAll(opposite.Values.ToArray(), v => -v));
        AssertClose(mirrored, codes, RowTolerance, "codes of the negated signals");
        Assert.That(opposite.Values.ToArray(), Has.Some.LessThan(0f));
    }

    [Test]
    public void EncodeDetailed_Signals_HasTheCodesOfEncodeAndOneEntryForEachRow()
    {
        TEncoder encoder = Create(Plain);
        EncodeResult detailed = encoder.EncodeDetailed(Signals, Request());
        AssertSameBits(detailed.Codes, encoder.Encode(Signals, Request()), "codes");
        Assert.That((detailed.Iterations.Length, detailed.StopReasons.Length, detailed.Accuracies.Length), Is.EqualTo((Rows, Rows, Rows)));
        Assert.That(detailed.Iterations.ToArray(), Has.All.AtLeast(0));
        Assert.That(detailed.StopReasons.ToArray(), Has.None.EqualTo(StopReason.None));
        Assert.That(detailed.Accuracies.ToArray(), Has.All.Matches<double>(double.IsFinite));
        Assert.That(detailed.AccuracyMeaning, Is.EqualTo("duality gap").Or.EqualTo("squared residual"));
        if (detailed.AccuracyMeaning == "squared residual")
        {
            float[] decoded = Values(encoder.Decoder.Decode(detailed.Codes)), x = Values(Signals);
            for (int row = 0; row < Rows; row++)
            {
                double sum = 0;
                for (int i = row * Dimension; i < (row + 1) * Dimension; i++)
                {
                    sum += ((double)x[i] - decoded[i]) * ((double)x[i] - decoded[i]);
                }

                Assert.That(detailed.Accuracies[row], Is.EqualTo(sum).Within(1e-4 * (1 + sum)), $"residual of row {row}");
            }
        }
    }

    [Test]
    public void Encode_RowAlone_IsTheRowOfTheBatch()
    {
        TEncoder encoder = Create(Plain);
        SparseCodes all = encoder.Encode(Signals, Request());
        for (int row = 0; row < Rows; row++)
        {
            AssertClose(encoder.Encode(Pick(Signals, row), Request()), all.Slice(row, 1), RowTolerance, $"row {row} alone");
        }
    }

    [Test]
    public void Encode_RowsInOtherOrderAndOtherBlocks_HaveTheSameCodes()
    {
        TEncoder encoder = Create(Plain);
        SparseCodes all = encoder.Encode(Signals, Request());
        int[] order = [.. Enumerable.Range(0, 5 * Rows).Select(i => (7 * i) % Rows)];
        SparseCodes shuffled = encoder.Encode(Pick(Signals, order), Request());
        for (int i = 0; i < order.Length; i++)
        {
            AssertClose(shuffled.Slice(i, 1), all.Slice(order[i], 1), RowTolerance, $"row {order[i]} at place {i}");
        }
    }

    [Test]
    public void Encode_AnyNumberOfThreads_GivesTheSameBits()
    {
        TEncoder encoder = CreateQuick(Large);
        EncodeResult one = encoder.EncodeDetailed(ManySignals, Request(1));
        foreach (int threads in (int[])[2, 4])
        {
            // A fresh encoder, so that nothing that one thread prepared is reused.
            EncodeResult many = CreateQuick(new AtomDictionary(Large.AtomValues.ToArray(), Large.Dimension)).EncodeDetailed(ManySignals, Request(threads));
            AssertSameBits(many.Codes, one.Codes, $"{threads} threads");
            Assert.That(many.Iterations.SequenceEqual(one.Iterations), Is.True);
            Assert.That(many.Accuracies.SequenceEqual(one.Accuracies), Is.True);
        }
    }

    [Test]
    public void Encode_CancelledToken_Throws()
    {
        TEncoder encoder = Create(Plain);
        var cancelled = new CancellationToken(true);
        Assert.Catch<OperationCanceledException>(() => encoder.Encode(Signals, Request(), cancelled));
        Assert.Catch<OperationCanceledException>(() => encoder.EncodeDetailed(Signals, Request(), cancelled));
    }

    [Test]
    public void Encode_NoRows_GivesNoCodes()
    {
        // A block of a stream may be empty; it is not an error to encode it. Fit refuses empty data.
        TEncoder encoder = Create(Plain);
        EncodeResult result = encoder.EncodeDetailed(new float[0, Dimension], Request());
        Assert.That((result.Codes.RowCount, result.Codes.AtomCount, result.Codes.NonZeroCount), Is.EqualTo((0, Atoms, 0)));
        Assert.That((result.Iterations.Length, result.StopReasons.Length, result.Accuracies.Length), Is.EqualTo((0, 0, 0)));
        Assert.That(encoder.Decoder.Decode(result.Codes).Lengths.ToArray(), Is.EqualTo(new nint[] { 0, Dimension }));
        Assert.That(encoder.Encode(SignalView.FromRows([], Dimension), Request()).RowCount, Is.Zero);
    }

    [Test]
    public void Encode_ZeroSignal_GivesFiniteCodes()
    {
        EncodeResult result = Create(Plain).EncodeDetailed(new float[2, Dimension], Request());
        Assert.That(result.Codes.Values.ToArray(), Has.All.Matches<float>(float.IsFinite));
        Assert.That(result.Accuracies.ToArray(), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void EncodingFlops_OfSamples_IsLinearAndSaysWhetherItIsABound()
    {
        TEncoder encoder = Create(Plain);
        FlopCount one = encoder.EncodingFlops(1), many = encoder.EncodingFlops(1_000_003);
        Assert.Multiple(() =>
        {
            Assert.That(encoder.EncodingFlops(0).Value, Is.EqualTo(UInt128.Zero));
            Assert.That(one.Value, Is.GreaterThan(UInt128.Zero));
            Assert.That(many.Value, Is.EqualTo(one.Value * 1_000_003));
            Assert.That(many.AsPublished, Is.EqualTo(one.AsPublished * 1_000_003));
            Assert.That(one.IsBound, Is.EqualTo(FlopsAreBound));
            Assert.That(Assert.Catch<ArgumentOutOfRangeException>(() => encoder.EncodingFlops(-1))!.ParamName, Is.EqualTo("samples"));
        });
    }

    [Test]
    public void Encode_WarmStart_IsUsedOrRefusedByName()
    {
        TEncoder encoder = Create(Plain);
        EncodeResult cold = encoder.EncodeDetailed(Signals, Request());
        EncodeRequest From(SparseCodes codes) => Request() with { WarmStart = codes };
        if (!TakesWarmStart)
        {
            string refusal = MessageOf<NotSupportedException>(() => encoder.Encode(Signals, From(cold.Codes)));
            Assert.That(refusal, Does.Contain(typeof(TEncoder).Name).And.Contains("warm start"));
            return;
        }

        // From its own solution it needs less work, stays there and is never worse. A row that was stopped by its limit has no solution yet.
        EncodeResult warm = encoder.EncodeDetailed(Signals, From(cold.Codes));
        bool gaps = cold.AccuracyMeaning == "duality gap";
        long before = 0, after = 0;
        for (int row = 0; row < Rows; row++)
        {
            if (gaps && cold.StopReasons[row] == StopReason.MaxIterations)
            {
                continue;
            }

            string what = $"row {row} from its solution, {cold.StopReasons[row]} after {cold.Iterations[row]} iterations";
            Assert.That(warm.Accuracies[row], Is.LessThanOrEqualTo((cold.Accuracies[row] * (1 + 1e-4)) + 1e-6), $"{cold.AccuracyMeaning} of {what}");
            AssertClose(warm.Codes.Slice(row, 1), cold.Codes.Slice(row, 1), Math.Max(RowTolerance, WarmTolerance), $"code of {what}");
            before += cold.Iterations[row];
            after += warm.Iterations[row];
        }

        Assert.That(before, Is.GreaterThan(0), "no row reached its solution");
        Assert.That(after, Is.LessThanOrEqualTo(before * WarmShare), $"iterations from the solution; {before} from nothing");

        // From other codes it does something else than from nothing.
        SparseCodes other = SparseCodes.FromRows(Atoms, [.. Enumerable.Range(0, Rows + 1)], [.. Enumerable.Range(0, Rows).Select(i => i % Atoms)], [.. Enumerable.Repeat(0.3f, Rows)]);
        EncodeResult changed = encoder.EncodeDetailed(Signals, From(other));
        bool different = !changed.Iterations.SequenceEqual(cold.Iterations) || !changed.Codes.Values.SequenceEqual(cold.Codes.Values);
        Assert.That(different, Is.True, "a start at other codes changed nothing");
        string shapes = MessageOf<ArgumentException>(() => encoder.Encode(Signals, From(cold.Codes.Slice(0, 5))));
        Assert.That(shapes, Does.Contain($"[5, {Atoms}]").And.Contains($"[{Rows}, {Atoms}]").And.Contains("WarmStart"));
        Assert.Catch<ArgumentException>(() => encoder.Encode(Signals, From(SparseCodes.FromDense(new float[Rows, Atoms + 1]))));
    }

    /// <summary>Iterations that a start at the solution may need, as a share of those from nothing.</summary>
    protected virtual double WarmShare => 0.5;

    /// <summary>How far the codes may move when the solver starts at its solution: within what its stop allows.</summary>
    protected virtual float WarmTolerance => 1e-3f;
}
