using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SparseCoding.Benchmarks;

/// <summary>The Python process of benchmarks/comparisons/solvers_peers.py for one number of threads: it stays alive between requests, so that rounds can alternate.</summary>
internal sealed class SolverPeer : IDisposable
{
    private readonly Process _process;
    private readonly HashSet<string> _peers;

    /// <summary>Starts it and waits until it is ready.</summary>
    public SolverPeer(string python, string script, int threads)
    {
        var start = new ProcessStartInfo(python, [script, "--serve", "--threads", threads.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start.");
        JsonElement hello = Read();
        Versions = hello.GetProperty("versions").GetString()!;
        _peers = [.. hello.GetProperty("peers").EnumerateArray().Select(p => p.GetString()!)];
    }

    /// <summary>Versions of the other side.</summary>
    public string Versions { get; }

    /// <summary>Whether a peer could be imported.</summary>
    public bool Has(string peer) => _peers.Contains(peer);

    /// <summary>Asks for work; the answer holds "wall" and "processor" (milliseconds), "peak" (MiB) and what the work adds.</summary>
    public JsonElement Ask(object request)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(request));
        _process.StandardInput.Flush();
        return Read();
    }

    /// <summary>The codes that a request with "save" left.</summary>
    public static SparseCodes Codes(string prefix, int atoms) =>
        SparseCodes.FromRows(atoms, Values<int>(prefix + "indptr"), Values<int>(prefix + "indices"), Values<float>(prefix + "data"));

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static T[] Values<T>(string path)
        where T : struct => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(path)).ToArray();

    private JsonElement Read()
    {
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The Python process ended; give an interpreter that has scikit-learn with --python.");
        using JsonDocument json = JsonDocument.Parse(line);
        return json.RootElement.Clone();
    }
}
