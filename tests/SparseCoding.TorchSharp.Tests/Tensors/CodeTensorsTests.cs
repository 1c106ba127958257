using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class CodeTensorsTests
{
    private static readonly SparseCodes s_codes = SparseCodes.FromRows(5, [0, 2, 2, 3, 6], [1, 4, 0, 0, 2, 3], [0.5f, -2, 3, 1, -1, 0.25f]);

    private static readonly float[] s_dense =
    [
        0, 0.5f, 0, 0, -2,
        0, 0, 0, 0, 0,
        3, 0, 0, 0, 0,
        1, 0, -1, 0.25f, 0,
    ];

    [TestCase(CodeLayout.Dense)]
    [TestCase(CodeLayout.Coordinates)]
    [TestCase(CodeLayout.CompressedRows)]
    public void ToTorch_EveryLayout_IsTheDenseMatrixAndComesBack(CodeLayout layout)
    {
        using torch.Tensor tensor = s_codes.ToTorch(layout);
        using torch.Tensor dense = layout == CodeLayout.Dense ? tensor.alias() : tensor.to_dense();
        Assert.That(dense.shape, Is.EqualTo(new long[] { 4, 5 }));
        Assert.That(TorchData.Values(dense), Is.EqualTo(s_dense));
        Assert.That(tensor.is_sparse, Is.EqualTo(layout == CodeLayout.Coordinates));
        AssertSame(tensor.ToSparseCodes(), s_codes);
    }

    [TestCase(CodeLayout.Coordinates)]
    [TestCase(CodeLayout.CompressedRows)]
    public void ToTorch_SparseLayouts_MultiplyAsTheDenseMatrix(CodeLayout layout)
    {
        using torch.Tensor tensor = s_codes.ToTorch(layout), atoms = TorchData.Tensor(5, 3, seed: 2), dense = s_codes.ToTorch(CodeLayout.Dense);
        using torch.Tensor product = torch.mm(tensor, atoms), expected = torch.mm(dense, atoms);
        Assert.That(product.allclose(expected), Is.True);
    }

    [TestCase(CodeLayout.Dense)]
    [TestCase(CodeLayout.Coordinates)]
    [TestCase(CodeLayout.CompressedRows)]
    public void ToTorch_NoEntryAtAll_ComesBackEmpty(CodeLayout layout)
    {
        SparseCodes none = SparseCodes.FromRows(3, [0, 0, 0], [], []);
        using torch.Tensor tensor = none.ToTorch(layout);
        AssertSame(tensor.ToSparseCodes(), none);
    }

    [Test]
    public void ToSparseCodes_UnsortedCoordinatesWithRepeats_AddsThemUp()
    {
        using torch.Tensor indices = torch.tensor([2L, 0, 2, 0, 3, 3, 3, 1], [2, 4]), values = torch.tensor([1f, 2, 4, -1]);
        using torch.Tensor tensor = torch.sparse_coo_tensor(indices, values, [3, 4]);
        AssertSame(tensor.ToSparseCodes(), SparseCodes.FromRows(4, [0, 2, 2, 3], [1, 3, 3], [-1, 2, 5]));
    }

    [TestCase(torch.ScalarType.Float16)]
    [TestCase(torch.ScalarType.BFloat16)]
    [TestCase(torch.ScalarType.Float64)]
    public void ToTorch_OtherTypes_ComeBack(torch.ScalarType type)
    {
        foreach (CodeLayout layout in Enum.GetValues<CodeLayout>())
        {
            using torch.Tensor tensor = s_codes.ToTorch(layout, type: type);
            Assert.That(tensor.dtype, Is.EqualTo(type));
            AssertSame(tensor.ToSparseCodes(), s_codes);
        }
    }

    [Test]
    public void ToSparseCodes_BadInput_IsRefusedByName()
    {
        using torch.Tensor whole = torch.ones([2, 2], torch.ScalarType.Int32), vector = torch.ones(3), bad = torch.zeros(2, 3);
        bad[1, 2] = float.PositiveInfinity;
        Assert.That(whole.ToSparseCodes, Throws.ArgumentException.With.Message.Contains("Int32"));
        Assert.That(vector.ToSparseCodes, Throws.ArgumentException.With.Message.Contains("[3]"));
        Assert.That(bad.ToSparseCodes, Throws.ArgumentException.With.Message.Contains("row 1, column 2"));
    }

    [Test]
    public void RoundTrips_ThousandTimes_LeaveNoHandle()
    {
        foreach (CodeLayout layout in Enum.GetValues<CodeLayout>())
        {
            long left = Handles.LeftBy(1000, () =>
            {
                using torch.Tensor tensor = s_codes.ToTorch(layout);
                _ = tensor.ToSparseCodes();
            });
            Assert.That(left, Is.Zero, layout.ToString());
        }
    }

    internal static void AssertSame(SparseCodes actual, SparseCodes expected)
    {
        Assert.That((actual.RowCount, actual.AtomCount), Is.EqualTo((expected.RowCount, expected.AtomCount)));
        Assert.That(actual.RowOffsets.ToArray(), Is.EqualTo(expected.RowOffsets.ToArray()));
        Assert.That(actual.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
        Assert.That(actual.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()));
    }
}
