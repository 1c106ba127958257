namespace SparseCoding.Tests;

/// <summary>Signals with all side data that any recipe may ask for; counts what is read of them.</summary>
internal sealed class SaeTrialSource(int rows, int targets) : ActivationSource
{
    private static readonly float[] s_signals = TestMatrices.Normal<float>(256, SaeChoice.Dimension, 5), s_targets = TestMatrices.Normal<float>(256, 16, 6), s_gradients = TestMatrices.Normal<float>(256, SaeChoice.Dimension, 7);

    /// <summary>Rows that were read.</summary>
    public long Reads { get; private set; }

    public override int Dimension => SaeChoice.Dimension;

    public override int TargetDimension => targets;

    public override long RowCount => rows;

    public override long Position { get; set; }

    public override bool IsInMemory => true;

    /// <summary>The signals alone.</summary>
    public float[,] Matrix()
    {
        var matrix = new float[rows, Dimension];
        for (int i = 0; i < matrix.Length; i++)
        {
            matrix[i / Dimension, i % Dimension] = Signal(i);
        }

        return matrix;
    }

    public override void Read(SignalBatch batch)
    {
        int count = (int)Math.Min(batch.Capacity, RowCount - Position);
        Gather([.. Enumerable.Range(0, count).Select(i => Position + i)], batch);
        Position += count;
    }

    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        Reads += rows.Length;
        batch.Count = rows.Length;
        batch.Gradients ??= new float[batch.Capacity * Dimension];
        batch.SetTargetDimension(targets);
        for (int i = 0; i < rows.Length; i++)
        {
            int row = (int)rows[i];
            batch.RowIds[i] = row;
            for (int j = 0; j < Dimension; j++)
            {
                batch.Signals[(i * Dimension) + j] = Signal((row * Dimension) + j);
                batch.Gradients[(i * Dimension) + j] = s_gradients[(row * Dimension) + j];
            }

            s_targets.AsSpan(row * targets, targets).CopyTo(batch.Targets[(i * targets)..]);
        }
    }

    private static float Signal(int i) => s_signals[i] + (0.25f * (i % SaeChoice.Dimension));
}

/// <summary>A recipe at work, through the public door.</summary>
internal static class SaeTrial
{
    private const int Rows = 40;
    private static readonly RunContext s_context = new() { Threads = 1 };

    /// <summary>Refused before anything is read, with the message; null where the recipe trains. Anything else that goes wrong is passed on.</summary>
    public static string? Refusal(SaeRecipe recipe)
    {
        SaeTrialSource source = Source(recipe);
        try
        {
            _ = Fit(recipe with { Training = recipe.Training with { Steps = 0 } }, source, s_context, default);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            Assert.That(source.Reads, Is.Zero, "read before the refusal: " + exception.Message);
            return exception.Message;
        }
    }

    /// <summary>Trains; saves and loads; stops after some steps and goes on: the same codes to the bit each time.</summary>
    public static void Run(SaeRecipe recipe, int cut, TemporaryFolder folder)
    {
        SaeTrialSource source = Source(recipe);
        float[,] signals = source.Matrix();
        SaeEncoder whole = Fit(recipe, source, s_context, default);
        SparseCodes expected = whole.Encode(signals);
        Assert.That(whole.Training!.Curve, Has.Count.EqualTo(SaeChoice.Steps));

        string file = folder.File("sae");
        whole.Save(file);
        SaeEncoder again = SaeEncoder.Load(file);
        Assert.That(again.Options, Is.EqualTo(recipe.Options));
        Assert.That(again.TrainingOptions, Is.EqualTo(recipe.Training));
        Same(again.Encode(signals), expected, "loaded");
        Decodes(again, whole, expected, signals);

        using var stop = new CancellationTokenSource();
        RunContext context = s_context with { Checkpoint = folder.File("run"), ProgressInterval = TimeSpan.Zero };
        var progress = new SynchronousProgress<TrainingProgress>(at => { if (at.Step >= cut) { stop.Cancel(); } });
        Assert.That(() => Fit(recipe, source, context with { Progress = progress }, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        SaeEncoder resumed = Fit(recipe, source, context, default);
        Assert.That(resumed.Training!.Steps, Is.EqualTo(SaeChoice.Steps));
        Same(resumed.Encode(signals), expected, "resumed");
        Decodes(resumed, whole, expected, signals);
        Directory.Delete(context.Checkpoint!, recursive: true);
    }

    private static void Decodes(SaeEncoder actual, SaeEncoder expected, SparseCodes codes, float[,] signals)
    {
        int dimension = expected.Decoder.OutputDimension;
        float[] a = new float[codes.RowCount * dimension], b = new float[a.Length];
        actual.Decoder.Decode(codes, signals).FlattenTo(a);
        expected.Decoder.Decode(codes, signals).FlattenTo(b);
        Assert.That(a.AsSpan().SequenceEqual(b), Is.True, "reconstruction");
        Assert.That(a, Is.All.Matches<float>(float.IsFinite));
    }

    private static SaeTrialSource Source(SaeRecipe recipe) => new(Rows, (recipe.Options.Decoder as TranscoderDecoderOptions)?.OutputDimension ?? 0);

    private static SaeEncoder Fit(SaeRecipe recipe, SaeTrialSource source, RunContext context, CancellationToken token)
    {
        var encoder = new SaeEncoder(recipe.Options, recipe.Training);
        return recipe.Teacher switch
        {
            SaeTeacher.Dictionary => encoder.Fit(source, new AtomDictionary(TestMatrices.Dictionary<float>(SaeChoice.AtomCount, SaeChoice.Dimension, 9), SaeChoice.Dimension), context, token),
            SaeTeacher.Codes => encoder.Fit(source, Codes(), context, token),
            _ => encoder.Fit(source, context, token),
        };
    }

    private static SparseCodes Codes()
    {
        var codes = new float[Rows, SaeChoice.AtomCount];
        foreach ((int i, float value) in TestMatrices.Normal<float>(Rows, SaeChoice.AtomCount, 8).Index())
        {
            codes[i / SaeChoice.AtomCount, i % SaeChoice.AtomCount] = Math.Max(value - 0.5f, 0);
        }

        return SparseCodes.FromDense(codes);
    }

    private static void Same(SparseCodes actual, SparseCodes expected, string what)
    {
        Assert.That(actual.Values.SequenceEqual(expected.Values), Is.True, what + ": values");
        Assert.That(actual.Atoms.SequenceEqual(expected.Atoms), Is.True, what + ": atoms");
    }
}
