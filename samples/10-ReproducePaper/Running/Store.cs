using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>
/// Finished cells in a file of JSON lines, one cell a line, behind a line with the settings of all. A line counts when it has its line feed, so a run that is killed while
/// it writes loses that cell and nothing else: the rest of a line is cut off on opening. One process at a time; Add may be called from any thread.
/// </summary>
internal sealed class Store : IDisposable
{
    /// <summary>Name of the file in the folder of the results.</summary>
    public const string FileName = "cells.jsonl";

    private const int Format = 1;

    private static readonly JsonSerializerOptions Layout = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly FileStream _file;
    private readonly Dictionary<string, Row> _rows = [];
    private readonly Lock _lock = new();

    private Store(FileStream file) => _file = file;

    /// <summary>Opens the store in a folder, or begins one.</summary>
    /// <param name="folder">Folder of the results; made when missing.</param>
    /// <param name="scale">Name of the scale.</param>
    /// <param name="device">Device and SIMD tier, on which the bits depend.</param>
    /// <exception cref="InvalidDataException">The folder holds results of another scale or machine, or the file is damaged.</exception>
    /// <exception cref="IOException">Another process has it open.</exception>
    public static Store Open(string folder, string scale, string device)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        var store = new Store(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        try
        {
            store.Read(path, new Header(Format, scale, device));
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Whether a cell is finished.</summary>
    /// <exception cref="InvalidDataException">It is, with another recipe.</exception>
    public bool Has(Cell cell)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(cell.Key, out Row? row))
            {
                return false;
            }

            return row.Recipe == cell.Recipe
                ? true
                : throw new InvalidDataException($"{_file.Name} holds {cell} with other settings: '{row.Recipe}', now '{cell.Recipe}'. Choose another --output, or delete the file to start anew.");
        }
    }

    /// <summary>All finished cells, in the order of their keys.</summary>
    public IReadOnlyList<Row> Rows
    {
        get
        {
            lock (_lock)
            {
                return [.. _rows.Values.OrderBy(r => r.Figure, StringComparer.Ordinal).ThenBy(r => r.Setting, StringComparer.Ordinal).ThenBy(r => r.Method, StringComparer.Ordinal).ThenBy(r => r.Seed)];
            }
        }
    }

    /// <summary>Keeps a finished cell: on the disk when this returns.</summary>
    public void Add(Row row)
    {
        lock (_lock)
        {
            if (!_rows.TryAdd(row.Key, row))
            {
                throw new InvalidOperationException($"{row.Key} is stored already.");
            }

            Append(JsonSerializer.Serialize(row, Layout));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Append(string line)
    {
        _file.Seek(0, SeekOrigin.End);
        _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _file.Flush(flushToDisk: true);
    }

    private void Read(string path, Header expected)
    {
        byte[] bytes = new byte[_file.Length];
        _file.ReadExactly(bytes);
        int whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        string[] lines = Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0)
        {
            _file.SetLength(0);
            Append(JsonSerializer.Serialize(expected, Layout));
            return;
        }

        Header found = Parse<Header>(lines[0], path, 1);
        if (found != expected)
        {
            throw new InvalidDataException($"{path} holds results of other settings: {found}, now {expected}. Choose another --output, or delete the file to start anew.");
        }

        for (int i = 1; i < lines.Length; i++)
        {
            Row row = Parse<Row>(lines[i], path, i + 1);
            if (!_rows.TryAdd(row.Key, row))
            {
                throw new InvalidDataException($"{path}, line {i + 1}: {row.Key} is there twice.");
            }
        }

        // Only now: a file that is refused stays as it is.
        _file.SetLength(whole);
    }

    private static T Parse<T>(string line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Layout) ?? throw new InvalidDataException($"{path}, line {number}: null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}, line {number}: {exception.Message}", exception);
        }
    }

    /// <summary>What all cells of a file share.</summary>
    private sealed record Header(int Format, string Scale, string Device)
    {
        public override string ToString() => $"format {Format}, scale {Scale}, device {Device}";
    }
}
