using System.Globalization;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>What the network of a checkpoint is: shapes from the options, scale and known dictionary from the file.</summary>
internal static class CheckpointSpec
{
    /// <summary>Reads the specification; the matrices come afterwards.</summary>
    public static NetworkSpec Read(StateFile file, int atomCount, IReadOnlyList<int> hidden, Selection selection, bool bias)
    {
        int dimension = checked((int)file.Number("dimension"));
        bool known = file.Text("known_dictionary") == "true";
        if (!float.TryParse(file.Text("input_scale"), NumberStyles.Float, CultureInfo.InvariantCulture, out float scale) || !(scale > 0))
        {
            throw new InvalidDataException($"{file.FileName}: input_scale is '{file.Text("input_scale")}'; a positive number is expected.");
        }

        return new NetworkSpec
        {
            Dimension = dimension,
            AtomCount = atomCount,
            Hidden = hidden,
            Selection = selection,
            EncoderBias = bias,
            DecoderBias = file.Text("decoder_bias") == "true",
            InputScale = scale,
            KnownDictionary = known ? new AtomDictionary(file.Floats("decoder.atoms", atomCount, dimension), dimension, null, scale) : null,
        };
    }

    /// <summary>Fits by a trainer: resumes where the context's checkpoint folder holds a run of the same options, and refuses one of others.</summary>
    public static TTrainer ResumeOrStart<TTrainer, TEncoder>(RunContext context, Func<string, TTrainer> resume, Func<TTrainer, bool> matches, Func<TTrainer> start)
        where TTrainer : Trainer<TEncoder>
        where TEncoder : class, IEncoder
    {
        if (context.Checkpoint is { } folder && Trainer<TEncoder>.CheckpointPath(folder) is { } path && File.Exists(path))
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
