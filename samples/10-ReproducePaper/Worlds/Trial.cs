namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Training to the end, measured there: what most figures need.</summary>
internal static class Trial
{
    /// <summary>Trains in a world and scores the encoder, with the operations of training.</summary>
    /// <param name="world">The world.</param>
    /// <param name="trainer">A fresh trainer; it is disposed of.</param>
    /// <param name="lambda">λ of the paper's loss.</param>
    /// <param name="cancellation">Stops after a step.</param>
    public static (Dictionary<string, double> Values, TEncoder Encoder) Train<TEncoder>(World world, Trainer<TEncoder> trainer, float lambda, CancellationToken cancellation)
        where TEncoder : class, IEncoder
    {
        using Trainer<TEncoder> session = trainer;
        trainer.Run(world.Train, cancellation);
        TEncoder encoder = trainer.Snapshot();
        Dictionary<string, double> values = world.Score(encoder, lambda, cancellation);
        World.AddFlops(values, trainer.Record.Flops, Measures.TrainFlops, Measures.TrainPublished);
        return (values, encoder);
    }

    /// <summary>The paper's three: "SAE", "SC" or "MLP-H".</summary>
    public static (Dictionary<string, double> Values, IEncoder Encoder) Train(World world, string method, PaperRecipe recipe, CancellationToken cancellation)
    {
        switch (method)
        {
            case "SAE":
                return Train(world, recipe.Sae().CreateTrainer(world.Train, World.Context), recipe.Lambda, cancellation);
            case "SC":
                return Train(world, recipe.SparseCoding().CreateTrainer(world.Train, World.Context), recipe.Lambda, cancellation);
            default:
                int hidden = int.Parse(method.AsSpan("MLP-".Length), System.Globalization.CultureInfo.InvariantCulture);
                return Train(world, recipe.Mlp(hidden).CreateTrainer(world.Train, World.Context), recipe.Lambda, cancellation);
        }
    }

    /// <summary>About how long a step takes, in steps of an SAE with 16 atoms in 8 dimensions and 1024 signals: a constant part and the products.</summary>
    public static double StepWork(string method, int sources, int measurements)
    {
        double size = sources * measurements / 128.0;
        return method switch
        {
            "SAE" => 0.3 + (0.7 * size / 4) + (0.1 * sources / 16),
            "SC" => 0.5 + (0.8 * size / 4) + (0.4 * sources / 16),
            _ => 0.5 + (0.015 * int.Parse(method.AsSpan("MLP-".Length), System.Globalization.CultureInfo.InvariantCulture) * (sources + measurements) / 24.0) + (0.3 * size / 4),
        };
    }
}
