using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseCoding.Benchmarks;

/// <summary>
/// The rows measured so far, in one JSON file. A row is written as soon as it exists, so that a stopped study goes on where it was; several
/// processes may work on different rows of the same file.
/// </summary>
internal sealed class WorldRecords(string path)
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>All rows of the file; none when there is no file.</summary>
    public List<WorldRow> Read() => File.Exists(path) ? JsonSerializer.Deserialize<List<WorldRow>>(File.ReadAllText(path), s_format) ?? [] : [];

    /// <summary>Adds a row, or takes the place of the same row of another process, in the order of part, recipe, method and world, so that the file does not depend on the order of the runs.</summary>
    public void Add(WorldRow row)
    {
        using FileStream held = Lock();
        List<WorldRow> rows = Read();
        rows.RemoveAll(r => r.World == row.World && r.Part == row.Part && r.Method == row.Method && r.Recipe == row.Recipe);
        rows.Add(row);
        IEnumerable<WorldRow> ordered = rows.OrderBy(r => r.Part, StringComparer.Ordinal).ThenByDescending(r => r.Recipe, StringComparer.Ordinal)
            .ThenBy(r => r.Method, StringComparer.Ordinal).ThenBy(r => r.World);
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(ordered, s_format) + "\n");
        File.Move(temporary, path, overwrite: true);
    }

    private FileStream Lock()
    {
        string name = Path.Combine(Path.GetTempPath(), "worlds-" + Path.GetFullPath(path).Replace(Path.DirectorySeparatorChar, '_') + ".lock");
        while (true)
        {
            try
            {
                return new FileStream(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                Thread.Sleep(50);
            }
        }
    }
}
