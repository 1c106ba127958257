namespace SparseCoding.Samples.CompareEncoders;

/// <summary>The comparison on real activations: no ground truth, so error at the same number of active atoms is what there is to compare.</summary>
internal static class RealActivations
{
    private const int QuickSteps = 300;
    private const int LearningIterations = 30;

    /// <summary>Trains SAE and MLP, puts the iterative encoders on the SAE's dictionary, and lets LARS and OMP learn theirs on a subsample.</summary>
    public static void Run(Arguments arguments, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation)
    {
        if (arguments.K > arguments.Atoms)
        {
            throw new ArgumentException($"--k is {arguments.K}, but --atoms is only {arguments.Atoms}.");
        }

        Activations data = Activations.Open(arguments, measureOnly: false);
        long steps = arguments.Steps ?? (arguments.Quick ? QuickSteps : new TrainingOptions().Steps);
        var training = new TrainingOptions { Steps = steps, Seed = arguments.Seed };
        display.Say($"{data.Split}; {arguments.Atoms} atoms, {arguments.K} active; {steps} steps of {Math.Min(training.BatchSize, data.Train.RowCount)} rows; seed {arguments.Seed}{(arguments.Quick ? ", quick" : "")}.");
        var comparison = new Comparison(data.Test, arguments, display, report, context, cancellation);
        try
        {
            SaeEncoder sae = Train(arguments, display, context, data, training, cancellation);
            (Scores, SparseCodes) own = comparison.Score("SAE (TopK)", "own", sae, sae.Training);
            MlpEncoder mlp = display.Work("MLP (TopK), training", progress => new MlpEncoder(
                new MlpOptions { AtomCount = arguments.Atoms, Hidden = [2 * data.Train.Dimension], Selection = Selection.TopK(arguments.K), Normalization = InputNormalization.MeanNorm },
                training).Fit(data.Train, context with { Progress = progress }, cancellation));
            comparison.Score("MLP (TopK)", "own", mlp, mlp.Training);
            Learn(arguments, display, context, data, comparison, cancellation);
            comparison.Gap(own, sae.Dictionary);
        }
        finally
        {
            comparison.Show();
        }
    }

    /// <summary>Trains by the trainer instead of Fit, so that an SAE whose training was stopped can be saved as it stands.</summary>
    private static SaeEncoder Train(Arguments arguments, IDisplay display, RunContext context, Activations data, TrainingOptions training, CancellationToken cancellation)
    {
        var options = new SaeOptions { AtomCount = arguments.Atoms, Selection = Selection.TopK(arguments.K), Normalization = InputNormalization.MeanNorm };
        return display.Work("SAE (TopK), training", progress =>
        {
            using SaeTrainer trainer = new SaeEncoder(options, training).CreateTrainer(data.Train, context with { Progress = progress });
            try
            {
                trainer.Run(data.Train, cancellation);
            }
            finally
            {
                if (arguments.Save is { } path)
                {
                    trainer.Snapshot().Save(path);
                }
            }

            return trainer.Snapshot();
        });
    }

    /// <summary>Dictionaries of the iterative encoders' own, learned from fewer rows: every alternation solves all of them.</summary>
    private static void Learn(Arguments arguments, IDisplay display, RunContext context, Activations data, Comparison comparison, CancellationToken cancellation)
    {
        Matrix rows = Activations.Pick(data.Train, arguments.Subsample, block: 1);
        float[] mean = rows.Mean();
        var centred = new float[rows.Values.Length];
        for (int i = 0; i < centred.Length; i++)
        {
            centred[i] = rows.Values[i] - mean[i % rows.Dimension];
        }

        ActivationSource source = ActivationSource.FromView(SignalView.FromRows(centred, rows.Dimension));
        var learning = new DictionaryLearningOptions { Iterations = arguments.Quick ? 3 : LearningIterations, Seed = arguments.Seed, BatchSize = 0 };
        display.Say($"OMP and LARS learn dictionaries from {rows.RowCount} of the rows, in at most {learning.Iterations} alternations.");

        var ompOptions = new OmpOptions { AtomCount = arguments.Atoms, MaxActive = arguments.K };
        OmpEncoder omp = display.Work("OMP, learning", progress => new OmpEncoder(ompOptions, learning).Fit(source, context with { Progress = progress }, cancellation));
        comparison.Score("OMP (signed)", "own", new OmpEncoder(WithOffset(omp.Dictionary, mean), ompOptions with { AtomCount = null }), omp.Training);

        // The path's stop at K atoms takes the place of a penalty, so that L0 is the same as everybody's.
        var larsOptions = new LarsOptions { AtomCount = arguments.Atoms, MaxActive = arguments.K };
        LarsEncoder lars = display.Work("LARS, learning", progress => new LarsEncoder(larsOptions, learning).Fit(source, context with { Progress = progress }, cancellation));
        comparison.Score("LARS (signed)", "own", new LarsEncoder(WithOffset(lars.Dictionary, mean), larsOptions with { AtomCount = null }), lars.Training);
    }

    private static AtomDictionary WithOffset(AtomDictionary dictionary, float[] offset) => new(dictionary.ToTensor(), offset);
}
