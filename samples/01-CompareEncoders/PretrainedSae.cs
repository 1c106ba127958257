namespace SparseCoding.Samples.CompareEncoders;

/// <summary>A researcher's first question about an SAE that somebody else trained: how much of its error is the encoder's?</summary>
internal static class PretrainedSae
{
    /// <summary>Scores the SAE on the activations and measures its amortisation gap.</summary>
    public static void Run(Arguments arguments, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation)
    {
        SaeEncoder sae = Load(arguments.Sae!);
        Activations data = Activations.Open(arguments, measureOnly: true);
        if (data.Test.Dimension != sae.Dimension)
        {
            throw new ArgumentException($"--sae works on signals of dimension {sae.Dimension}, but --data has dimension {data.Test.Dimension}.");
        }

        display.Say($"{sae}; {data.Split}.");
        var comparison = new Comparison(data.Test, arguments, display, report, context, cancellation);
        try
        {
            comparison.Gap(comparison.Score("SAE", "own", sae), sae.Dictionary);
        }
        finally
        {
            comparison.Show();
        }
    }

    /// <summary>A folder, or weights beside a cfg.json, are SAELens'; any other file is the library's own.</summary>
    private static SaeEncoder Load(string path) =>
        Directory.Exists(path) || File.Exists(Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, "cfg.json")) ? SaeEncoder.LoadSaeLens(path) : SaeEncoder.Load(path);
}
