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
                return Train(world, recipe.Mlp(Hidden(method)).CreateTrainer(world.Train, World.Context), recipe.Lambda, cancellation);
        }
    }

    /// <summary>About how many milliseconds a step takes on 1024 signals: products, and entries that are passed over (measured on Zen 3).</summary>
    public static double StepWork(string method, int sources, int measurements)
    {
        double atoms = sources * measurements;
        return method switch
        {
            "SAE" => 0.02 + (3.4e-4 * atoms),
            "SC" => 0.03 + (0.006 * sources) + (1.3e-4 * atoms),
            _ => 0.1 + (1.5e-4 * Hidden(method) * (sources + measurements)) + (1.4e-4 * atoms),
        };
    }

    /// <summary>The same of an iteration of the gradient method on 1024 signals.</summary>
    public static double InferenceWork(long iterations, int sources) => 0.08 * iterations * sources / 16;

    private static int Hidden(string method) => int.Parse(method.AsSpan("MLP-".Length), System.Globalization.CultureInfo.InvariantCulture);
}
