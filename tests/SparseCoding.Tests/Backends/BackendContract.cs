using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>
/// What every backend must do: agree with the double-precision reference (whose fused operations are the composed ones) within the rounding of
/// float32, give the same bits on any number of threads, and keep the rules about ties, unused places, overflow, views and NaN. A device's test
/// project links these files and derives a fixture of five lines.
/// </summary>
public abstract partial class BackendContract
{
    /// <summary>All cases, by name.</summary>
    public static IEnumerable<TestCaseData> Cases =>
        BackendCases.All().Select(one => new TestCaseData(one).SetArgDisplayNames(one.Name));

    /// <summary>A backend of its own on that many threads.</summary>
    private protected abstract Backend Create(int threads);

    /// <summary>Factor on the bounds, for a device whose float32 is less exact (a fused exponential, say); 1 for IEEE arithmetic.</summary>
    protected virtual double Slack => 1;

    [TestCaseSource(nameof(Cases))]
    public void Operation_AgainstTheReference_AgreesWithinRounding(BackendCase one)
    {
        ArgumentNullException.ThrowIfNull(one);
        using Backend backend = Create(2);
        using var reference = new ReferenceBackend();
        List<BackendResult> actual = Run(one, backend), expected = Run(one, reference);
        List<string> failures = [];
        Assert.That(actual.Select(result => result.What), Is.EqualTo(expected.Select(result => result.What)));
        for (int r = 0; r < actual.Count; r++)
        {
            Assert.That(actual[r].Values, Has.Length.EqualTo(expected[r].Values.Length), actual[r].What);
            for (int i = 0; i < actual[r].Values.Length && failures.Count < 5; i++)
            {
                double wanted = expected[r].Values[i];
                double bound = actual[r].Terms == 0 ? 0 : Slack * Tolerance.For<float>(actual[r].Terms) * (Math.Abs(wanted) + actual[r].Magnitude);
                if (Tolerance.Compare(actual[r].Values[i], wanted, bound) is { } failure)
                {
                    failures.Add($"{actual[r].What}[{i}]: {failure}");
                }
            }
        }

        Assert.That(failures, Is.Empty, () => string.Join('\n', failures));
    }

    [TestCaseSource(nameof(Cases))]
    public void Operation_OnOneTwoAndFourThreads_GivesTheSameBits(BackendCase one)
    {
        ArgumentNullException.ThrowIfNull(one);
        using Backend single = Create(1);
        List<BackendResult> expected = Run(one, single);
        foreach (int threads in (int[])[2, 4])
        {
            using Backend backend = Create(threads);
            List<BackendResult> actual = Run(one, backend);
            for (int r = 0; r < actual.Count; r++)
            {
                long[] bits = Array.ConvertAll(actual[r].Values, BitConverter.DoubleToInt64Bits);
                long[] same = Array.ConvertAll(expected[r].Values, BitConverter.DoubleToInt64Bits);
                Assert.That(bits.AsSpan().SequenceEqual(same), Is.True, $"{actual[r].What} on {threads} threads");
            }
        }
    }

    private static List<BackendResult> Run(BackendCase one, Backend backend)
    {
        var run = new BackendRun(backend);
        one.Body(run);
        return run.Results;
    }
}
