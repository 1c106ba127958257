using System.Globalization;
using SparseCoding.Formats;

namespace SparseCoding.Training;

/// <summary>Tensors and metadata of a network state in the library's own files.</summary>
internal static class NetworkFile
{
    /// <summary>The tensors of a state.</summary>
    public static List<TensorToWrite> Tensors(NetworkState state)
    {
        var tensors = new List<TensorToWrite>();
        for (int i = 0; i < state.Layers.Count; i++)
        {
            LinearLayer layer = state.Layers[i];
            tensors.Add(TensorToWrite.Create($"encoder.{i}.weight", layer.Weights, layer.Outputs, layer.Inputs));
            if (layer.Bias is not null)
            {
                tensors.Add(TensorToWrite.Create($"encoder.{i}.bias", layer.Bias, layer.Outputs));
            }
        }

        if (state.InputOffset is not null)
        {
            tensors.Add(TensorToWrite.Create("encoder.offset", state.InputOffset, state.Dimension));
        }

        tensors.AddRange(DictionaryTensors(state.Dictionary));
        return tensors;
    }

    /// <summary>The tensors of a dictionary.</summary>
    public static IEnumerable<TensorToWrite> DictionaryTensors(AtomDictionary dictionary)
    {
        yield return TensorToWrite.Create("decoder.atoms", dictionary.AtomValues.ToArray(), dictionary.AtomCount, dictionary.Dimension);
        yield return TensorToWrite.Create("decoder.scale", new[] { dictionary.Scale }, 1);
        if (dictionary.HasOffset)
        {
            yield return TensorToWrite.Create("decoder.offset", dictionary.OffsetValues.ToArray(), dictionary.Dimension);
        }
    }

    /// <summary>Metadata of a state: sizes, for readers that do not know the options.</summary>
    public static Dictionary<string, string> Metadata(NetworkState state) => Metadata(state.Dimension, state.AtomCount, state.Layers.Count, state.InputScale);

    /// <summary>The same from the numbers.</summary>
    public static Dictionary<string, string> Metadata(int dimension, int atoms, int layers, float inputScale) => new()
    {
        ["dimension"] = dimension.ToString(CultureInfo.InvariantCulture),
        ["atoms"] = atoms.ToString(CultureInfo.InvariantCulture),
        ["layers"] = layers.ToString(CultureInfo.InvariantCulture),
        ["input_scale"] = inputScale.ToString("R", CultureInfo.InvariantCulture),
    };

    /// <summary>Reads a state; every shape is checked against the widths that the options give.</summary>
    public static NetworkState Read(StateFile file, Selection selection, IReadOnlyList<int> hidden, int atomCount)
    {
        LinearLayer[] layers = ReadLayers(file, selection, hidden, atomCount);
        int dimension = layers[0].Inputs;
        return new NetworkState
        {
            Layers = layers,
            Selection = selection,
            Dictionary = ReadDictionary(file, atomCount, dimension),
            InputOffset = file.Has("encoder.offset") ? file.Floats("encoder.offset", dimension) : null,
            InputScale = file.Positive("input_scale"),
        };
    }

    /// <summary>Reads the layers from the signal to the pre-activations.</summary>
    public static LinearLayer[] ReadLayers(StateFile file, Selection selection, IReadOnlyList<int> hidden, int atomCount)
    {
        int dimension = file.Count("dimension");
        int[] widths = [dimension, .. hidden, atomCount];
        if (file.Number("atoms") != atomCount || file.Number("layers") != widths.Length - 1)
        {
            throw new InvalidDataException($"{file.FileName}: the metadata says {file.Text("atoms")} atoms and {file.Text("layers")} layers, but the options say {atomCount} and {widths.Length - 1}.");
        }

        try
        {
            selection.Validate(atomCount);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{file.FileName}: the options are not valid: {exception.Message}", exception);
        }

        var layers = new LinearLayer[widths.Length - 1];
        for (int i = 0; i < layers.Length; i++)
        {
            float[] weights = file.Floats($"encoder.{i}.weight", widths[i + 1], widths[i]);
            float[]? bias = file.Has($"encoder.{i}.bias") ? file.Floats($"encoder.{i}.bias", widths[i + 1]) : null;
            layers[i] = new LinearLayer(widths[i], widths[i + 1], weights, bias);
        }

        return layers;
    }

    /// <summary>Reads a dictionary.</summary>
    public static AtomDictionary ReadDictionary(StateFile file, int atomCount, int dimension)
    {
        float scale = file.Floats("decoder.scale", 1)[0];
        if (!(scale > 0))
        {
            throw new InvalidDataException($"{file.FileName}: decoder.scale is {scale}; it must be positive.");
        }

        return new AtomDictionary(
            file.Floats("decoder.atoms", atomCount, dimension),
            dimension,
            file.Has("decoder.offset") ? file.Floats("decoder.offset", dimension) : null,
            scale);
    }
}
