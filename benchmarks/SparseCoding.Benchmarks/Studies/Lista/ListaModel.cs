namespace SparseCoding.Benchmarks;

/// <summary>One trained row of the table: an encoder with its training, and the file that a stopped run goes on from.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Options">What it is.</param>
/// <param name="LearningRate">Rate of Adam.</param>
/// <param name="StepShare">Share of the study's steps that it takes: two numbers a layer need fewer than a matrix.</param>
internal sealed record ListaModel(string Name, ListaOptions Options, float LearningRate, double StepShare = 1)
{
    private const int SaveEvery = 100;

    /// <summary>The four of the papers at that size.</summary>
    public static IReadOnlyList<ListaModel> All(int atoms, int layers) =>
    [
        new("LISTA", new ListaOptions { AtomCount = atoms, LayerCount = layers, Weights = ListaWeights.Free, Lambda = 0.4f }, 5e-4f),
        new("LISTA-CP", new ListaOptions { AtomCount = atoms, LayerCount = layers, Lambda = 0.4f }, 1e-3f),
        new("LISTA-CP-SS", new ListaOptions { AtomCount = atoms, LayerCount = layers, Lambda = 0.4f, SupportShare = 0.012f }, 1e-3f),
        new("ALISTA", new ListaOptions { AtomCount = atoms, LayerCount = layers, Weights = ListaWeights.Analytic, Lambda = 0.2f, SupportShare = 0.012f }, 1e-2f, 0.25),
    ];

    /// <summary>Trains on codes that are known, or goes on from the state that a stopped run left.</summary>
    /// <param name="world">Dictionary and batches.</param>
    /// <param name="steps">Steps of the study.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="folder">Where the state is kept.</param>
    public ListaEncoder Train(ListaWorld world, int steps, int threads, string folder)
    {
        steps = Math.Max(1, (int)(steps * StepShare));
        string path = Path.Combine(folder, $"{Name.ToLowerInvariant()}-{world.Dimension}-{steps}-{world.Seed}.safetensors");
        var context = new RunContext { Threads = threads };
        var training = new TrainingOptions
        {
            Steps = steps,
            LearningRate = new Schedule { Value = LearningRate, WarmupSteps = 20, DecayShare = 0.3 },
            CodeLoss = CodeLoss.SquaredError,
            Seed = world.Seed,
        };
        using ListaTrainer trainer = File.Exists(path) ? ListaTrainer.Resume(path, context) : new ListaEncoder(Options, training).CreateTrainer(world.TestSignals, world.Dictionary, context);
        while (trainer.StepCount < steps)
        {
            trainer.Step(world.Batch(trainer.StepCount));
            if (trainer.StepCount % SaveEvery == 0 || trainer.StepCount == steps)
            {
                trainer.SaveCheckpoint(path);
                Console.Error.WriteLine(FormattableString.Invariant($"{Name}: step {trainer.StepCount} of {steps}, loss {trainer.MeasureLoss():G4}, {trainer.Record.Elapsed.TotalSeconds:F0} s"));
            }
        }

        return trainer.Snapshot();
    }
}
