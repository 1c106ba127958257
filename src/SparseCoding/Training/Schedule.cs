using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// A number that may change over a run: rises linearly from 0 over the warm-up, stays at its value, and decays over the last part. A plain
/// number converts to a constant schedule.
/// </summary>
public sealed record Schedule
{
    /// <summary>The value after warm-up and before decay; finite and not negative.</summary>
    public required float Value
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Steps over which the value rises from 0.</summary>
    /// <value>Default: 0.</value>
    public long WarmupSteps
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Share of the run, at its end, over which the value decays; 0 to 1.</summary>
    /// <value>Default: 0.</value>
    public double DecayShare
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    }

    /// <summary>What is left of the value at the end, as a factor; 0 to 1.</summary>
    /// <value>Default: 0.</value>
    public double FinalFactor
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    }

    /// <summary>Form of the decay.</summary>
    /// <value>Default: <see cref="DecayShape.Linear"/>.</value>
    public DecayShape Shape
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>A constant schedule.</summary>
    /// <param name="value">Its value.</param>
    public static implicit operator Schedule(float value) => Constant(value);

    /// <summary>The same value at every step.</summary>
    /// <param name="value">Its value, finite and not negative.</param>
    public static Schedule Constant(float value) => new() { Value = value };

    /// <summary>The value of a step.</summary>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="totalSteps">Steps of the run.</param>
    public float At(long step, long totalSteps)
    {
        double factor = WarmupSteps > 0 && step < WarmupSteps ? (double)step / WarmupSteps : 1;
        double decaySteps = DecayShare * totalSteps;
        // Steps beyond the run (pushed batches) stay at the final value.
        double left = Math.Max(0, totalSteps - step);
        if (decaySteps > 0 && left < decaySteps)
        {
            double share = Shape == DecayShape.Linear ? left / decaySteps : 0.5 * (1 - Math.Cos(Math.PI * left / decaySteps));
            factor *= FinalFactor + ((1 - FinalFactor) * share);
        }

        return (float)(Value * factor);
    }
}
