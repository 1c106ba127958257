using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>Trainers for coders that have no Fit of their own: any encoder that can be put on a dictionary, the caller's own included, learns one by alternation.</summary>
public static class DictionaryTrainer
{
    private const string Kind = "custom.learning";

    /// <summary>A trainer whose coder is made by a function.</summary>
    /// <typeparam name="TEncoder">The encoder.</typeparam>
    /// <param name="atomCount">Number of atoms, at least 1.</param>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="coder">Puts the encoder on a dictionary; called once for every alternation.</param>
    /// <param name="lambda">λ of the coder's l1 penalty, for the objective and for what an update must respect; 0 when it has none.</param>
    /// <param name="learning">How the dictionary is learned; null takes the defaults.</param>
    /// <param name="start">Dictionary to begin with; null for the options' start.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <remarks>Codes start cold in every alternation, and the signs of codes are taken as they come.</remarks>
    public static DictionaryTrainer<TEncoder> Create<TEncoder>(
        int atomCount, int dimension, Func<AtomDictionary, TEncoder> coder, float lambda = 0, DictionaryLearningOptions? learning = null, IDictionary? start = null, RunContext? context = null)
        where TEncoder : class, IEncoder
    {
        ArgumentNullException.ThrowIfNull(coder);
        Throw.AtLeast(atomCount, 1);
        Throw.NonNegative(lambda);
        return DictionaryFit.Create(Task(atomCount, coder, lambda, learning ?? new DictionaryLearningOptions()), dimension, start, context, (dictionary, _) => coder(dictionary));
    }

    /// <summary>Goes on from a checkpoint of such a trainer.</summary>
    /// <typeparam name="TEncoder">The encoder.</typeparam>
    /// <param name="path">A file that the trainer wrote.</param>
    /// <param name="coder">The same function as before: it is not in the file.</param>
    /// <param name="context">Device, threads and the rest; the device and SIMD tier must be those of the checkpoint.</param>
    public static DictionaryTrainer<TEncoder> Resume<TEncoder>(string path, Func<AtomDictionary, TEncoder> coder, RunContext? context = null)
        where TEncoder : class, IEncoder
    {
        ArgumentNullException.ThrowIfNull(coder);
        return DictionaryFit.Resume(path, Kind, file =>
        {
            string[] parts = file.Text("options").Split(';');
            if (parts.Length != 2 || !int.TryParse(parts[0], out int atoms) || atoms < 1 || !int.TryParse(parts[1], out int bits))
            {
                throw new InvalidDataException($"{path}: the options '{file.Text("options")}' are not those of a trainer with a coder function.");
            }

            DictionaryLearningOptions learning = EncoderJson.Read(file.Text("learning"), EncoderJson.Default.DictionaryLearningOptions, path);
            return (Task(atoms, coder, Throw.NonNegative(BitConverter.Int32BitsToSingle(bits)), learning), new Func<AtomDictionary, TrainingRecord, TEncoder>((dictionary, _) => coder(dictionary)));
        }, context);
    }

    private static LearningTask Task<TEncoder>(int atomCount, Func<AtomDictionary, TEncoder> coder, float lambda, DictionaryLearningOptions learning)
        where TEncoder : class, IEncoder => new()
    {
        Encoder = typeof(TEncoder).Name,
        AtomCount = atomCount,
        Penalty = lambda,
        NonNegativeCodes = false,
        WarmStarts = false,
        Code = (dictionary, signals, request, token) => coder(dictionary).Encode(signals, request, token),
        CodingFlops = (dimension, samples) => coder(new AtomDictionary(new float[atomCount * dimension], dimension)).EncodingFlops(samples),
        Options = learning,
        Kind = Kind,
        CoderOptions = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{atomCount};{BitConverter.SingleToInt32Bits(lambda)}"),
        LearningOptions = EncoderJson.Write(learning, EncoderJson.Default.DictionaryLearningOptions),
    };
}
