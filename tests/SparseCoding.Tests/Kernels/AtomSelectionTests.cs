using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>The selection kernels: every wide form (also where the machine emulates it) against the scalar specification.</summary>
public sealed unsafe class AtomSelectionTests
{
    private delegate int Form<T>(T* source, T* target, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, bool nonNegative, T floor)
        where T : unmanaged, IFloatingPointIeee754<T>;

    [Test]
    public void Update_WideForms_EqualScalar([Values] bool nonNegative, [Values(0, 1, 2, 7, 33)] int count)
    {
        Check<float>(AtomSelection.UpdateVector, nonNegative, count, 2e-6);
        Check<float>(AtomSelection.Update512, nonNegative, count, 2e-6);
        Check<double>(AtomSelection.UpdateVector, nonNegative, count, 1e-14);
        Check<double>(AtomSelection.Update512, nonNegative, count, 1e-14);
    }

    [Test]
    public void Update_TiesAndMasks_LowestCandidate()
    {
        Check<float>(AtomSelection.UpdateScalar);
        Check<float>(AtomSelection.UpdateVector);
        Check<float>(AtomSelection.Update512);
        Check<double>(AtomSelection.UpdateScalar);
        Check<double>(AtomSelection.UpdateVector);
        Check<double>(AtomSelection.Update512);

        static void Check<T>(Form<T> form)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            const int Length = 2 * AtomSelection.Padding;
            for (int first = 0; first < Length; first++)
            {
                var c = new T[Length];
                var weights = new T[Length];
                Array.Fill(weights, T.One);
                Array.Fill(c, T.CreateTruncating(0.5));
                c[first] = -T.One;
                c[Length - 1] = first == Length - 1 ? -T.One : T.One;
                c[(first + Length - 1) % Length] = T.CreateTruncating(9);
                weights[(first + Length - 1) % Length] = T.Zero;
                fixed (T* pc = c, pw = weights)
                {
                    T one = default;
                    int signed = form(pc, pc, pw, pc, 0, &one, 0, Length, false, T.CreateTruncating(1e-6));
                    int expected = first;
                    Assert.That(signed, Is.EqualTo(expected));
                    Assert.That(form(pc, pc, pw, pc, 0, &one, 0, Length, false, T.One), Is.EqualTo(-1), "nothing above the floor");
                    Assert.That(form(pc, pc, pw, pc, 0, &one, 0, Length, true, T.CreateTruncating(0.9)), Is.EqualTo(first is Length - 1 or 0 ? -1 : Length - 1));
                }
            }
        }
    }

    [Test]
    public void UpdateOrthogonal_WideForm_EqualsScalar([Values(0, 1, 5, 20)] int count)
    {
        const int Length = 3 * AtomSelection.Padding;
        var random = new Random(31 + count);
        double[] Values(int n) => Greedy.Gaussian(random, n);
        double[] c = Values(Length), weights = [.. Values(Length).Select(Math.Abs)], rows = Values(Length * Math.Max(1, count)), u = Values(32);
        weights[5] = 0;
        double[] n = [.. Enumerable.Repeat(1.0, Length)], c2 = [.. c], n2 = [.. n];
        u = [.. u.Select(v => 0.02 * v)];
        fixed (double* pc = c, pn = n, pc2 = c2, pn2 = n2, pw = weights, pr = rows, pu = u)
        {
            int scalar = OrthogonalSelection.UpdateScalar(pc, pn, pw, pr, Length, pu, count, Length, 0.7, 0.01, 0.01);
            int wide = OrthogonalSelection.UpdateVector(pc2, pn2, pw, pr, Length, pu, count, Length, 0.7, 0.01, 0.01);
            Assert.That(wide, Is.EqualTo(scalar));
        }

        Assert.That(c2, Is.EqualTo(c).Within(1e-13));
        Assert.That(n2, Is.EqualTo(n).Within(1e-13));
    }

    private static void Check<T>(Form<T> form, bool nonNegative, int count, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int Length = 3 * AtomSelection.Padding;
        const int Stride = Length + 16;
        var random = new Random(30 + count);
        T[] Values(int n) => [.. Greedy.Gaussian(random, n).Select(T.CreateTruncating)];
        T[] source = Values(Length), weights = [.. Values(Length).Select(T.Abs)], rows = Values(Stride * Math.Max(1, count)), a = Values(count + 1);
        T[] expected = new T[Length], actual = new T[Length];
        fixed (T* ps = source, pw = weights, pr = rows, pa = a, pe = expected, pt = actual)
        {
            int best = AtomSelection.UpdateScalar(ps, pe, pw, pr, Stride, pa, count, Length, nonNegative, T.Zero);
            Assert.That(form(ps, pt, pw, pr, Stride, pa, count, Length, nonNegative, T.Zero), Is.EqualTo(best));
            for (int i = 0; i < Length; i++)
            {
                Assert.That(double.CreateTruncating(actual[i]), Is.EqualTo(double.CreateTruncating(expected[i])).Within(tolerance * (count + 1) * 4));
            }
        }
    }
}
