namespace SparseCoding.Kernels;

/// <summary>
/// The few float operations that the hot kernels need, at one vector width. A kernel is written once over this interface and compiled by the
/// JIT for each width, so that 512, 256 and 128 bits cannot drift apart; tests run the 512-bit form on any machine (the runtime emulates it).
/// </summary>
/// <typeparam name="TVector">Vector512, Vector256 or Vector128 of float.</typeparam>
internal interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Number of floats in a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Loads at an element offset; no alignment is needed.</summary>
    static abstract TVector Load(ref readonly float source, nuint offset);

    /// <summary>Stores at an element offset.</summary>
    static abstract void Store(TVector value, ref float target, nuint offset);

    /// <summary>All lanes the same.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>Sum by lane.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>a·b + c, fused (one rounding) exactly where <see cref="ScalarLane.MultiplyAdd"/> is.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>Bitwise and: with <c>0x7FFFFFFF</c> it is the absolute value.</summary>
    static abstract TVector And(TVector left, TVector right);

    /// <summary>The larger of both; <paramref name="accumulator"/> where <paramref name="value"/> is NaN.</summary>
    static abstract TVector MaxSkippingNaN(TVector value, TVector accumulator);

    /// <summary>Bit i is set where lane i of <paramref name="value"/> >= that of <paramref name="bound"/>; never for NaN.</summary>
    static abstract uint AtLeastMask(TVector value, TVector bound);

    /// <summary>Sum of the lanes as a fixed tree (halves are added first).</summary>
    static abstract float Sum(TVector value);
}
