using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SparseCoding.Benchmarks;

/// <summary>The Python process of benchmarks/comparisons/sae_pytorch.py: it stays alive between requests, so that rounds can alternate.</summary>
internal sealed class PyTorchPeer : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it on the signals and weights of a folder and waits until it is ready.</summary>
    public PyTorchPeer(string python, string script, string folder, int threads, SaeSpeedCase sizes)
    {
        string[] arguments =
        [
            script, "--serve", folder, "--threads", Text(threads), "--dimension", Text(sizes.Dimension), "--atoms", Text(sizes.Atoms), "--active", Text(sizes.Active),
            "--batch", Text(sizes.Batch),
        ];
        var start = new ProcessStartInfo(python, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start.");
        using JsonDocument hello = Read();
        Versions = hello.RootElement.GetProperty("versions").GetString()!;
    }

    /// <summary>Versions and threads of the other side.</summary>
    public string Versions { get; }

    /// <summary>Asks for work; the answer holds lists "wall", "processor" (milliseconds) and "loss", and for encoding memory in MiB.</summary>
    public JsonElement Ask(string work, int repeats, int rows = 0)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(new { work, repeats, rows }));
        _process.StandardInput.Flush();
        using JsonDocument answer = Read();
        return answer.RootElement.Clone();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private JsonDocument Read() =>
        JsonDocument.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The Python process ended; give an interpreter that has PyTorch with --python."));
}
