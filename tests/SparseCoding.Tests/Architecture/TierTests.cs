using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Tests;

/// <summary>
/// Proves that the SIMD tier a run was asked for is the one it has. The environment variable SPARSECODING_EXPECTED_TIER says what is
/// expected (avx512, avx2, vector128 or none); the switches DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0 of
/// the runtime choose it, and only before the process starts.
/// </summary>
[TestFixture]
internal sealed class TierTests
{
    private const string Variable = "SPARSECODING_EXPECTED_TIER";
    private const string FileVariable = "SPARSECODING_TIER_FILE";

    private static string Actual =>
        Vector512.IsHardwareAccelerated ? "avx512"
        : Vector256.IsHardwareAccelerated ? "avx2"
        : Vector128.IsHardwareAccelerated ? "vector128"
        : "none";

    [Test]
    public void Process_ExpectedTier_IsTheOneItHas()
    {
        string? expected = Environment.GetEnvironmentVariable(Variable);
        TestContext.Out.WriteLine($"SIMD tier: {Actual}");
        if (string.IsNullOrEmpty(expected))
        {
            // A run that asks for nothing gets what the machine has; that is still consistent in itself (the other test).
            return;
        }

        Assert.That(expected, Is.AnyOf("avx512", "avx2", "vector128", "none"), Variable);
        Assert.Multiple(() =>
        {
            Assert.That(Actual, Is.EqualTo(expected), "widest accelerated vector");
            Assert.That(Vector512.IsHardwareAccelerated, Is.EqualTo(expected == "avx512"), "Vector512");
            Assert.That(Vector256.IsHardwareAccelerated, Is.EqualTo(expected is "avx512" or "avx2"), "Vector256");
            Assert.That(Vector128.IsHardwareAccelerated, Is.EqualTo(expected != "none"), "Vector128");
            Assert.That(Avx512F.IsSupported, Is.EqualTo(expected == "avx512"), "Avx512F");
            Assert.That(Avx2.IsSupported, Is.EqualTo(expected is "avx512" or "avx2"), "Avx2");
        });
    }

    [Test]
    public void Process_InstructionSets_AgreeWithTheVectorWidths() => Assert.Multiple(() =>
    {
        Assert.That(!Vector512.IsHardwareAccelerated || Avx512F.IsSupported, "Vector512 without AVX-512");
        Assert.That(!Avx512F.IsSupported || Avx2.IsSupported, "AVX-512 without AVX2");
        Assert.That(!Vector256.IsHardwareAccelerated || Vector128.IsHardwareAccelerated, "Vector256 without Vector128");
        Assert.That(!Vector512.IsHardwareAccelerated || Vector256.IsHardwareAccelerated, "Vector512 without Vector256");
    });

    [Test]
    public void Process_TierFile_SaysWhichTierRan()
    {
        // .ci/run learns here what this machine has, so that it runs every lower tier and says which higher ones it could not.
        string? file = Environment.GetEnvironmentVariable(FileVariable);
        if (!string.IsNullOrEmpty(file))
        {
            File.WriteAllText(file, Actual + "\n");
            Assert.That(File.ReadAllText(file), Is.EqualTo(Actual + "\n"));
        }
    }
}
