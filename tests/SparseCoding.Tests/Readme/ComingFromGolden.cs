using System.Numerics.Tensors;
using System.Text.Json;

namespace SparseCoding.Tests;

/// <summary>
/// The problem of the pages docs/coming-from and the numbers that the other library gave for it: formulas rounded to float32, the same in tests/Golden/coming_from_*.py.
/// </summary>
internal sealed class ComingFromGolden
{
    private readonly Dictionary<string, double[]> _values = [];

    private ComingFromGolden(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("tests", "Golden", "coming-from", file)));
        foreach (JsonProperty entry in document.RootElement.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.Object))
        {
            _values[entry.Name] = [.. entry.Value.GetProperty("values").EnumerateArray().Select(v => v.GetDouble())];
        }
    }

    /// <summary>32 atoms of dimension 16: sin(ij + 0.3 j²), norm 1.</summary>
    public static AtomDictionary Dictionary { get; } = new(Rows(32, (i, j) => Math.Sin((i * j) + (0.3 * j * j)), unit: true), 16);

    /// <summary>24 atoms to start learning from: cos(0.9 ij + 0.2 j²), norm 1.</summary>
    public static AtomDictionary Start { get; } = new(Rows(24, (i, j) => Math.Cos((0.9 * i * j) + (0.2 * j * j)), unit: true), 16);

    /// <summary>Four signals, cos(0.7 ib + 0.11 i²).</summary>
    public static Tensor<float> Signals { get; } = Tensor.Create(Rows(4, (i, b) => Math.Cos((0.7 * i * b) + (0.11 * i * i)), unit: false), [4, 16]);

    /// <summary>64 mixtures of three atoms.</summary>
    public static Tensor<float> Many { get; } = Tensor.Create(
        Rows(64, (i, row) => Enumerable.Range(0, 3).Sum(k => Math.Cos((1.3 * (row - 1)) + (2.1 * k) + .5) * (double)Dictionary.AtomValues[(16 * (((7 * (row - 1)) + (11 * k * k) + (5 * k)) % 32)) + i - 1]), unit: false), [64, 16]);

    /// <summary>The magnitudes of the first forty of them.</summary>
    public static Tensor<float> Parts { get; } = Tensor.Create(Array.ConvertAll(Many.ToArray()[..640], Math.Abs), [40, 16]);

    /// <summary>Reads tests/Golden/coming-from/<paramref name="file"/>.</summary>
    public static ComingFromGolden Read(string file) => new(file);

    /// <summary>One recorded number.</summary>
    public double Number(string name) => _values[name].Single();

    /// <summary>Recorded numbers, row by row.</summary>
    public double[] Values(string name) => _values[name];

    /// <summary>Asserts that codes, written densely, are the recorded ones.</summary>
    public void AssertEqual(SparseCodes codes, string name, double tolerance = 1e-5) => AssertEqual(codes.ToDense().ToArray(), name, tolerance);

    /// <summary>Asserts that numbers are the recorded ones.</summary>
    public void AssertEqual(IEnumerable<float> actual, string name, double tolerance = 1e-5) => AssertEqual(actual.Select(v => (double)v), name, tolerance);

    /// <summary>Asserts that numbers are the recorded ones.</summary>
    public void AssertEqual(IEnumerable<double> actual, string name, double tolerance) => Assert.That(actual.ToArray(), Is.EqualTo(_values[name]).Within(tolerance), name);

    private static float[] Rows(int count, Func<int, int, double> entry, bool unit)
    {
        var rows = new float[count * 16];
        for (int j = 0; j < count; j++)
        {
            double[] row = [.. Enumerable.Range(1, 16).Select(i => entry(i, j + 1))];
            double norm = unit ? Math.Sqrt(row.Sum(v => v * v)) : 1;
            for (int i = 0; i < 16; i++)
            {
                rows[(16 * j) + i] = (float)(row[i] / norm);
            }
        }

        return rows;
    }
}
