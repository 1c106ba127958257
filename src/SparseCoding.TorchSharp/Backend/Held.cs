using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// Keeps alive what TorchSharp hands to native code by its bare address. A number in a call (<c>x.mul_(2)</c>) becomes a Scalar with a finalizer that nothing refers to while the native
/// code reads it, and the same holds for a tensor whose last mention is the call: the garbage collector may free either in the middle, which ends in a wrong factor or an error that names
/// neither. So every number goes through <see cref="S(float)"/> and every matrix through <see cref="Keep"/>; intermediates are held by their scope. Overloads of torch that make a Scalar
/// of their own (<c>add_</c> without alpha, <c>square()</c>, <c>vector_norm</c>) are not used in the backend.
/// </summary>
internal static class Held
{
    /// <summary>Far more than one call hands over.</summary>
    private const int Count = 64;

    [ThreadStatic]
    private static Scalar?[]? t_scalars;

    [ThreadStatic]
    private static torch.Tensor?[]? t_tensors;

    [ThreadStatic]
    private static int t_nextScalar;

    [ThreadStatic]
    private static int t_nextTensor;

    /// <summary>0, never freed.</summary>
    public static Scalar Zero { get; } = 0.ToScalar();

    /// <summary>1, never freed.</summary>
    public static Scalar One { get; } = 1.ToScalar();

    /// <summary>A real number.</summary>
    public static Scalar S(double value) => Hold(value.ToScalar());

    /// <summary>A real number.</summary>
    public static Scalar S(float value) => Hold(value.ToScalar());

    /// <summary>A whole number.</summary>
    public static Scalar S(long value) => value == 0 ? Zero : value == 1 ? One : Hold(value.ToScalar());

    /// <summary>A tensor that lives as long as its matrix, which may be collected in the middle of the last call with it.</summary>
    public static torch.Tensor Keep(torch.Tensor tensor)
    {
        t_tensors ??= new torch.Tensor?[Count];
        t_tensors[t_nextTensor++ % Count] = tensor;
        return tensor;
    }

    private static Scalar Hold(Scalar scalar)
    {
        t_scalars ??= new Scalar?[Count];
        ref Scalar? place = ref t_scalars[t_nextScalar++ % Count];
        place?.Dispose();
        place = scalar;
        return scalar;
    }
}
