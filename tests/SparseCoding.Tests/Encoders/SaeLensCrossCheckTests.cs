using System.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>
/// What SaveSaeLens writes as SAELens' own classes see it. Needs a checkout of SAELens, named by the environment variable SAELENS_CHECKOUT, and a
/// python3 with torch; says so where there is none.
/// </summary>
[TestFixture]
internal sealed class SaeLensCrossCheckTests
{
    [Test]
    public void SaveSaeLens_FoldersForPython_GiveTheSameCodesAndReconstruction()
    {
        string? checkout = Environment.GetEnvironmentVariable("SAELENS_CHECKOUT");
        if (string.IsNullOrEmpty(checkout))
        {
            Assert.Ignore("SAELENS_CHECKOUT names no checkout of SAELens, so the folders were not cross-checked.");
        }

        using var folder = new TemporaryFolder();
        var arguments = new List<string> { RepositoryRoot.Combine("tests", "Golden", "check_saelens.py"), checkout };
        foreach ((string architecture, bool applied, float scale) in new[] { ("standard", true, 1f), ("standard", false, 0.3f), ("topk", true, 2f), ("jumprelu", false, 1f), ("jumprelu", true, 0.2f) })
        {
            string name = $"{architecture}-{applied}-{scale}", original = folder.File(name), saved = folder.File(name + "-saved");
            SaeLensOracle.Random(4, 24, 70, architecture, applied, rescale: architecture == "topk", k: 9)
                .Write(original, scale == 1 ? "" : ", \"normalize_activations\": \"expected_average_only_in\"");
            SaeEncoder sae = SaeEncoder.LoadSaeLens(original, scale == 1 ? null : scale);
            sae.SaveSaeLens(saved);
            var random = new Random(8);
            var x = new float[30, 24];
            for (int i = 0; i < x.Length; i++)
            {
                x[i / 24, i % 24] = (random.NextSingle() - 0.5f) * 6 / scale;
            }

            SparseCodes codes = sae.Encode(x);
            SafetensorsFile.Write(
                saved + ".safetensors",
                null,
                TensorToWrite.Create("x", x.Cast<float>().ToArray(), 30, 24),
                TensorToWrite.Create("codes", codes.ToDense().ToArray(), 30, 70),
                TensorToWrite.Create("out", sae.Dictionary.Decode(codes).ToArray(), 30, 24));
            arguments.AddRange([saved, saved + ".safetensors"]);
        }

        using Process process = Process.Start(new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        TestContext.Out.WriteLine(output);
        Assert.That(process.ExitCode, Is.Zero, output + errors.Result);
        Assert.That(output, Does.Contain("all equal"));
    }
}
