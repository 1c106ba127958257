using System.Globalization;
using System.Numerics.Tensors;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <content>Bad input is named before any work; every kind of view gives the same codes.</content>
public abstract partial class EncoderContract<TEncoder>
{
    [Test]
    public void Encode_Null_NamesTheArgument()
    {
        TEncoder encoder = Create(Plain);
        Assert.Multiple(() =>
        {
            Assert.That(Assert.Catch<ArgumentNullException>(() => encoder.Encode((float[,]?)null))!.ParamName, Is.EqualTo("signals"));
            Assert.That(Assert.Catch<ArgumentNullException>(() => encoder.Encode((Tensor<float>?)null))!.ParamName, Is.EqualTo("signals"));
            Assert.That(Assert.Catch<ArgumentNullException>(() => encoder.EncodeDetailed(default))!.ParamName, Is.EqualTo("signals"));
        });
    }

    [Test]
    public void Encode_WrongRank_NamesTheRank()
    {
        TEncoder encoder = Create(Plain);
        Tensor<float> vector = Tensor.Create(new float[Dimension], [Dimension]), cube = Tensor.Create(new float[2 * Dimension], [2, 1, Dimension]);
        Assert.That(MessageOf<ArgumentException>(() => encoder.Encode(vector)), Does.Contain("rank 2").And.Contains("rank 1").And.Contains("signals"));
        Assert.That(MessageOf<ArgumentException>(() => encoder.EncodeDetailed(cube)), Does.Contain("rank 2").And.Contains("rank 3"));
    }

    [Test]
    public void Encode_WrongDimension_NamesBothShapes()
    {
        TEncoder encoder = Create(Plain);
        string message = MessageOf<ArgumentException>(() => encoder.Encode(new float[3, Dimension + 1]));
        Assert.That(message, Does.Contain("[3, 9]").And.Contains("dimension 8").And.Contains("signals"));
        Assert.That(MessageOf<ArgumentException>(() => encoder.Encode(new float[3, 0])), Does.Contain("[3, 0]").And.Contains("empty"));
        Assert.That(MessageOf<ArgumentException>(() => encoder.Encode(new float[0, Dimension + 1])), Does.Contain("[0, 9]"));
    }

    [Test]
    public void Encode_NotFinite_NamesRowAndColumn([Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float value)
    {
        TEncoder encoder = Create(Plain);
        foreach ((int row, int column) in (ReadOnlySpan<(int, int)>)[(0, 0), (17, 5), (Rows - 1, Dimension - 1)])
        {
            string message = MessageOf<ArgumentException>(() => encoder.Encode(With(Signals, row, column, value)));
            Assert.That(message, Does.Contain($"row {row}, column {column}").And.Contains(value.ToString(CultureInfo.InvariantCulture)).And.Contains("signals"));
        }
    }

    [Test]
    public void Encode_BadSignalsAndCancelledToken_NamesTheSignals() =>
        Assert.Catch<ArgumentException>(() => Create(Plain).Encode(With(Signals, 1, 1, float.NaN), null, new CancellationToken(true)));

    [Test]
    public void Encode_EveryKindOfView_GivesTheSameBits()
    {
        TEncoder encoder = Create(Plain);
        SparseCodes expected = encoder.Encode(Signals, Request());
        float[] values = Values(Signals);
        var array = new float[Rows, Dimension];
        Buffer.BlockCopy(values, 0, array, 0, sizeof(float) * values.Length);
        AssertSameBits(encoder.Encode(array, Request()), expected, "float[,]");
        AssertSameBits(encoder.Encode(Signals.AsTensorSpan(), Request()), expected, "tensor span");
        AssertSameBits(encoder.Encode(Signals.AsReadOnlyTensorSpan(), Request()), expected, "read-only tensor span");
        AssertSameBits(encoder.Encode(SignalView.FromRows(values, Dimension), Request()), expected, "rows");

        // A window in the middle of a larger tensor: rows are not adjacent in memory.
        const int Width = Dimension + 3;
        var wide = new float[(Rows + 2) * Width];
        wide.AsSpan().Fill(float.NaN);
        for (int row = 0; row < Rows; row++)
        {
            values.AsSpan(row * Dimension, Dimension).CopyTo(wide.AsSpan(((row + 1) * Width) + 2));
        }

        Tensor<float> large = Tensor.Create(wide, [Rows + 2, Width]);
        AssertSameBits(encoder.Encode(large.AsReadOnlyTensorSpan().Slice([1..(Rows + 1), 2..(Dimension + 2)]), Request()), expected, "strided span");
        AssertSameBits(encoder.Encode(large.Slice([1..(Rows + 1), 2..(Dimension + 2)]), Request()), expected, "strided tensor");

        // Columns first: the transpose of a transpose, with a stride in both directions.
        var columns = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            columns[((i % Dimension) * Rows) + (i / Dimension)] = values[i];
        }

        var turned = new ReadOnlyTensorSpan<float>(columns, [Rows, Dimension], [1, Rows]);
        AssertSameBits(encoder.Encode(turned, Request()), expected, "columns first");
    }

    [Test]
    public void Encode_OneRow_IsOneCode()
    {
        SparseCodes codes = Create(Plain).Encode(Pick(Signals, 3), Request());
        Assert.That((codes.RowCount, codes.AtomCount), Is.EqualTo((1, Atoms)));
        Assert.That(codes.NonZeroCount, Is.GreaterThan(0));
    }
}
