using System.Globalization;

namespace SparseCoding.Encoders;

/// <summary>A training record in the metadata of a file: its figures, not its curve.</summary>
internal static class RecordFile
{
    /// <summary>Adds the record's figures.</summary>
    public static void Write(Dictionary<string, string> metadata, TrainingRecord? record)
    {
        if (record is null)
        {
            return;
        }

        metadata["record"] = string.Join(
            ';',
            record.Steps.ToString(CultureInfo.InvariantCulture),
            record.Rows.ToString(CultureInfo.InvariantCulture),
            record.Flops.Value.ToString(CultureInfo.InvariantCulture),
            record.Flops.AsPublished?.ToString(CultureInfo.InvariantCulture) ?? "-",
            record.Flops.IsBound ? "bound" : "exact",
            record.FinalLoss.ToString("R", CultureInfo.InvariantCulture),
            record.Elapsed.Ticks.ToString(CultureInfo.InvariantCulture),
            record.Device,
            record.Completed ? "completed" : "stopped");
    }

    /// <summary>Reads the record; null when the file has none.</summary>
    public static TrainingRecord? Read(StateFile file)
    {
        if (file.OptionalText("record") is not { } text)
        {
            return null;
        }

        string[] parts = text.Split(';');
        if (parts.Length == 9
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long steps)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long rows)
            && UInt128.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 flops)
            && double.TryParse(parts[5], NumberStyles.Float, CultureInfo.InvariantCulture, out double loss)
            && long.TryParse(parts[6], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks))
        {
            UInt128? published = UInt128.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out UInt128 given) ? given : null;
            return new TrainingRecord
            {
                Steps = steps,
                Rows = rows,
                Flops = new FlopCount(flops, published, parts[4] == "bound"),
                FinalLoss = loss,
                Elapsed = TimeSpan.FromTicks(ticks),
                Device = parts[7],
                Completed = parts[8] == "completed",
            };
        }

        throw new InvalidDataException($"{file.FileName}: the training record '{text}' is not valid.");
    }
}
