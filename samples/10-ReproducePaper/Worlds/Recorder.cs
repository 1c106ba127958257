namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Training that is looked at on the way.</summary>
internal static class Recorder
{
    /// <summary>Runs a trainer to each of the steps and measures its snapshot there; the last step's figures are the outcome's values.</summary>
    /// <param name="trainer">A fresh trainer; it is disposed of.</param>
    /// <param name="data">What it learns from.</param>
    /// <param name="steps">Steps, rising.</param>
    /// <param name="measure">Figures of an encoder.</param>
    /// <param name="cancellation">Stops after a step.</param>
    public static (Outcome Outcome, TEncoder Encoder) Run<TEncoder>(
        Trainer<TEncoder> trainer, ActivationSource data, IReadOnlyList<long> steps, Func<TEncoder, Dictionary<string, double>> measure, CancellationToken cancellation)
        where TEncoder : class, IEncoder
    {
        using Trainer<TEncoder> session = trainer;
        var curve = new List<CurvePoint>();
        TEncoder? encoder = null;
        foreach (long step in steps)
        {
            trainer.RunTo(data, step, cancellation);
            encoder = trainer.Snapshot();
            Dictionary<string, double> values = measure(encoder);
            World.AddFlops(values, trainer.Record.Flops, Measures.TrainFlops, Measures.TrainPublished);
            curve.Add(new CurvePoint(step, values));
        }

        return (new Outcome { Values = new Dictionary<string, double>(curve[^1].Values), Curve = curve }, encoder!);
    }
}
