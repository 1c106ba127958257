using SparseCoding.Formats;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>Tensors of an SAE's decoder in the library's own files; which decoder it is, the options say.</summary>
internal static class DecoderFile
{
    /// <summary>The tensors of a decoder.</summary>
    public static IEnumerable<TensorToWrite> Tensors(IDecoder decoder) => decoder switch
    {
        AtomDictionary dictionary => NetworkFile.DictionaryTensors(dictionary),
        RowNormalizedDecoder rows => Tensors(rows.Inner),
        TranscoderDecoder transcoder => transcoder.SkipValues is { } skip
            ? [.. NetworkFile.DictionaryTensors(transcoder.Atoms), TensorToWrite.Create("decoder.skip", skip, transcoder.OutputDimension, transcoder.InputDimension)]
            : NetworkFile.DictionaryTensors(transcoder.Atoms),
        PolynomialDecoder polynomial => polynomial.Tensors(),
        var other => throw new NotSupportedException($"There is no file layout for {other.GetType().Name}."),
    };

    /// <summary>Reads the decoder that the options name; every shape is checked.</summary>
    public static IDecoder Read(StateFile file, SaeOptions options, int dimension) => options.Decoder switch
    {
        TranscoderDecoderOptions transcoder => new TranscoderDecoder(
            NetworkFile.ReadDictionary(file, options.AtomCount, transcoder.OutputDimension),
            dimension,
            transcoder.Skip ? file.Floats("decoder.skip", transcoder.OutputDimension, dimension) : null),
        PolynomialDecoderOptions polynomial => PolynomialDecoder.Read(file, polynomial, options.AtomCount, dimension),
        _ => NetworkFile.ReadDictionary(file, options.AtomCount, dimension),
    };
}
