namespace SparseCoding.Benchmarks;

/// <summary>One round, in seconds by the clock and of processor time; a floor of 0 is not known.</summary>
internal readonly record struct SaeSample(double Ours, double Theirs, double OursProcessor, double TheirsProcessor, double Floor, double FloorProcessor, double Product)
{
    /// <summary>Prints medians, ratios and, where there is one, the floor and the fraction of it.</summary>
    public static void Print(SaeSample[] samples, SaeSpeedCase? floorOf)
    {
        double[] ratios = [.. samples.Select(s => s.Theirs / s.Ours).Order()];
        double[] processor = [.. samples.Select(s => s.TheirsProcessor / s.OursProcessor).Order()];
        Console.WriteLine(FormattableString.Invariant(
            $"  clock     ours {1e3 * Median(samples.Select(s => s.Ours)),9:F1} ms  theirs {1e3 * Median(samples.Select(s => s.Theirs)),9:F1} ms  ratio {Median(ratios):F2}  quartiles {ratios[ratios.Length / 4]:F2} {ratios[3 * ratios.Length / 4]:F2}  fastest {samples.Min(s => s.Theirs) / samples.Min(s => s.Ours):F2}"));
        Console.WriteLine(FormattableString.Invariant(
            $"  processor ours {1e3 * Median(samples.Select(s => s.OursProcessor)),9:F1} ms  theirs {1e3 * Median(samples.Select(s => s.TheirsProcessor)),9:F1} ms  ratio {Median(processor):F2}  quartiles {processor[processor.Length / 4]:F2} {processor[3 * processor.Length / 4]:F2}"));
        if (floorOf is not null)
        {
            double product = Median(samples.Select(s => s.Product));
            Console.WriteLine(FormattableString.Invariant(
                $"  floor     {1e3 * Median(samples.Select(s => s.Floor)):F1} ms: the product alone {1e3 * product:F1} ms ({floorOf.ProductFlops / product / 1e9:F0} GFLOP/s) and one pass over {floorOf.StateBytes >> 20} MiB; reached {100 * Median(samples.Select(s => s.Floor / s.Ours)):F0} % by the clock, {100 * Median(samples.Select(s => s.FloorProcessor / s.OursProcessor)):F0} % of processor time"));
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
