using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>What the network of a checkpoint is: shapes from the options, scale and known dictionary from the file.</summary>
internal static class CheckpointSpec
{
    /// <summary>Reads the specification; the matrices come afterwards.</summary>
    public static NetworkSpec Read(StateFile file, int atomCount, IReadOnlyList<int> hidden, Selection selection, bool bias, int? atomWidth = null)
    {
        int dimension = file.Count("dimension");
        bool known = file.Text("known_dictionary") == "true";
        float scale = file.Positive("input_scale");

        // The options and the dimension say how much memory the network takes: they must be those of the tensors before any is taken.
        int[] widths = [dimension, .. hidden, atomCount];
        for (int i = 0; i + 1 < widths.Length; i++)
        {
            file.Require($"encoder.{i}.weight", widths[i + 1], widths[i]);
        }

        file.Require("decoder.atoms", atomCount, atomWidth ?? dimension);
        InvalidOptions.AsData(file.FileName, () =>
        {
            selection.Validate(atomCount);
            return selection;
        });
        return new NetworkSpec
        {
            Dimension = dimension,
            AtomCount = atomCount,
            Hidden = hidden,
            Selection = selection,
            EncoderBias = bias,
            DecoderBias = file.Text("decoder_bias") == "true",
            InputScale = scale,
            KnownDictionary = known ? new AtomDictionary(file.Floats("decoder.atoms", atomCount, dimension), dimension, file.Has(TrainerCheckpoint.KnownOffset) ? file.Floats(TrainerCheckpoint.KnownOffset, dimension) : null, scale) : null,
        };
    }

    /// <summary>Fits by a trainer: resumes where the context's checkpoint folder holds a run of the same options, and refuses one of others.</summary>
    public static TTrainer ResumeOrStart<TTrainer, TEncoder>(RunContext context, Func<string, TTrainer> resume, Func<TTrainer, bool> matches, Func<TTrainer> start)
        where TTrainer : Trainer<TEncoder>
        where TEncoder : class, IEncoder
    {
        if (context.Checkpoint is { } folder && Trainer.FindCheckpoint(folder) is { } path)
        {
            TTrainer trainer = resume(path);
            if (!matches(trainer))
            {
                trainer.Dispose();
                throw new InvalidOperationException($"{path} belongs to a run with other options. Choose another checkpoint folder, or delete the file to start anew.");
            }

            return trainer;
        }

        return start();
    }
}
