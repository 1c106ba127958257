using System.Diagnostics;
using System.Globalization;

namespace SparseCoding.Benchmarks;

internal static class ListaCommand
{
    public static int Run(string[] a)
    {
        int dim = int.Parse(a[0], CultureInfo.InvariantCulture), atoms = int.Parse(a[1], CultureInfo.InvariantCulture), layers = int.Parse(a[2], CultureInfo.InvariantCulture), steps = int.Parse(a[3], CultureInfo.InvariantCulture), batch = int.Parse(a[4], CultureInfo.InvariantCulture);
        float rate = float.Parse(a[5], CultureInfo.InvariantCulture), share = float.Parse(a[6], CultureInfo.InvariantCulture), lambda = float.Parse(a[8], CultureInfo.InvariantCulture);
        double layerwise = double.Parse(a[7], CultureInfo.InvariantCulture);
        ListaWeights weights = Enum.Parse<ListaWeights>(a[9]);
        var world = new ListaWorld(dim, atoms, 1000, batch, 1);
        var options = new ListaOptions { AtomCount = atoms, LayerCount = layers, Weights = weights, SupportShare = share, LayerwiseShare = layerwise, Lambda = lambda };
        var training = new TrainingOptions { Steps = steps, LearningRate = new Schedule { Value = rate, WarmupSteps = 20, DecayShare = 0.3 }, CodeLoss = CodeLoss.SquaredError };
        using ListaTrainer trainer = new ListaEncoder(options, training).CreateTrainer(world.TestSignals, world.Dictionary, new RunContext { Threads = 2 });
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < steps; i++)
        {
            trainer.Step(world.Batch(i));
            if ((i + 1) % (steps / 8) == 0)
            {
                ListaEncoder now = trainer.Snapshot();
                Console.WriteLine($"{i + 1} {clock.Elapsed.TotalSeconds:F0}s " + string.Join(' ', Enumerable.Range(1, layers).Where(t => t % 2 == 0 || t == 1).Select(t => world.Decibel(now.FirstLayers(t).Encode(world.TestSignals)).ToString("F1", CultureInfo.InvariantCulture))));
            }
        }

        return 0;
    }
}
