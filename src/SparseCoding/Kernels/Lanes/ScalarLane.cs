using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>Scalar companions of <see cref="ISimd{TVector}"/>, for the ends of rows.</summary>
internal static class ScalarLane
{
    /// <summary>
    /// a·b + c, fused where the vectors of this process fuse, so that an element has the same bits in the body and in the tail of a row.
    /// Not <see cref="float.FusedMultiplyAdd"/>: without the instruction that one calls the C library.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float left, float right, float addend)
    {
        if (Fma.IsSupported)
        {
            return Fma.MultiplyAddScalar(
                Vector128.CreateScalarUnsafe(left), Vector128.CreateScalarUnsafe(right), Vector128.CreateScalarUnsafe(addend)).ToScalar();
        }

        if (AdvSimd.IsSupported)
        {
            return AdvSimd.FusedMultiplyAddScalar(
                Vector64.CreateScalarUnsafe(addend), Vector64.CreateScalarUnsafe(left), Vector64.CreateScalarUnsafe(right)).ToScalar();
        }

        return (left * right) + addend;
    }
}
