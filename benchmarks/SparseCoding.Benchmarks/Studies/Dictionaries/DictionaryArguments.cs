using System.Diagnostics;
using System.Globalization;
using SparseCoding.Formats;

namespace SparseCoding.Benchmarks;

/// <summary>What the dictionary studies share: options of the command line, matrices from files, a peer's process on one thread.</summary>
internal static class DictionaryArguments
{
    /// <summary>The value after a name, or another one.</summary>
    public static string Option(string[] args, string name, string otherwise)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }

    /// <summary>The same as an integer.</summary>
    public static int Option(string[] args, string name, int otherwise) =>
        int.Parse(Option(args, name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    /// <summary>A matrix of a .npy file.</summary>
    public static (float[] Values, int Rows, int Columns) Read(string path)
    {
        using NpyFile file = NpyFile.Open(path);
        return (file.Tensor.ReadAllSingle(), (int)file.Tensor.RowCount, (int)file.Tensor.RowLength);
    }

    /// <summary>Runs a Python script with all libraries on one thread; its output.</summary>
    public static string Python(string python, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(python, [script, .. arguments]) { RedirectStandardOutput = true };
        foreach (string variable in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
        {
            start.Environment[variable] = "1";
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{python} did not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{python} {script} ended with {process.ExitCode}; give an interpreter that has scikit-learn with --python.");
    }
}
