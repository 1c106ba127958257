using System.Text.Json;

namespace SparseCoding.Benchmarks;

/// <summary>Rows measured so far, one JSON object to a line, appended as soon as they exist: a study that was stopped goes on where it was, and a line that was cut short is measured again.</summary>
/// <typeparam name="T">A row.</typeparam>
internal sealed class JsonLines<T>(string path)
    where T : class
{
    private static readonly JsonSerializerOptions s_format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>All whole rows of the file; none when there is no file.</summary>
    public List<T> Read()
    {
        var rows = new List<T>();
        foreach (string line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize<T>(line, s_format) is { } row)
                {
                    rows.Add(row);
                }
            }
            catch (JsonException)
            {
                // A process that was ended while it wrote.
            }
        }

        return rows;
    }

    /// <summary>Appends a row, on a line of its own even after one that was cut short.</summary>
    public void Add(T row)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        bool whole = true;
        if (file.Length > 0)
        {
            file.Position = file.Length - 1;
            whole = file.ReadByte() == '\n';
        }

        file.Position = file.Length;
        file.Write(System.Text.Encoding.UTF8.GetBytes((whole ? "" : "\n") + JsonSerializer.Serialize(row, s_format) + "\n"));
    }
}
