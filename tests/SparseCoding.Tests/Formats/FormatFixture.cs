using System.Globalization;
using System.Text;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

/// <summary>A temporary folder per test, and the golden files.</summary>
public abstract class FormatFixture
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("sparse-formats-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    /// <summary>A path in the test's folder.</summary>
    protected string At(string name) => Path.Combine(_folder, name);

    /// <summary>Writes bytes to a file of the test's folder.</summary>
    protected string Put(string name, byte[] bytes)
    {
        string path = At(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>The lines of tests/Golden/npy/npy.tsv.</summary>
    internal static IEnumerable<Golden> Goldens(string kind)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SparseCoding.sln")))
        {
            folder = folder.Parent;
        }

        string file = Path.Combine(folder!.FullName, "tests", "Golden", "npy", "npy.tsv");
        foreach (string[] cells in File.ReadLines(file).Select(line => line.Split('\t')).Where(cells => cells[1] == kind))
        {
            yield return new Golden(
                cells[0],
                Enum.Parse<ElementType>(cells[2]),
                cells[3] == "scalar" ? [] : [.. cells[3].Split('x').Select(n => long.Parse(n, CultureInfo.InvariantCulture))],
                cells[4].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                Convert.FromBase64String(cells[5]));
        }
    }

    /// <summary>An npy file of version 1.0 with this dictionary and data.</summary>
    protected static byte[] Npy(string dictionary, byte[] data, int version = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(dictionary);
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. data];
    }

    /// <summary>A safetensors file with this header and data.</summary>
    protected static byte[] Safetensors(string json, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        return [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. data];
    }

    internal static string TemporaryFiles(string path) =>
        string.Join(",", Directory.GetFiles(Path.GetDirectoryName(path)!).Where(f => f.EndsWith(".tmp", StringComparison.Ordinal)));
}

/// <summary>A file made by numpy and the values it holds, printed by Python to the last digit.</summary>
internal sealed record Golden(string Name, ElementType ElementType, long[] Shape, string[] Values, byte[] Bytes)
{
    public double[] Doubles => [.. Values.Select(v => v switch
    {
        // Python prints the positive NaN; double.NaN of .NET is the negative one.
        "nan" => BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000),
        "inf" => double.PositiveInfinity,
        _ => double.Parse(v, CultureInfo.InvariantCulture),
    })];

    public override string ToString() => Name;
}
