namespace SparseCoding.Training;

/// <summary>What a step of an unrolled network trains: the loss is taken behind layer <see cref="Depth"/>.</summary>
/// <param name="Depth">Layers in use, at least 1.</param>
/// <param name="NewestOnly">Whether only the last of them moves.</param>
/// <param name="RateFactor">Factor on the learning rate.</param>
/// <param name="FirstStep">Number of the first step of the phase, from 1.</param>
/// <param name="EndStep">Number after the last step of the phase; of the last phase <see cref="long.MaxValue"/>.</param>
internal readonly record struct UnrolledPhase(int Depth, bool NewestOnly, float RateFactor, long FirstStep, long EndStep)
{
    // Chen et al. train a new layer alone, then all layers so far at smaller rates.
    private const float Refinement = 0.2f;

    /// <summary>
    /// The phase of a step. The first ⌊share · steps⌋ steps are cut into two phases for each layer, as equal as whole numbers allow: the new layer alone, then all
    /// layers up to it at a fifth of the rate. The other steps, and those beyond the run, train all layers: at a fifth of the rate where there were phases before,
    /// because at the full one a network that is right to 1e-5 was seen to fall apart.
    /// </summary>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="totalSteps">Steps of the run.</param>
    /// <param name="layerCount">Layers.</param>
    /// <param name="layerwiseShare">Share of the steps that trains layer by layer.</param>
    public static UnrolledPhase At(long step, long totalSteps, int layerCount, double layerwiseShare)
    {
        long layerwise = (long)(layerwiseShare * totalSteps);
        if (step > layerwise)
        {
            return new UnrolledPhase(layerCount, false, layerwise > 0 ? Refinement : 1, layerwise + 1, long.MaxValue);
        }

        int phases = 2 * layerCount;
        for (int phase = 0; ; phase++)
        {
            long first = (long)((UInt128)layerwise * (UInt128)phase / (UInt128)phases), end = (long)((UInt128)layerwise * (UInt128)(phase + 1) / (UInt128)phases);
            if (step <= end)
            {
                bool newest = phase % 2 == 0;
                return new UnrolledPhase((phase / 2) + 1, newest, newest ? 1 : Refinement, first + 1, end + 1);
            }
        }
    }
}
