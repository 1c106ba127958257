using System.Numerics.Tensors;
using SparseCoding.Tests.Training;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <summary>The laws of Fit that every encoder keeps that learns something.</summary>
/// <typeparam name="TEncoder">The encoder.</typeparam>
public abstract class FitContract<TEncoder>
    where TEncoder : class, IEncoder
{
    /// <summary>Where heavy work runs.</summary>
    protected virtual ComputeDevice Device => ContractDevice.Device;

    /// <summary>Log events that a run to the end writes, in this order.</summary>
    protected virtual int[] EventIds => [1001, 1002];

    /// <summary>A recipe of a few steps for that many atoms; nothing is fitted.</summary>
    protected abstract TEncoder Recipe(int atoms);

    /// <summary>Fit on data.</summary>
    protected abstract TEncoder Fit(TEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default);

    /// <summary>Saves the encoder.</summary>
    protected abstract void Save(TEncoder encoder, string path);

    private protected RunContext Context(int threads = 2) => new() { Device = Device, Threads = threads, ProgressInterval = TimeSpan.Zero };

    [Test]
    public void Use_Unfitted_SaysThatFitReturnsTheTrainedEncoder()
    {
        TEncoder recipe = Recipe(Atoms);
        Action[] uses =
        [
            () => recipe.Encode(Signals),
            () => recipe.EncodeDetailed(Signals),
            () => recipe.EncodingFlops(1),
            () => _ = recipe.Decoder,
            () => _ = recipe.Dimension,
            () => Save(recipe, "never-written.safetensors"),
        ];
        foreach (Action use in uses)
        {
            Assert.That(MessageOf<InvalidOperationException>(use), Does.Contain("Fit").And.Contains(typeof(TEncoder).Name));
        }

        Assert.That(recipe.AtomCount, Is.EqualTo(Atoms));
        Assert.That(File.Exists("never-written.safetensors"), Is.False);
    }

    [Test]
    public void Fit_Recipe_StaysAsItWasAndGivesTheSameAgain()
    {
        TEncoder recipe = Recipe(Atoms);
        TEncoder first = Fit(recipe, Signals, Context()), second = Fit(recipe, Signals, Context());
        Assert.That(first, Is.Not.SameAs(recipe));
        Assert.Catch<InvalidOperationException>(() => recipe.Encode(Signals));
        AssertSame(second, first, "the second fit of one recipe");
        Assert.That((first.AtomCount, first.Dimension), Is.EqualTo((Atoms, Dimension)));
    }

    [Test]
    public void Fit_AnyNumberOfThreads_GivesTheSameBits()
    {
        TEncoder one = Fit(Recipe(64), ManySignals, Context(1));
        foreach (int threads in (int[])[2, 4])
        {
            AssertSame(Fit(Recipe(64), ManySignals, Context(threads)), one, $"{threads} threads");
        }
    }

    [Test]
    public void Fit_Cancelled_ThrowsAndLeavesTheRecipeAsItWas()
    {
        TEncoder recipe = Recipe(Atoms), expected = Fit(Recipe(Atoms), Signals, Context());
        Assert.Catch<OperationCanceledException>(() => Fit(recipe, Signals, Context(), new CancellationToken(true)));
        using var source = new CancellationTokenSource();
        int reports = 0;
        var progress = new SynchronousProgress<TrainingProgress>(_ =>
        {
            if (++reports == 2)
            {
                source.Cancel();
            }
        });
        Assert.Catch<OperationCanceledException>(() => Fit(recipe, Signals, Context() with { Progress = progress }, source.Token));
        Assert.That(reports, Is.EqualTo(2), "steps after the cancellation");
        Assert.Catch<InvalidOperationException>(() => recipe.Encode(Signals));
        AssertSame(Fit(recipe, Signals, Context()), expected, "a fit after a cancelled one");
    }

    [Test]
    public void Fit_BadData_IsNamedBeforeAnyWork()
    {
        TEncoder recipe = Recipe(Atoms);
        var log = new EventLog();
        RunContext context = Context() with { LoggerFactory = log };
        Assert.That(Assert.Catch<ArgumentNullException>(() => Fit(recipe, null, context))!.ParamName, Is.EqualTo("data"));
        Assert.That(Assert.Catch<ArgumentNullException>(() => Fit(recipe, (float[,]?)null, context))!.ParamName, Is.EqualTo("data"));
        Assert.That(MessageOf<ArgumentException>(() => Fit(recipe, new float[0, Dimension], context)), Does.Contain("[0, 8]"));
        Assert.That(MessageOf<ArgumentException>(() => Fit(recipe, new EmptySource(), context)), Does.Contain("no signals"));
        Assert.That(MessageOf<ArgumentException>(() => Fit(recipe, Tensor.Create(new float[8], [8]), context)), Does.Contain("rank 1"));
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            Assert.That(MessageOf<ArgumentException>(() => Fit(recipe, With(Signals, 5, 2, bad), context)), Does.Contain("row 5, column 2"));
        }

        Assert.That(log.Ids, Is.Empty, "work was begun");
    }

    [Test]
    public void Fit_OneRowOrZeros_GivesAFiniteEncoder()
    {
        foreach (Tensor<float> data in (Tensor<float>[])[Pick(Signals, 4), Tensor.Create(new float[5 * Dimension], [5, Dimension])])
        {
            TEncoder trained = Fit(Recipe(Atoms), data, Context());
            Assert.That(((AtomDictionary)trained.Decoder).AtomValues.ToArray(), Has.All.Matches<float>(float.IsFinite));
            Assert.That(trained.Encode(Signals).Values.ToArray(), Has.All.Matches<float>(float.IsFinite));
        }
    }

    [Test]
    public void Fit_EveryKindOfData_GivesTheSameBits()
    {
        TEncoder expected = Fit(Recipe(Atoms), Signals, Context());
        var array = new float[Rows, Dimension];
        Buffer.BlockCopy(Values(Signals), 0, array, 0, sizeof(float) * Rows * Dimension);
        AssertSame(Fit(Recipe(Atoms), array, Context()), expected, "float[,]");
        AssertSame(Fit(Recipe(Atoms), Signals.AsTensorSpan(), Context()), expected, "tensor span");
        AssertSame(Fit(Recipe(Atoms), Signals.AsReadOnlyTensorSpan(), Context()), expected, "read-only tensor span");
    }

    [Test]
    public void Fit_Progress_RisesToOne()
    {
        var progress = new SynchronousProgress<TrainingProgress>();
        TEncoder trained = Fit(Recipe(Atoms), Signals, Context() with { Progress = progress });
        double[] shares = [.. progress.Reports.Select(r => r.Fraction)];
        Assert.That(shares, Is.Not.Empty.And.Ordered.Ascending.And.All.InRange(0, 1));
        Assert.That(shares[^1], Is.EqualTo(1));
        Assert.That(progress.Reports.Select(r => r.Loss), Has.All.Matches<double>(double.IsFinite));
        AssertSame(Fit(Recipe(Atoms), Signals, Context()), trained, "a fit without progress");
    }

    [Test]
    public void Fit_Logging_HasTheStableEventIds()
    {
        var log = new EventLog();
        Fit(Recipe(Atoms), Signals, Context() with { LoggerFactory = log });
        Assert.That(log.Ids, Is.EqualTo(EventIds));
    }

    private protected void AssertSame(TEncoder actual, TEncoder expected, string what)
    {
        AssertSameBits((AtomDictionary)actual.Decoder, (AtomDictionary)expected.Decoder, what);
        Tensor<float> signals = actual.Dimension == Dimension ? Signals : Pick(ManySignals, [.. Enumerable.Range(0, 50)]);
        AssertSameBits(actual.Encode(signals), expected.Encode(signals), what);
    }

    private sealed class EmptySource : ActivationSource
    {
        public override int Dimension => ContractWorld.Dimension;

        public override long RowCount => 0;

        public override long Position { get; set; }

        public override void Read(SignalBatch batch) => batch.Count = 0;

        public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch) => batch.Count = 0;
    }
}

/// <summary>Besides: the two forms of Fit that only amortised encoders have.</summary>
/// <typeparam name="TEncoder">The encoder.</typeparam>
public abstract class AmortisedFitContract<TEncoder> : FitContract<TEncoder>
    where TEncoder : class, IEncoder
{
    /// <summary>Fit on data and a known dictionary.</summary>
    protected abstract TEncoder Fit(TEncoder recipe, ActivationSource? data, IDictionary? dictionary, RunContext? context = null, CancellationToken token = default);

    /// <summary>Fit on data and known codes.</summary>
    protected abstract TEncoder Fit(TEncoder recipe, ActivationSource? data, SparseCodes? codes, RunContext? context = null, CancellationToken token = default);

    [Test]
    public void FitOnDictionary_AnyAffineDictionary_LeavesItBitForBit()
    {
        foreach (AtomDictionary known in (AtomDictionary[])[Plain, Affine])
        {
            TEncoder trained = Fit(Recipe(Atoms), Make(known, Rows, 3, 3), known, Context());
            AssertSameBits((AtomDictionary)trained.Decoder, known, "known dictionary");
        }
    }

    [Test]
    public void FitOnDictionary_AnyNumberOfThreads_GivesTheSameBits() =>
        AssertSame(Fit(Recipe(64), ManySignals, Large, Context(4)), Fit(Recipe(64), ManySignals, Large, Context(1)), "4 threads on a known dictionary");

    [Test]
    public void FitOnDictionary_BadArguments_AreNamed()
    {
        TEncoder recipe = Recipe(Atoms);
        Assert.That(Assert.Catch<ArgumentNullException>(() => Fit(recipe, Signals, (IDictionary?)null))!.ParamName, Is.EqualTo("dictionary"));
        Assert.That(Assert.Catch<ArgumentNullException>(() => Fit(recipe, null, Plain))!.ParamName, Is.EqualTo("data"));
        ArgumentException atoms = Assert.Catch<ArgumentException>(() => Fit(recipe, ManySignals, Large))!;
        Assert.That(atoms.ParamName, Is.EqualTo("dictionary"));
        Assert.That(atoms.Message, Does.Contain("64 atoms").And.Contains("12"));
        ArgumentException dimension = Assert.Catch<ArgumentException>(() => Fit(Recipe(64), Signals, Large))!;
        Assert.That(dimension.Message, Does.Contain("dimension 32").And.Contains("dimension 8"));
    }

    [Test]
    public void FitOnCodes_AnyNumberOfThreads_GivesTheSameBits()
    {
        SparseCodes codes = SparseCodes.FromDense(Tensor.Create(TestMatrices.Codes<float>(2100, 64, 4, 13, nonNegative: true), [2100, 64]));
        AssertSame(Fit(Recipe(64), ManySignals, codes, Context(4)), Fit(Recipe(64), ManySignals, codes, Context(1)), "4 threads on known codes");
    }

    [Test]
    public void FitOnCodes_BadArguments_AreNamed()
    {
        TEncoder recipe = Recipe(Atoms);
        SparseCodes codes = SparseCodes.FromDense(new float[Rows, Atoms]);
        Assert.That(Assert.Catch<ArgumentNullException>(() => Fit(recipe, Signals, (SparseCodes?)null))!.ParamName, Is.EqualTo("codes"));
        Assert.That(Assert.Catch<ArgumentNullException>(() => Fit(recipe, null, codes))!.ParamName, Is.EqualTo("data"));
        string rows = MessageOf<ArgumentException>(() => Fit(recipe, Signals, codes.Slice(0, 9)));
        Assert.That(rows, Does.Contain("[9, 12]").And.Contains("[37, 12]").And.Contains("codes"));
        Assert.That(MessageOf<ArgumentException>(() => Fit(Recipe(Atoms + 1), Signals, codes)), Does.Contain("[37, 12]").And.Contains("[37, 13]"));
        var negative = new float[Rows, Atoms];
        negative[3, 4] = -1;
        Assert.That(MessageOf<ArgumentException>(() => Fit(recipe, Signals, SparseCodes.FromDense(negative))), Does.Contain("negative"));
    }

    [Test]
    public void FitOnCodesAndDictionary_Cancelled_Throws()
    {
        var cancelled = new CancellationToken(true);
        Assert.Catch<OperationCanceledException>(() => Fit(Recipe(Atoms), Signals, Plain, Context(), cancelled));
        Assert.Catch<OperationCanceledException>(() => Fit(Recipe(Atoms), Signals, SparseCodes.FromDense(new float[Rows, Atoms]), Context(), cancelled));
    }
}
