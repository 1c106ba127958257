namespace SparseCoding.Benchmarks;

/// <summary>The residual stream of the small language model, [rows, 128] in reading order, 64 rows to a context, from a folder with train_activations.npy and test_activations.npy.</summary>
internal static class BrownData
{
    /// <summary>Rows of a context.</summary>
    public const int Context = 64;

    /// <summary>Training contexts, the last ones, that settings are chosen on.</summary>
    public const int ValidationContexts = 200;

    /// <summary>
    /// Rows to learn from and rows to measure on. For a choice of settings both are of the training file, the last 200 contexts held out; for a final figure
    /// they are the whole of it and the other file.
    /// </summary>
    public static (SignalMatrix Train, SignalMatrix Measured) Load(string folder, bool final)
    {
        SignalMatrix train = Read(Path.Combine(folder, "train_activations.npy"));
        if (final)
        {
            return (train, Read(Path.Combine(folder, "test_activations.npy")));
        }

        int held = Context * ValidationContexts * train.Dimension;
        return (train with { Values = train.Values[..^held] }, train with { Values = train.Values[^held..] });
    }

    /// <summary>Every so-many-th whole context, so that about <paramref name="rows"/> rows are left.</summary>
    public static SignalMatrix SomeContexts(SignalMatrix all, int rows)
    {
        int contexts = all.RowCount / Context, every = Math.Max(1, contexts * Context / rows);
        return all.Rows([.. Enumerable.Range(0, all.RowCount).Where(row => row / Context % every == 0)]);
    }

    private static SignalMatrix Read(string path)
    {
        ActivationSource source = ActivationFiles.Load(path);
        var batch = new SignalBatch((int)source.RowCount, source.Dimension);
        source.Read(batch);
        return new SignalMatrix(batch.Signals.ToArray(), source.Dimension);
    }
}
