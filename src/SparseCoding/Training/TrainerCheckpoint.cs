using System.Globalization;
using SparseCoding.Backends;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Training;

/// <summary>What every trainer's checkpoint has: counters, curve, device, and the matrices of its parameters by name.</summary>
internal static class TrainerCheckpoint
{
    /// <summary>Name of the tensor with the offset of a known dictionary, [dimension], in the units of the signals: so that it comes back with the same bits.</summary>
    public const string KnownOffset = "known.offset";

    private const string CurveFit = "record.curve.fit";
    private const string MixingRows = "mixing.rows";
    private const string MixingIds = "mixing.ids";

    /// <summary>Writes a checkpoint atomically.</summary>
    public static void Write(string path, string kind, Backend backend, TrainerProgressState progress, Dictionary<string, string> metadata, IEnumerable<(string Name, DeviceMatrix Matrix)> matrices, params ReadOnlySpan<TensorToWrite> more)
    {
        metadata["steps"] = progress.Steps.ToString(CultureInfo.InvariantCulture);
        metadata["rows"] = progress.Rows.ToString(CultureInfo.InvariantCulture);
        metadata["feeder"] = progress.FeederPosition.ToString(CultureInfo.InvariantCulture);
        metadata["elapsed_ticks"] = progress.Elapsed.Ticks.ToString(CultureInfo.InvariantCulture);
        metadata["loss_bits"] = BitConverter.DoubleToInt64Bits(progress.Loss).ToString(CultureInfo.InvariantCulture);
        metadata["device"] = backend.Name;
        if (progress.Data is not null)
        {
            metadata["data"] = progress.Data;
        }

        var tensors = new List<TensorToWrite>();
        foreach ((string name, DeviceMatrix matrix) in matrices)
        {
            var values = new float[matrix.Length];
            backend.Read(matrix, 0, values);
            if (FiniteCheck.FirstNotFinite(values) >= 0)
            {
                // The checkpoint before this one stays: a state with NaN is no state to go on from.
                Throw.InvalidOperation($"'{name}' is not finite after step {progress.Steps}: training diverged, and the checkpoint of an earlier step is kept. Lower the learning rate or check the scale of the signals.");
            }

            tensors.Add(TensorToWrite.Create(name, values, matrix.Rows, matrix.Columns));
        }

        foreach (TensorToWrite tensor in more)
        {
            tensors.Add(tensor);
        }

        var curve = new double[progress.Curve.Length * 3];
        for (int i = 0; i < progress.Curve.Length; i++)
        {
            (curve[3 * i], curve[(3 * i) + 1], curve[(3 * i) + 2]) = (progress.Curve[i].Step, progress.Curve[i].Loss, progress.Curve[i].L0);
        }

        if (curve.Length > 0)
        {
            tensors.Add(TensorToWrite.Create("record.curve", curve, progress.Curve.Length, 3));
            tensors.Add(TensorToWrite.Create(CurveFit, progress.Curve.SelectMany(p => (double[])[p.Fvu, p.DeadShare]).ToArray(), progress.Curve.Length, 2));
        }

        if (progress.Mixing is { } mixing)
        {
            int waiting = mixing.RowIds.Length;
            metadata["mixing"] = string.Create(CultureInfo.InvariantCulture, $"{mixing.Capacity};{waiting};{mixing.RowsTaken};{mixing.Draws}");
            if (waiting > 0)
            {
                tensors.Add(TensorToWrite.Create(MixingRows, mixing.Rows, waiting, mixing.Rows.Length / waiting));
                tensors.Add(TensorToWrite.Create(MixingIds, mixing.RowIds, waiting));
            }
        }

        StateFile.Write(path, kind, metadata, tensors);
    }

    /// <summary>Reads the counters, and refuses a checkpoint of another device or SIMD tier: it could not go on with the same bits.</summary>
    public static TrainerProgressState ReadProgress(StateFile file, Backend backend)
    {
        string device = file.Text("device");
        if (device != backend.Name)
        {
            Throw.InvalidOperation($"{file.FileName} was written on '{device}', but this run is on '{backend.Name}': it would not go on with the same bits. Resume on the same device and SIMD tier.");
        }

        TrainingPoint[] curve = [];
        if (file.Has("record.curve"))
        {
            long points = file.RowsOf("record.curve");
            double[] values = file.Doubles("record.curve", points, 3);
            double[]? fit = file.Has(CurveFit) ? file.Doubles(CurveFit, points, 2) : null;
            curve = new TrainingPoint[points];
            for (int i = 0; i < curve.Length; i++)
            {
                curve[i] = new TrainingPoint((long)values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2], fit?[2 * i] ?? double.NaN, fit?[(2 * i) + 1] ?? double.NaN);
            }
        }

        return new TrainerProgressState(
            NotNegative(file, "steps"),
            NotNegative(file, "rows"),
            NotNegative(file, "feeder"),
            TimeSpan.FromTicks(file.Number("elapsed_ticks")),
            BitConverter.Int64BitsToDouble(file.Number("loss_bits")),
            curve,
            file.OptionalText("data"),
            ReadMixing(file));
    }

    private static MixingState? ReadMixing(StateFile file)
    {
        if (file.OptionalText("mixing") is not { } text)
        {
            return null;
        }

        string[] parts = text.Split(';');
        if (parts.Length != 4
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int capacity)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int waiting)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long taken)
            || !ulong.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out ulong draws)
            || waiting > capacity)
        {
            Throw.InvalidData($"{file.FileName}: metadata entry 'mixing' is '{text}', expected capacity;waiting;taken;draws.");
            return null;
        }

        return waiting == 0
            ? new MixingState(capacity, [], [], taken, draws)
            : new MixingState(capacity, file.Floats(MixingRows, waiting, file.Count("dimension")), file.Integers(MixingIds, waiting), taken, draws);
    }

    private static long NotNegative(StateFile file, string key)
    {
        long number = file.Number(key);
        if (number < 0)
        {
            Throw.InvalidData($"{file.FileName}: metadata entry '{key}' is {number}; it cannot be negative.");
        }

        return number;
    }

    /// <summary>Reads the matrices into their places.</summary>
    public static void ReadMatrices(StateFile file, Backend backend, IEnumerable<(string Name, DeviceMatrix Matrix)> matrices)
    {
        foreach ((string name, DeviceMatrix matrix) in matrices)
        {
            backend.Write(matrix, 0, file.Floats(name, matrix.Rows, matrix.Columns));
        }
    }
}
